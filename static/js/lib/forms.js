/** Forms: a guard against leaving unsaved input, and fields that send their form when they change. */
const changed = new Set();

function onInput(event) {
  const form = event.target.form;
  if (form && "guard" in form.dataset) changed.add(form);
}

function onBeforeUnload(event) {
  for (const form of changed) if (!form.isConnected) changed.delete(form);
  if (changed.size > 0) event.preventDefault();
}

function onChange(event) {
  if ("submit" in (event.target.dataset ?? {})) event.target.form?.requestSubmit();
}

export function installForms() {
  document.addEventListener("input", onInput);
  document.addEventListener("change", onChange);
  document.addEventListener("submit", (event) => changed.delete(event.target));
  document.addEventListener("reset", (event) => changed.delete(event.target));
  window.addEventListener("beforeunload", onBeforeUnload);
}
