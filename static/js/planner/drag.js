/** Dragging: a slot moves, its lower edge resizes it, and empty hours are drawn over to plan them. */
import { STEP, dayOf, instantAt, minuteHeight, shownAt, snapped, spanText, visibleBodies } from "./axis.js";
import { planAt } from "./panel.js";
import { preview, remember, save, spanOf } from "./slot.js";

const FAR_ENOUGH = 5;
const LONG_PRESS_MS = 350;
const EDGE = 56;

let drag = null;

const bodyAt = (x) => visibleBodies().find((body) => x >= body.getBoundingClientRect().left && x < body.getBoundingClientRect().right);
const heightIn = (body, y) => Math.min(body.clientHeight, Math.max(0, y - body.getBoundingClientRect().top)) / minuteHeight(body);

/** Each kind of drag: how it begins, what it shows at a point, what it does in the end. */
const KINDS = {
  move: {
    begin(state) {
      state.times = spanOf(state.slot);
      state.grip = heightIn(state.body, state.y) - state.slot.offsetTop / minuteHeight(state.body);
      state.anchor = instantAt(dayOf(state.body), state.slot.offsetTop / minuteHeight(state.body));
    },
    show(state, x, y) {
      const body = bodyAt(x) ?? state.body;
      const instant = instantAt(dayOf(body), Math.max(0, snapped(heightIn(body, y) - state.grip)));
      if (instant === null || state.anchor === null) return;
      const { start, end } = spanOf(state.slot);
      const moved = { start: start + instant - state.anchor, end: end + instant - state.anchor };
      if (preview(state.slot, moved)) state.times = moved;
    },
    end: keep,
  },
  resize: {
    begin(state) {
      state.times = spanOf(state.slot);
    },
    show(state, _x, y) {
      const instant = instantAt(dayOf(state.body), snapped(heightIn(state.body, y)));
      const { start } = spanOf(state.slot);
      if (instant === null || instant <= start) return;
      state.times = { start, end: instant };
      state.slot.classList.add("is-dragged");
      const top = instantAt(dayOf(state.body), state.slot.offsetTop / minuteHeight(state.body));
      state.slot.style.height = `${(instant - Math.max(start, top ?? start)) * minuteHeight(state.body)}px`;
      state.slot.querySelector(".slot-time").textContent = spanText(start, instant);
    },
    end: keep,
  },
  draw: {
    begin(state) {
      state.from = Math.floor(heightIn(state.body, state.y) / STEP) * STEP;
      state.drawn = document.createElement("div");
      state.drawn.className = "drawn at";
      state.body.append(state.drawn);
    },
    show(state, _x, y) {
      const to = snapped(heightIn(state.body, y));
      const [first, last] = [Math.min(state.from, to), Math.max(state.from + STEP, to)];
      const [start, end] = [instantAt(dayOf(state.body), first), instantAt(dayOf(state.body), last)];
      if (start === null || end === null || end <= start) return;
      state.times = { start, end };
      const scale = minuteHeight(state.body);
      Object.assign(state.drawn.style, { top: `${shownAt(dayOf(state.body), start) * scale}px`, height: `${(end - start) * scale}px` });
      state.drawn.textContent = spanText(start, end);
    },
    async end(state) {
      if (state.times) await planAt(state.times.start, state.times.end);
      state.drawn.remove();
    },
    cancel: (state) => state.drawn?.remove(),
  },
};

function keep(state) {
  const before = spanOf(state.slot);
  if (before.start === state.times.start && before.end === state.times.end) state.restore();
  else save(state.slot, state.times, state.restore);
}

function kindOf(target) {
  if (target.closest(".slot-acts, .band a")) return null;
  if (target.closest(".slot-edge")) return "resize";
  if (target.closest(".slot")) return "move";
  return target.closest(".cell:not(.cell-gap)") ? "draw" : null;
}

function onDown(event) {
  const body = event.target.closest?.("#week .day-body");
  const kind = body && event.button === 0 && event.isPrimary ? kindOf(event.target) : null;
  if (!kind) return;
  drag = { kind, body, slot: event.target.closest(".slot"), x: event.clientX, y: event.clientY, touch: event.pointerType === "touch" };
  if (drag.touch) drag.timer = setTimeout(engage, LONG_PRESS_MS);
}

function engage() {
  drag.engaged = true;
  document.body.classList.add("is-dragging");
  if (drag.slot) drag.restore = remember(drag.slot);
  KINDS[drag.kind].begin(drag);
}

function onMove(event) {
  if (!drag || !event.isPrimary) return;
  const far = Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > FAR_ENOUGH;
  if (!drag.engaged && far && drag.touch) return forget();
  if (!drag.engaged && far) engage();
  if (!drag?.engaged) return undefined;
  scrollNear(event.clientY);
  return KINDS[drag.kind].show(drag, event.clientX, event.clientY);
}

function scrollNear(y) {
  if (y < EDGE) scrollBy(0, -12);
  else if (y > innerHeight - EDGE) scrollBy(0, 12);
}

function forget() {
  clearTimeout(drag?.timer);
  document.body.classList.remove("is-dragging");
  drag = null;
}

function onUp() {
  const state = drag;
  forget();
  if (!state?.engaged) return;
  // The click that ends a drag opens nothing.
  addEventListener("click", swallow, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", swallow, { capture: true }), 50);
  KINDS[state.kind].end(state);
}

function swallow(event) {
  event.preventDefault();
  event.stopPropagation();
}

function onCancel() {
  const state = drag;
  forget();
  if (!state?.engaged) return;
  state.restore?.();
  KINDS[state.kind].cancel?.(state);
}

export function installDrag() {
  document.addEventListener("pointerdown", onDown);
  document.addEventListener("pointermove", onMove);
  document.addEventListener("pointerup", onUp);
  document.addEventListener("pointercancel", onCancel);
  document.addEventListener("keydown", ({ key }) => key === "Escape" && drag && onCancel());
  document.addEventListener("touchmove", (event) => drag?.engaged && event.preventDefault(), { passive: false });
  document.addEventListener("contextmenu", (event) => drag?.engaged && event.preventDefault());
  document.addEventListener("dragstart", (event) => event.target.closest?.("#week") && event.preventDefault());
}
