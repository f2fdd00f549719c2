/**
 * Elements with data-refresh-seconds hear `refresh` that often while the tab is seen, and at once when it is seen again.
 * A refresh waits while somebody types in the element or has a part of it open, and an unchanged answer changes nothing.
 */
const TICK_MS = 1_000;
const AT_WORK = ":is(input, select, textarea):focus, details[open], dialog[open]";
const refreshed = new WeakMap();
const answers = new Map();

function check() {
  if (document.visibilityState !== "visible") return;
  const now = performance.now();
  for (const element of document.querySelectorAll("[data-refresh-seconds]")) {
    if (!refreshed.has(element)) refreshed.set(element, now);
    if (now - refreshed.get(element) < Number(element.dataset.refreshSeconds) * 1_000 || element.querySelector(AT_WORK)) continue;
    refreshed.set(element, now);
    htmx.trigger(element, "refresh");
  }
}

function onBeforeSwap({ detail }) {
  const { path, triggeringEvent, verb } = detail.requestConfig;
  if (verb !== "get" || detail.xhr.status !== 200) return;
  if (triggeringEvent?.type === "refresh" && answers.get(path) === detail.xhr.responseText) detail.shouldSwap = false;
  answers.set(path, detail.xhr.responseText);
}

export function installRefresh() {
  check();
  setInterval(check, TICK_MS);
  document.addEventListener("visibilitychange", check);
  document.addEventListener("htmx:beforeSwap", onBeforeSwap);
}
