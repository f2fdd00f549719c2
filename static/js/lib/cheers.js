/**
 * A goal that was reached is cheered once: the first time that its card is seen, on this device, and quietly.
 * What was cheered is remembered as `goal:first date`, nothing else; under reduced motion nothing moves (goals.css).
 */
const KEY = "milepost:cheered";
const KEPT = 200;

const shown = new Set();

function remembered() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

function remember(name) {
  try {
    localStorage.setItem(KEY, JSON.stringify([...remembered(), name].slice(-KEPT)));
  } catch {
    // Without storage it is cheered once a page.
  }
}

function cheer(line) {
  const name = line.dataset.cheer;
  const first = !shown.has(name);
  if (first && remembered().includes(name)) return;
  line.hidden = false;
  if (!first) return;
  shown.add(name);
  remember(name);
  line.classList.add("is-new");
  const announcer = document.getElementById("announcer");
  if (announcer) announcer.textContent = line.textContent.trim();
}

function cheerAll() {
  document.querySelectorAll("[data-cheer]").forEach(cheer);
}

export function installCheers() {
  cheerAll();
  document.addEventListener("htmx:afterSettle", cheerAll);
}
