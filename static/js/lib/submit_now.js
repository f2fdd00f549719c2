/** A form with `data-submit-now` is sent as soon as its page is there; its button does the same without scripts. */
export function installSubmitNow() {
  document.querySelector("form[data-submit-now]")?.requestSubmit();
}
