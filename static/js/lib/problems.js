/**
 * Errors that answer an htmx request are shown, never swallowed. A refused form comes back into its own place
 * with what was typed; every other problem goes to the region above the content, and stays until it is closed
 * or the next request succeeds.
 */
const region = () => document.getElementById("problems");
const isProblem = (text) => text.includes('id="problem"');

function onBeforeSwap({ detail }) {
  const { status, responseText } = detail.xhr;
  if (status < 400) return;
  detail.shouldSwap = true;
  detail.isError = false;
  if (!isProblem(responseText) && (status === 422 || status === 409)) return;
  if (!isProblem(responseText)) {
    detail.shouldSwap = false;
    showPrepared("problem-unknown");
    return;
  }
  detail.target = region();
  detail.swapOverride = "innerHTML";
  region().scrollIntoView({ block: "nearest" });
}

function showPrepared(id) {
  const prepared = document.getElementById(id);
  if (prepared) region().replaceChildren(prepared.content.cloneNode(true));
}

function onAfterRequest({ detail }) {
  if (detail.xhr.status >= 200 && detail.xhr.status < 400) region()?.replaceChildren();
}

function onClick(event) {
  if (event.target.closest?.("[data-close-problem]")) region().replaceChildren();
}

export function installProblems() {
  document.addEventListener("htmx:beforeSwap", onBeforeSwap);
  document.addEventListener("htmx:afterRequest", onAfterRequest);
  document.addEventListener("htmx:sendError", () => showPrepared("problem-away"));
  document.addEventListener("htmx:timeout", () => showPrepared("problem-away"));
  document.addEventListener("click", onClick);
}
