/** The colour theme: the server writes a chosen one into <html data-bs-theme>; without it the system's applies. */
export function onThemeChange(callback) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", callback);
  new MutationObserver(callback).observe(document.documentElement, { attributeFilter: ["data-bs-theme"] });
}

/** Radios with data-theme-choice show their theme at once; the form that holds them keeps it. */
export function installThemeChoice() {
  document.addEventListener("change", ({ target }) => {
    if (!("themeChoice" in (target.dataset ?? {}))) return;
    if (target.value === "auto") document.documentElement.removeAttribute("data-bs-theme");
    else document.documentElement.dataset.bsTheme = target.value;
  });
}
