/**
 * Sends events to Milepost, in batches: `const events = tracker(); events.track("custom", "opened", {panel: "help"})`.
 * On Milepost's own pages the session says who it is; elsewhere give `{address, token}`. What was not accepted because
 * of the line or the limit is sent again; an event's id makes that it counts once.
 */
const MOST_AT_ONCE = 1000;
const MOST_WAITING = 5000;

export function tracker({ address = "", token = "", everyMs = 5000 } = {}) {
  let waiting = [];
  let busy = false;

  function headers() {
    const csrf = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
    const who = token ? { Authorization: `Bearer ${token}` } : { "X-CSRFToken": csrf };
    return { "Content-Type": "application/json", ...who };
  }

  async function flush() {
    if (busy || !waiting.length) return;
    busy = true;
    const events = waiting.splice(0, MOST_AT_ONCE);
    try {
      const body = JSON.stringify({ events });
      const options = { method: "POST", headers: headers(), body, keepalive: body.length < 60000 };
      const answer = await fetch(`${address}/api/v1/events/batch-track`, options);
      if (answer.status === 429 || answer.status >= 500) waiting.unshift(...events);
    } catch {
      waiting.unshift(...events);
    } finally {
      busy = false;
    }
  }

  function track(type, name, properties = {}, more = {}) {
    if (waiting.length >= MOST_WAITING) waiting.shift();
    const event_id = crypto.randomUUID();
    waiting.push({ event_id, occurred_at: new Date().toISOString(), type, name, properties, ...more });
  }

  const clock = setInterval(flush, everyMs);
  const leave = () => document.visibilityState === "hidden" && flush();
  document.addEventListener("visibilitychange", leave);

  function stop() {
    clearInterval(clock);
    document.removeEventListener("visibilitychange", leave);
    return flush();
  }

  return { track, flush, stop };
}
