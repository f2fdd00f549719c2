/**
 * Buttons say that they work, and a second click while they do has no effect. What saves as one goes (`data-saves`)
 * does so aside: it holds up neither its form's button nor the next save.
 */
const UNSAFE = new Set(["post", "put", "patch", "delete"]);
const RELEASE_AFTER_MS = 10_000;
const running = new WeakSet();

const savesAside = (element) => "saves" in (element?.dataset ?? {});

function buttonOf(element, event) {
  if (event?.submitter) return event.submitter;
  if (element instanceof HTMLFormElement) return element.querySelector("button:not([type]), [type=submit]");
  return element.matches?.("button, .btn") ? element : null;
}

function markBusy(button) {
  if (!button) return;
  button.dataset.busy = "";
  button.setAttribute("aria-disabled", "true");
}

function release(button) {
  if (!button) return;
  delete button.dataset.busy;
  button.removeAttribute("aria-disabled");
}

function onPlainSubmit(event) {
  const form = event.target;
  if (event.defaultPrevented) return;
  if (running.has(form)) {
    event.preventDefault();
    return;
  }
  const button = buttonOf(form, event);
  running.add(form);
  // The mark comes after the browser has read the form, and goes when an answer is a download and the page stays.
  setTimeout(() => markBusy(button));
  setTimeout(() => {
    running.delete(form);
    release(button);
  }, "download" in form.dataset ? 2_000 : RELEASE_AFTER_MS);
}

function onConfirm(event) {
  const { elt, verb } = event.detail;
  if (running.has(elt) && UNSAFE.has(verb) && !savesAside(elt)) event.preventDefault();
}

function onRequest({ detail }) {
  if (savesAside(detail.elt)) return;
  running.add(detail.elt);
  if (UNSAFE.has(detail.requestConfig.verb)) markBusy(buttonOf(detail.elt, detail.requestConfig.triggeringEvent));
}

function onAnswer({ detail }) {
  if (savesAside(detail.elt)) return;
  running.delete(detail.elt);
  release(buttonOf(detail.elt, detail.requestConfig.triggeringEvent));
}

function onPageShow(event) {
  if (event.persisted) document.querySelectorAll("[data-busy]").forEach(release);
}

export function installBusy() {
  document.addEventListener("submit", onPlainSubmit);
  document.addEventListener("htmx:confirm", onConfirm);
  document.addEventListener("htmx:beforeRequest", onRequest);
  document.addEventListener("htmx:afterRequest", onAnswer);
  window.addEventListener("pageshow", onPageShow);
}
