/**
 * Forms: a guard against leaving unsaved input, fields that send their form when they change, files that are too large, the
 * device's own zone.
 */
const changed = new Set();
const MEGABYTE = 1_000_000;

function onInput(event) {
  const form = event.target.form;
  if (form && "guard" in form.dataset) changed.add(form);
}

function onBeforeUnload(event) {
  for (const form of changed) if (!form.isConnected) changed.delete(form);
  if (changed.size > 0) event.preventDefault();
}

/** What is too large is refused whole by the server, with everything that was typed beside it. */
function refuseTooLarge(field) {
  const most = Number(field.dataset.mostMb);
  const isTooLarge = [...field.files].some((file) => file.size > most * MEGABYTE);
  field.setCustomValidity(isTooLarge ? `This file is larger than ${most} MB.` : "");
  field.reportValidity();
}

function onChange(event) {
  if ("mostMb" in (event.target.dataset ?? {})) refuseTooLarge(event.target);
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
