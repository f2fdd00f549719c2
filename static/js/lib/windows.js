/** A change made in one tab reaches the others: `planner-changed` is told on, once. */
const EVENT = "planner-changed";

export function installWindows() {
  if (!("BroadcastChannel" in window)) return;
  const channel = new BroadcastChannel("milepost");
  document.addEventListener(EVENT, ({ detail }) => {
    if (!detail?.relayed) channel.postMessage(EVENT);
  });
  channel.addEventListener("message", ({ data }) => {
    if (data === EVENT) htmx.trigger(document.body, EVENT, { relayed: true });
  });
}
