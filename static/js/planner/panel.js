/** The dialog beside the week: opened by links with `data-panel` and by cells, closed when what it asked for is done. */
import { dayOf, instantAt, iso, minuteHeight } from "./axis.js";

const HALF_HOUR = 30;
const panel = () => document.getElementById("panel");
const isPlain = (event) => event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);

function show() {
  const dialog = panel();
  dialog.setAttribute("aria-labelledby", dialog.querySelector("[data-heading]")?.id ?? "");
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector("[autofocus]") ?? dialog.querySelector("[data-heading]"))?.focus();
}

export async function openPanel(address) {
  await htmx.ajax("GET", address, { target: "#panel", swap: "innerHTML" });
  if (panel().firstElementChild) show();
}

export function planAt(start, end) {
  return openPanel(`/planner/add?${new URLSearchParams(end ? { at: iso(start), until: iso(end) } : { at: iso(start) })}`);
}

/** A cell is an hour; the half of it that was clicked counts. Pressed by a key it means its beginning. */
function planInCell(cell, event) {
  const body = cell.closest(".day-body");
  const box = body.getBoundingClientRect();
  const middle = event.detail === 0 ? cell.offsetTop : event.clientY - box.top;
  const minutes = Math.floor(middle / minuteHeight(body) / HALF_HOUR + 0.001) * HALF_HOUR;
  const instant = instantAt(dayOf(body), minutes);
  if (instant === null) openPanel(`/planner/add?at=${encodeURIComponent(new URL(cell.href).searchParams.get("add"))}`);
  else planAt(instant);
}

function onClick(event) {
  if (event.defaultPrevented || !isPlain(event)) return;
  const close = event.target.closest("#panel a[data-close]");
  const link = event.target.closest("[data-panel]");
  const slot = event.target.closest(".slot-link")?.parentElement;
  const cell = event.target.closest("#week a.cell");
  if (!close && !link && !slot && !cell) return;
  event.preventDefault();
  if (close) panel().close();
  else if (link) openPanel(link.dataset.panel);
  else if (slot) openPanel(`/slots/${slot.dataset.slot}`);
  else if (cell) planInCell(cell, event);
}

function onClose() {
  const address = new URL(location.href);
  for (const name of ["add", "until", "kind", "task", "slot", "focus"]) address.searchParams.delete(name);
  history.replaceState(history.state, "", address);
}

/** When a slot begins at another time, it ends that much later or earlier too. */
function onChange({ target }) {
  const form = target.form;
  if (!form || !("keepLength" in form.dataset) || target.name !== "starts_at") return;
  const end = form.elements.ends_at;
  const moved = Date.parse(`${target.value}Z`) - Date.parse(`${target.dataset.before ?? target.defaultValue}Z`);
  target.dataset.before = target.value;
  if (Number.isFinite(moved) && end.value) end.value = new Date(Date.parse(`${end.value}Z`) + moved).toISOString().slice(0, 16);
}

export function installPanel() {
  const dialog = panel();
  document.addEventListener("click", onClick);
  document.addEventListener("change", onChange);
  document.addEventListener("planner-changed", ({ detail }) => {
    if (!detail?.relayed) panel().close();
  });
  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.id === "timer") panel().close();
  });
  dialog.addEventListener("close", onClose);
  if (dialog.open) {
    dialog.close();
    show();
  }
}
