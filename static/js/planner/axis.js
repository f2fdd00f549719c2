/** The axis of the week that is shown: from heights to instants and back. Instants are minutes since 1970. */
const HOUR = 60;
export const STEP = 15;

let source = null;
let axis = null;

/** Reads the axis anew when the week was swapped. */
export function currentAxis() {
  const week = document.getElementById("week");
  if (week !== source) {
    source = week;
    axis = JSON.parse(week.dataset.axis);
  }
  return axis;
}

export const bodies = () => [...document.querySelectorAll("#week .day-body")];
export const visibleBodies = () => bodies().filter((body) => body.checkVisibility());
export const dayOf = (body) => currentAxis().days.find((day) => day.date === body.parentElement.dataset.day);
export const minuteHeight = (body) => body.clientHeight / (currentAxis().rows.length * HOUR);

/** The instant drawn at a height in minutes from the top, or null where the day has none. */
export function instantAt(day, shown) {
  const { rows } = currentAxis();
  const row = rows[Math.min(rows.length - 1, Math.max(0, Math.floor(shown / HOUR)))];
  const position = row * HOUR + (shown - rows.indexOf(row) * HOUR);
  const run = day.runs.find(([begin, , minutes]) => position >= begin && position <= begin + minutes);
  return run ? run[1] + position - run[0] : null;
}

/** Where an instant is drawn, in minutes from the top, or null when it is not in the rows shown of this day. */
export function shownAt(day, instant) {
  const run = day.runs.find(([, start, minutes]) => instant >= start && instant < start + minutes);
  if (!run) return null;
  const position = run[0] + instant - run[1];
  const index = currentAxis().rows.indexOf(Math.floor(position / HOUR));
  return index < 0 ? null : index * HOUR + (position % HOUR);
}

/** The day's column that holds an instant. */
export const bodyOf = (instant) => bodies().find((body) => dayOf(body).runs.some(([, start, minutes]) => instant >= start && instant < start + minutes));

export const snapped = (minutes) => Math.round(minutes / STEP) * STEP;
export const iso = (instant) => new Date(instant * 60_000).toISOString().replace(":00.000Z", "Z");

function format(instant, options) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: currentAxis().zone, ...options }).format(new Date(instant * 60_000));
}

const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
export const spanText = (start, end) => `${format(start, CLOCK)}–${format(end, CLOCK)}`;
export const fullText = (start, end) => `${format(start, { weekday: "long", day: "numeric", month: "long" })}, ${spanText(start, end)}`;
