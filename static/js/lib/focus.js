/**
 * After a swap that changed the address the title follows, and focus goes where reading goes on: to the errors, to
 * the heading that asks for it (`data-heading`), to the same control in its new shape, or to the first heading.
 */
const NAME = " · Milepost";

const within = (root, selector) => (root.matches(selector) ? root : root.querySelector(selector));
const isTyping = () => document.activeElement?.matches("input:not([type=radio], [type=checkbox]), textarea") ?? false;

function focusOn(element) {
  if (!element) return;
  if (!element.matches("a, button, input, select, textarea, [tabindex]")) element.tabIndex = -1;
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "nearest" });
}

function changedAddress({ requestConfig, xhr }) {
  const source = requestConfig?.elt?.closest("[hx-push-url]");
  const pushed = source && source.getAttribute("hx-push-url") !== "false";
  return Boolean(pushed || xhr?.getResponseHeader("HX-Push-Url"));
}

/** The link or button that was pressed, as the new content has it. */
function sameControl(root, source) {
  if (!source?.matches("a, button, select")) return null;
  if (source.id) return root.querySelector(`#${CSS.escape(source.id)}`);
  const text = source.textContent.trim();
  return [...root.querySelectorAll(source.tagName)].find((other) => other.textContent.trim() === text);
}

function announce(text) {
  const region = document.getElementById("announcer");
  if (region) region.textContent = text;
}

function onSettle({ detail }) {
  const root = detail.elt;
  if (!(root instanceof HTMLElement) || !root.isConnected) return;
  const title = within(root, "[data-title]")?.dataset.title;
  if (title) document.title = title + NAME;
  const errors = within(root, "[data-error-summary]");
  if (errors) {
    focusOn(errors);
    return;
  }
  if (!changedAddress(detail)) return;
  announce(title ?? "The page has changed.");
  if (!isTyping()) focusOn(within(root, "[data-heading]") ?? sameControl(root, detail.requestConfig.triggeringEvent?.submitter ?? detail.requestConfig.elt) ?? within(root, "h1, h2"));
}

export function installFocus() {
  document.addEventListener("htmx:afterSettle", onSettle);
}
