/** One day at a time on narrow screens, without loading the page; and the line of the present, which moves on. */
import { bodyOf, dayOf, minuteHeight, shownAt } from "./axis.js";

const MINUTE_MS = 60_000;

function showDay(tab) {
  const week = document.getElementById("week");
  const address = new URL(tab.href).pathname + new URL(tab.href).search;
  for (const day of week.querySelectorAll(".day")) day.classList.toggle("is-shown", day.dataset.day === tab.dataset.day);
  for (const other of week.querySelectorAll(".day-tab")) {
    if (other === tab) other.setAttribute("aria-current", "date");
    else other.removeAttribute("aria-current");
  }
  week.setAttribute("hx-get", address);
  htmx.process(week);
  history.replaceState(history.state, "", address);
}

function onClick(event) {
  const tab = event.target.closest("#week .day-tab");
  if (!tab || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
  event.preventDefault();
  showDay(tab);
}

function moveLine() {
  const line = document.querySelector("#week [data-now]");
  if (!line) return;
  const now = Math.floor(Date.now() / MINUTE_MS);
  const body = bodyOf(now);
  const minutes = body ? shownAt(dayOf(body), now) : null;
  if (minutes === null || body !== line.parentElement) return;
  line.style.top = `${minutes * minuteHeight(body)}px`;
}

export function installDays() {
  document.addEventListener("click", onClick);
  setInterval(moveLine, MINUTE_MS);
}
