/** The small buttons of slots and tasks: sent without leaving the page; `data-target` says what the answer replaces. */
function onClick(event) {
  const button = event.target.closest?.("button[form='page-act']");
  if (!button) return;
  event.preventDefault();
  const values = button.name ? { [button.name]: button.value } : {};
  const { target } = button.dataset;
  const place = target ? { target, swap: "outerHTML" } : { swap: "none" };
  htmx.ajax("POST", button.getAttribute("formaction"), { source: button, values, ...place });
  button.closest("details")?.removeAttribute("open");
}

export function installActs() {
  document.addEventListener("click", onClick);
}
