/** <dialog> elements open from what names them; menus in <details> close when the attention goes elsewhere. */
function onClick(event) {
  const target = event.target;
  if (!(target instanceof Element)) return;
  const dialog = document.getElementById(target.closest("[data-dialog]")?.dataset.dialog ?? "");
  if (dialog instanceof HTMLDialogElement) {
    event.preventDefault();
    dialog.showModal();
  } else if (target.closest("[data-close]") || target instanceof HTMLDialogElement) {
    target.closest("dialog")?.close();
  }
  closeMenus((menu) => !menu.contains(target));
}

function closeMenus(unwanted) {
  for (const menu of document.querySelectorAll("details.menu-details[open]")) if (unwanted(menu)) menu.open = false;
}

function onKey(event) {
  if (event.key !== "Escape") return;
  const menu = document.activeElement?.closest("details.menu-details[open]");
  closeMenus(() => true);
  menu?.querySelector("summary").focus();
}

export function installDialogs() {
  document.addEventListener("click", onClick);
  document.addEventListener("keydown", onKey);
}
