/** A slot on the page: where it stands, showing it elsewhere, and saving where it went. */
import { bodyOf, dayOf, fullText, iso, minuteHeight, shownAt, spanText } from "./axis.js";

const REFUSED_MS = 600;

export function spanOf(slot) {
  const [start, end] = slot.dataset.span.split(" ").map(Number);
  return { start, end };
}

export function say(text) {
  const region = document.getElementById("week-said");
  if (region) region.textContent = text;
}

function listOf(body) {
  const found = body.querySelector(".slots");
  if (found) return found;
  const list = document.createElement("ol");
  list.className = "slots";
  body.append(list);
  return list;
}

/** Shows the slot at other times, before anything is saved. Returns false where that lies outside the week. */
export function preview(slot, { start, end }) {
  const body = bodyOf(start);
  const top = body ? shownAt(dayOf(body), start) : null;
  if (top === null) return false;
  const list = listOf(body);
  if (slot.parentElement !== list) list.append(slot);
  const scale = minuteHeight(body);
  slot.classList.add("is-dragged");
  Object.assign(slot.style, { top: `${top * scale}px`, height: `${(end - start) * scale}px`, left: "0", width: "100%" });
  slot.querySelector(".slot-time").textContent = spanText(start, end);
  return true;
}

export function remember(slot) {
  const list = slot.parentElement;
  const next = slot.nextElementSibling;
  const text = slot.querySelector(".slot-time").textContent;
  return function restore() {
    list.insertBefore(slot, next?.parentElement === list ? next : null);
    slot.classList.remove("is-dragged");
    slot.removeAttribute("style");
    slot.querySelector(".slot-time").textContent = text;
  };
}

/** Saves; a refusal puts the slot back where it was, visibly, and the reason is shown above the page. */
export function save(slot, times, restore) {
  const settle = ({ detail }) => {
    slot.removeEventListener("htmx:afterRequest", settle);
    // A refusal that is shown counts as no error for htmx; the status tells.
    if (detail.xhr.status >= 200 && detail.xhr.status < 300) {
      say(`Moved to ${fullText(times.start, times.end)}.`);
      return;
    }
    restore();
    slot.classList.add("is-refused");
    setTimeout(() => slot.classList.remove("is-refused"), REFUSED_MS);
    say("It could not be moved, and is back where it was.");
  };
  slot.addEventListener("htmx:afterRequest", settle);
  htmx.ajax("POST", `/slots/${slot.dataset.slot}/move`, {
    source: slot,
    swap: "none",
    values: { starts_at: iso(times.start), ends_at: iso(times.end) },
  });
}
