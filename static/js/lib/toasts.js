/** Toasts in the region with role=status: what was done, and the way back where there is one. */
const SHOWN_MS = 6_000;
const SHOWN_WITH_UNDO_MS = 12_000;

const region = () => document.getElementById("toasts");

function addButton(line, text, action) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.addEventListener("click", action);
  line.append(button);
}

function undoByForm(address) {
  const form = document.createElement("form");
  const fields = { csrf_token: document.querySelector('meta[name="csrf-token"]')?.content ?? "", next: location.pathname + location.search };
  form.method = "post";
  form.action = address;
  for (const [name, value] of Object.entries(fields)) {
    const input = Object.assign(document.createElement("input"), { type: "hidden", name, value });
    form.append(input);
  }
  document.body.append(form);
  form.submit();
}

function undo(address) {
  if (document.querySelector("[data-live]")) htmx.ajax("POST", address, { source: document.body, swap: "none" }).catch(() => null);
  else undoByForm(address);
}

/** The toast goes by itself, but not while it is pointed at or holds the focus. */
function goAfter(line, milliseconds) {
  let timer;
  const start = () => {
    timer = setTimeout(() => line.remove(), milliseconds);
  };
  const stop = () => clearTimeout(timer);
  line.addEventListener("pointerenter", stop);
  line.addEventListener("focusin", stop);
  line.addEventListener("pointerleave", start);
  line.addEventListener("focusout", start);
  start();
}

export function showToast({ message, undo: address = null }) {
  const line = document.createElement("div");
  const text = document.createElement("p");
  line.className = "toast-line";
  text.textContent = message;
  line.append(text);
  if (address) {
    addButton(line, "Undo", () => {
      line.remove();
      undo(address);
    });
  }
  addButton(line, "Close", () => line.remove());
  region().append(line);
  goAfter(line, address ? SHOWN_WITH_UNDO_MS : SHOWN_MS);
}

/** A toast that came with the page is replaced by one that closes. */
function takeOver() {
  for (const line of region()?.querySelectorAll("[data-toast]") ?? []) {
    line.remove();
    showToast({ message: line.dataset.toast, undo: line.dataset.undo || null });
  }
}

export function installToasts() {
  document.addEventListener("toast", ({ detail }) => showToast(detail));
  takeOver();
}
