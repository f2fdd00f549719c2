/**
 * A form with `data-submit-now` is sent, and a link with `data-follow-now` followed, as soon as the page is there; button
 * and link do the same without scripts. The page of such a link leaves no place in the history to go back to.
 */
export function installSubmitNow() {
  document.querySelector("form[data-submit-now]")?.requestSubmit();
  const link = document.querySelector("a[data-follow-now]");
  if (link) location.replace(link.href);
}
