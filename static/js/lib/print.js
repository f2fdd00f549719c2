/** `data-print` on a button, hidden until scripts run, prints the page; browsers save that as PDF too. */
function show(root) {
  for (const button of root.querySelectorAll("[data-print][hidden]")) button.hidden = false;
}

export function installPrint() {
  show(document);
  document.addEventListener("htmx:load", ({ target }) => show(target.parentElement ?? target));
  document.addEventListener("click", ({ target }) => {
    if (target.closest?.("[data-print]")) window.print();
  });
}
