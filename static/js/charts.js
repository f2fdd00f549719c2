/**
 * Draws every `[data-chart]`: a canvas whose data stand in the JSON script that the attribute names.
 *
 * The data: {type: "line" | "bar" | "doughnut", unit: "minutes" | "count" | "percent", labels: [text],
 * series: [{label, values: [number or null], colour, previous: bool}], incomplete: bool, stacked: bool,
 * links: [address], days: {first: date, url, mark}, colours: [name]}. A colour is the end of a --chart-… variable or a category class such as
 * "category-blue"; a doughnut has one series and `colours`, one for each label. `previous` draws a dashed line,
 * `incomplete` says that the last label is still running, and `links` says what a click on a label opens;
 * where labels are dates, `days` does, with the date in place of `mark`.
 */
import { ArcElement, BarController, BarElement, CategoryScale, Chart, DoughnutController, Filler, Legend, LinearScale, LineController, LineElement, PointElement, Tooltip } from "chart.js";
import { chartOptions } from "./lib/chart_options.js";
import { dataFor } from "./lib/chart_data.js";
import { onThemeChange } from "./lib/theme.js";

Chart.register(ArcElement, BarController, BarElement, CategoryScale, DoughnutController, Filler, Legend, LinearScale, LineController, LineElement, PointElement, Tooltip);

const drawn = new Map();
const seen = new Set();

/** A chart moves in when it is first seen, and not again when it is refreshed. */
function draw(canvas) {
  const id = canvas.dataset.chart;
  const spec = JSON.parse(document.getElementById(id).textContent);
  drawn.get(canvas)?.destroy();
  const options = chartOptions(spec, canvas);
  if (seen.has(id)) options.animation = false;
  seen.add(id);
  drawn.set(canvas, new Chart(canvas, { type: spec.type, data: dataFor(spec, canvas), options }));
}

function drawAll() {
  for (const [canvas, chart] of drawn) {
    if (canvas.isConnected) continue;
    chart.destroy();
    drawn.delete(canvas);
  }
  document.querySelectorAll("canvas[data-chart]").forEach((canvas) => {
    if (!drawn.has(canvas)) draw(canvas);
  });
}

drawAll();
document.addEventListener("htmx:afterSettle", drawAll);
const drawAnew = () => [...drawn.keys()].forEach(draw);
onThemeChange(drawAnew);

/** Paper is light, whatever the screen is. */
const page = document.documentElement;
let themeOnScreen;
window.addEventListener("beforeprint", () => {
  themeOnScreen = page.dataset.bsTheme;
  page.dataset.bsTheme = "light";
  drawAnew();
});
window.addEventListener("afterprint", () => {
  if (themeOnScreen) page.dataset.bsTheme = themeOnScreen;
  else delete page.dataset.bsTheme;
  drawAnew();
});
