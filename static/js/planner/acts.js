/** The small buttons of slots and tasks: sent without leaving the page. */
function onClick(event) {
  const button = event.target.closest?.("button[form='page-act']");
  if (!button) return;
  event.preventDefault();
  const values = button.name ? { [button.name]: button.value } : {};
  htmx.ajax("POST", button.getAttribute("formaction"), { source: button, swap: "none", values });
}

export function installActs() {
  document.addEventListener("click", onClick);
}
