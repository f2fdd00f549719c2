/** Keys in the week: arrows from cell to cell, Delete and Alt with arrows on a slot. Enter follows the link, as everywhere. */
import { STEP, bodies, bodyOf, dayOf, fullText, instantAt, shownAt, visibleBodies } from "./axis.js";
import { preview, remember, save, say, spanOf } from "./slot.js";

const SETTLE_MS = 450;
const ARROWS = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] };

/** The cell that Tab reaches; the others are reached from it. */
let place = null;
let pending = null;
let focusLost = false;

const cellsOf = (body) => [...body.querySelectorAll("a.cell")];

function middle(element) {
  const { top, height } = element.getBoundingClientRect();
  return top + height / 2;
}

const nearest = (elements, y) => elements.toSorted((a, b) => Math.abs(middle(a) - y) - Math.abs(middle(b) - y))[0];

function setPlace(cell) {
  for (const old of document.querySelectorAll("#week a.cell[tabindex='0']")) old.tabIndex = -1;
  cell.tabIndex = 0;
  place = new URL(cell.href).searchParams.get("add");
}

function restorePlace() {
  const visible = visibleBodies();
  const cells = visible.flatMap(cellsOf);
  const kept = cells.find((cell) => new URL(cell.href).searchParams.get("add") === place);
  const today = visible.find((body) => body.parentElement.classList.contains("is-today")) ?? visible[0];
  const first = kept ?? (today && cellsOf(today)[0]);
  if (first) setPlace(first);
}

function goFromCell(cell, [across, along]) {
  const columns = visibleBodies();
  const column = columns.indexOf(cell.closest(".day-body"));
  const own = cellsOf(columns[column]);
  const next = along ? own[own.indexOf(cell) + along] : columns[column + across] && nearest(cellsOf(columns[column + across]), middle(cell));
  if (next) next.focus();
}

function goFromSlot(slot, [across, along]) {
  const columns = visibleBodies();
  const column = columns.indexOf(slot.closest(".day-body"));
  const own = [...columns[column].querySelectorAll(".slot")];
  const beside = columns[column + across];
  const next = along ? own[own.indexOf(slot) + along] : beside && (nearest([...beside.querySelectorAll(".slot")], middle(slot)) ?? nearest(cellsOf(beside), middle(slot)));
  (next?.querySelector(".slot-link") ?? next)?.focus();
}

/** The same time of the day beside; null at the edge of the week, or where that day does not have the time. */
function dayBeside({ start, end }, across) {
  const all = bodies();
  const body = all[all.indexOf(bodyOf(start)) + across];
  const shown = body && shownAt(dayOf(bodyOf(start)), start);
  const moved = body && shown !== null ? instantAt(dayOf(body), shown) : null;
  return moved === null ? null : { start: moved, end: end + moved - start };
}

function nudged(times, [across, along], stretch) {
  if (stretch) return times.end + along * STEP > times.start ? { ...times, end: times.end + along * STEP } : null;
  return across ? dayBeside(times, across) : { start: times.start + along * STEP, end: times.end + along * STEP };
}

/** Steps that follow quickly are saved as one. */
function nudge(slot, direction, stretch) {
  if (stretch && direction[0]) return;
  if (pending && pending.slot !== slot) flush();
  pending ??= { slot, times: spanOf(slot), restore: remember(slot) };
  const times = nudged(pending.times, direction, stretch);
  if (times && preview(slot, times)) {
    pending.times = times;
    say(fullText(times.start, times.end));
    slot.querySelector(".slot-link").focus();
  }
  clearTimeout(pending.timer);
  pending.timer = setTimeout(flush, SETTLE_MS);
}

function flush() {
  const { slot, times, restore, timer } = pending;
  clearTimeout(timer);
  pending = null;
  const before = spanOf(slot);
  if (before.start === times.start && before.end === times.end) restore();
  else save(slot, times, restore);
}

function onKey(event) {
  const link = event.target.closest?.("#week .slot-link");
  const cell = event.target.closest?.("#week a.cell");
  const direction = ARROWS[event.key];
  if ((!link && !cell) || event.ctrlKey || event.metaKey) return;
  if (link && event.key === "Delete") remove(link.parentElement);
  else if (direction && link && event.altKey) nudge(link.parentElement, direction, event.shiftKey);
  else if (direction && !event.altKey && link) goFromSlot(link.parentElement, direction);
  else if (direction && !event.altKey) goFromCell(cell, direction);
  else return;
  event.preventDefault();
}

/** The slot that had the focus goes: the cell behind it is next. */
function remove(slot) {
  const cell = nearest(cellsOf(slot.closest(".day-body")), middle(slot));
  if (cell) setPlace(cell);
  focusLost = true;
  htmx.ajax("POST", `/slots/${slot.dataset.slot}/delete`, { source: slot, swap: "none" });
}

function onSettle() {
  if (document.querySelector("#week a.cell[tabindex='0']")) return;
  restorePlace();
  if (focusLost && document.activeElement === document.body) document.querySelector("#week a.cell[tabindex='0']")?.focus();
  focusLost = false;
}

export function installKeys() {
  document.addEventListener("keydown", onKey);
  document.addEventListener("focusin", ({ target }) => target.matches?.("#week a.cell") && setPlace(target));
  document.addEventListener("htmx:afterSettle", onSettle);
  restorePlace();
}
