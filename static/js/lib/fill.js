/** A button with `data-fill="name"` puts its value into the field of that name in its form. */
export function installFill() {
  document.addEventListener("click", ({ target }) => {
    const button = target.closest("button[data-fill]");
    const field = button?.form?.elements[button.dataset.fill];
    if (!field) return;
    field.value = button.value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
  });
}
