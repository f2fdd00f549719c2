/**
 * Reading goes on where it stopped; an attempt with a time limit counts down and is handed in when time is over, and
 * answers that did not arrive are sent again.
 */
const SAVE_AFTER = 1500;
const AGAIN_AFTER = 5000;
const THOUSAND = 1000;

/** How far down the text the middle of the window is, in thousandths. */
function placeIn(text) {
  const box = text.getBoundingClientRect();
  const seen = window.innerHeight - box.top;
  if (box.height <= window.innerHeight || box.bottom <= window.innerHeight) return THOUSAND;
  return Math.round(Math.min(1, Math.max(0, (seen - window.innerHeight) / (box.height - window.innerHeight))) * THOUSAND);
}

function goTo(text, place) {
  const box = text.getBoundingClientRect();
  if (place <= 0 || place >= THOUSAND || box.height <= window.innerHeight) return;
  window.scrollTo({ top: window.scrollY + box.top + (place / THOUSAND) * (box.height - window.innerHeight) });
}

function savePlace(text, place) {
  const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const headers = { "X-CSRFToken": token, "HX-Request": "true" };
  fetch(text.dataset.reading, { method: "POST", headers, body: new URLSearchParams({ position: place }), keepalive: true }).catch(
    () => {},
  );
}

function followReading(text) {
  let saved = Number(text.dataset.position ?? 0);
  let timer = 0;
  goTo(text, saved);
  const save = () => {
    const place = placeIn(text);
    if (place !== saved) savePlace(text, (saved = place));
  };
  document.addEventListener("scroll", () => {
    clearTimeout(timer);
    timer = setTimeout(save, SAVE_AFTER);
  }, { passive: true });
}

function words(seconds) {
  const rest = String(seconds % 60).padStart(2, "0");
  return ` · ${Math.floor(seconds / 60)}:${rest} left`;
}

/** Without a connection it waits for one: what was saved until then is not lost, and the page stays. */
function handIn(form) {
  if (navigator.onLine) form?.submit();
  else window.addEventListener("online", () => form?.submit(), { once: true });
}

/**
 * Counted from when the page came, by how much time has passed since: the date of a device may be wrong. Of its two clocks
 * the one holds still while the device sleeps, and the other may be set back.
 */
function countDown(clock) {
  const began = [performance.now(), Date.now()];
  const shown = clock.querySelector("[role=timer]");
  const timer = setInterval(() => {
    const passed = Math.max(performance.now() - began[0], Date.now() - began[1]) / 1000;
    const seconds = Math.max(0, Math.ceil(Number(clock.dataset.closesIn) - passed));
    shown.textContent = words(seconds);
    if (seconds === 0) {
      clearInterval(timer);
      handIn(clock.closest("form"));
    }
  }, 1000);
}

/** A browser that thinks itself online is never told that it is again. */
function saveAgain({ detail }) {
  const form = detail.elt?.closest?.("[data-saves]");
  const arrived = detail.xhr?.status > 0 && detail.xhr.status < 500;
  if (!form || arrived) return;
  setTimeout(() => form.isConnected && window.htmx.trigger(form, "save-again"), AGAIN_AFTER);
}

export function installLearning() {
  for (const text of document.querySelectorAll("[data-reading]")) followReading(text);
  for (const clock of document.querySelectorAll("[data-closes-in]")) countDown(clock);
  document.addEventListener("htmx:afterRequest", saveAgain);
}
