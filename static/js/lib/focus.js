/** After a swap the title follows, and focus goes where reading goes on: to the errors, or to the new heading. */
const NAME = " · Milepost";
const HEADING = "[data-heading], h1, h2, h3";

const within = (root, selector) => (root.matches(selector) ? root : root.querySelector(selector));
const isTyping = () => document.activeElement?.matches("input, select, textarea") ?? false;

function focusOn(element) {
  if (!element) return;
  if (!element.hasAttribute("tabindex")) element.tabIndex = -1;
  element.focus();
}

function changedAddress({ requestConfig, xhr }) {
  const source = requestConfig?.elt?.closest("[hx-push-url]");
  const pushed = source && source.getAttribute("hx-push-url") !== "false";
  return Boolean(pushed || xhr?.getResponseHeader("HX-Push-Url"));
}

function onSettle({ detail }) {
  const root = detail.elt;
  if (!(root instanceof HTMLElement) || !root.isConnected) return;
  const title = within(root, "[data-title]")?.dataset.title;
  if (title) document.title = title + NAME;
  const errors = within(root, "[data-error-summary]");
  if (errors) focusOn(errors);
  else if (changedAddress(detail) && !isTyping()) focusOn(within(root, HEADING));
}

export function installFocus() {
  document.addEventListener("htmx:afterSettle", onSettle);
}
