/** Picking tasks in the list: all of the page at once, and how many are picked. */
const boxes = () => [...document.querySelectorAll("input[name='ids'][form='bulk']:not(:disabled)")];

function update() {
  const all = document.querySelector("[data-check-all]");
  const picked = boxes().filter((box) => box.checked).length;
  const count = document.querySelector("#bulk [data-count]");
  if (count) count.textContent = picked ? ` (${picked})` : "";
  if (!all) return;
  all.checked = picked > 0 && picked === boxes().length;
  all.indeterminate = picked > 0 && !all.checked;
}

function onChange({ target }) {
  if ("checkAll" in target.dataset) for (const box of boxes()) box.checked = target.checked;
  else if (target.name !== "ids") return;
  update();
}

export function installPicking() {
  document.addEventListener("change", onChange);
  document.addEventListener("htmx:afterSettle", update);
}
