/** Forms: a guard against leaving unsaved input, fields that send their form when they change, the device's own zone. */
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

/** An empty choice of time zone begins with the zone of the device. */
function chooseOwnZone() {
  const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
  for (const field of document.querySelectorAll("select[data-own-zone]")) {
    if (!field.value && [...field.options].some((option) => option.value === own)) field.value = own;
  }
}

export function installForms() {
  chooseOwnZone();
  document.addEventListener("input", onInput);
  document.addEventListener("change", onChange);
  document.addEventListener("submit", (event) => changed.delete(event.target));
  document.addEventListener("reset", (event) => changed.delete(event.target));
  window.addEventListener("beforeunload", onBeforeUnload);
}
