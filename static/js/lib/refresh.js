/** Elements with data-refresh-seconds hear `refresh` that often while the tab is seen, and at once when it is seen again. */
const TICK_MS = 1_000;
const refreshed = new WeakMap();

function check() {
  if (document.visibilityState !== "visible") return;
  const now = performance.now();
  for (const element of document.querySelectorAll("[data-refresh-seconds]")) {
    if (!refreshed.has(element)) refreshed.set(element, now);
    if (now - refreshed.get(element) < Number(element.dataset.refreshSeconds) * 1_000) continue;
    refreshed.set(element, now);
    htmx.trigger(element, "refresh");
  }
}

export function installRefresh() {
  check();
  setInterval(check, TICK_MS);
  document.addEventListener("visibilitychange", check);
}
