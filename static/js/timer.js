/**
 * Makes the study timer count before one's eyes. The server says what it had counted when it rendered; from there
 * on the page's own clock goes on, so a wrong clock on the device does no harm. Without this the figure stands still.
 */
const TICK_MS = 500;
const rendered = new WeakMap();

function clockFace(seconds) {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part, place) => String(part).padStart(place ? 2 : 1, "0")).join(":");
}

function show(figure) {
  if (!rendered.has(figure)) rendered.set(figure, performance.now());
  const { timerSeconds, timerLimit, timerRunning } = figure.dataset;
  const since = timerRunning === "yes" ? (performance.now() - rendered.get(figure)) / 1000 : 0;
  const text = clockFace(Math.min(Math.floor(Number(timerSeconds) + since), Number(timerLimit)));
  if (figure.textContent !== text) figure.textContent = text;
}

const showAll = () => document.querySelectorAll("[data-timer-seconds]").forEach(show);

showAll();
setInterval(showAll, TICK_MS);
document.addEventListener("htmx:afterSwap", showAll);
