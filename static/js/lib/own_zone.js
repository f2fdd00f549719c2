/** A choice of time zone marked data-own-zone begins with the one that this device lives in. */
export function installOwnZone() {
  for (const field of document.querySelectorAll("select[data-own-zone]")) {
    const own = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (!field.value && [...field.options].some((option) => option.value === own)) field.value = own;
  }
}
