/**
 * Sends events from Milepost's own pages, in batches:
 * `const events = tracker(); events.track("custom", "opened", {panel: "help"})`.
 * The session says who it is; other sites send from their servers. What was not accepted because of the line or the
 * limit is sent again, not before the answer said; an event's id makes that it counts once.
 */
const MOST_AT_ONCE = 1000;
const MOST_WAITING = 5000;

export function tracker({ everyMs = 5000 } = {}) {
  let waiting = [];
  let busy = false;
  let notBefore = 0;

  function headers() {
    const csrf = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
    return { "Content-Type": "application/json", "X-CSRFToken": csrf };
  }

  async function send(events) {
    const body = JSON.stringify({ events });
    const options = { method: "POST", headers: headers(), body, keepalive: body.length < 60000 };
    const answer = await fetch("/api/v1/events/batch-track", options);
    notBefore = Date.now() + 1000 * Number(answer.headers.get("Retry-After") ?? 0);
    return answer.status !== 429 && answer.status < 500;
  }

  async function flush() {
    if (busy || !waiting.length || Date.now() < notBefore) return;
    busy = true;
    const events = waiting.splice(0, MOST_AT_ONCE);
    const taken = await send(events).catch(() => false);
    if (!taken) waiting.unshift(...events);
    busy = false;
  }

  function track(type, name, properties = {}, more = {}) {
    if (waiting.length >= MOST_WAITING) waiting.shift();
    const event_id = crypto.randomUUID();
    waiting.push({ event_id, occurred_at: new Date().toISOString(), type, name, properties, ...more });
    if (waiting.length >= MOST_AT_ONCE) flush();
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
