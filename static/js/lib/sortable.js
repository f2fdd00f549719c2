/**
 * Rows of a list with `data-sortable` are dragged to another place: each has `data-move`, the address that is told by how
 * many places it moved. The buttons beside them do the same for keyboards, for touch and without scripts.
 */
let dragged = null;
let cameFrom = 0;

const placeOf = (row) => [...row.parentElement.children].indexOf(row);

function begin(event) {
  dragged = event.target.closest?.("[data-sortable] > [data-move]") ?? null;
  if (!dragged) return;
  cameFrom = placeOf(dragged);
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  requestAnimationFrame(() => dragged?.classList.add("is-dragged"));
}

function pass(event) {
  const row = dragged && event.target.closest?.("[data-move]");
  if (row?.parentElement !== dragged?.parentElement || !dragged) return;
  event.preventDefault();
  if (row === dragged) return;
  const box = row.getBoundingClientRect();
  row[event.clientY < box.top + box.height / 2 ? "before" : "after"](dragged);
}

function end() {
  if (!dragged) return;
  const row = dragged;
  const by = placeOf(row) - cameFrom;
  dragged = null;
  row.classList.remove("is-dragged");
  const target = row.closest("section[id]");
  if (by && target) window.htmx.ajax("POST", row.dataset.move, { target, values: { by } });
}

export function installSortable() {
  document.addEventListener("dragstart", begin);
  document.addEventListener("dragover", pass);
  document.addEventListener("drop", (event) => dragged && event.preventDefault());
  document.addEventListener("dragend", end);
}
