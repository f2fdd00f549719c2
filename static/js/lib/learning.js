/** Reading goes on where it stopped; an attempt with a time limit counts down and is handed in when time is over. */
const SAVE_AFTER = 1500;
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

function countDown(clock) {
  const closes = Date.parse(clock.dataset.closesAt);
  const shown = clock.querySelector("[role=timer]");
  const timer = setInterval(() => {
    const seconds = Math.max(0, Math.ceil((closes - Date.now()) / 1000));
    shown.textContent = words(seconds);
    if (seconds === 0) {
      clearInterval(timer);
      clock.closest("form")?.submit();
    }
  }, 1000);
}

export function installLearning() {
  for (const text of document.querySelectorAll("[data-reading]")) followReading(text);
  for (const clock of document.querySelectorAll("[data-closes-at]")) countDown(clock);
}
