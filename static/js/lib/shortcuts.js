/** Keys: `?` lists them, `/` searches, `c` creates, `g` and a letter goes. Never while typing, and not when switched off. */
const FOLLOW_MS = 1_200;
let awaitingPlace = 0;

const isTyping = (target) => target.isContentEditable || target.matches("input, select, textarea");
const visible = (selector) => [...document.querySelectorAll(selector)].find((element) => element.checkVisibility());

/** Focuses the search field of this page, else goes to the page that has one. */
function search() {
  const field = visible("[data-search], input[type=search]");
  if (field) field.focus();
  else document.querySelector("[data-search-page]")?.click();
}

const KEYS = {
  "?": () => document.getElementById("shortcuts")?.showModal(),
  "/": search,
  c: () => visible("[data-create]")?.click(),
  g: () => {
    awaitingPlace = performance.now() + FOLLOW_MS;
  },
};

function goTo(letter) {
  awaitingPlace = 0;
  const link = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
  link?.click();
  return Boolean(link);
}

function onKey(event) {
  const { key, target } = event;
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (document.body.dataset.shortcuts === "off" || isTyping(target) || document.querySelector("dialog[open]")) return;
  if (performance.now() < awaitingPlace && goTo(key)) event.preventDefault();
  else if (Object.hasOwn(KEYS, key)) {
    event.preventDefault();
    KEYS[key]();
  }
}

export function installShortcuts() {
  document.addEventListener("keydown", onKey);
}
