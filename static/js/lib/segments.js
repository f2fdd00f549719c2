/** A row of choices that is wider than the screen is scrolled to the choice that holds. */
export function installSegments() {
  show(document);
  document.addEventListener("htmx:load", ({ target }) => show(target.parentElement ?? target));
}

function show(within) {
  for (const chosen of within.querySelectorAll(".segments > [aria-current]")) {
    const row = chosen.parentElement;
    row.scrollLeft = chosen.offsetLeft - row.offsetLeft - (row.clientWidth - chosen.clientWidth) / 2;
  }
}
