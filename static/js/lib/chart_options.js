/** How charts look and speak: units, axes that begin at zero, no animation when motion is unwanted. */
import { Chart } from "chart.js";
import { colourOf } from "./chart_colours.js";

const language = document.documentElement.lang || "en-GB";
const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });

function minutes(value) {
  const hours = Math.trunc(value / 60);
  const rest = Math.round(Math.abs(value % 60));
  if (hours === 0) return `${rest} min`;
  return rest === 0 ? `${hours} h` : `${hours} h ${String(rest).padStart(2, "0")} min`;
}

const FORMATS = { minutes, percent: (value) => `${number.format(value)} %`, count: (value) => number.format(value) };
const formatOf = (spec) => FORMATS[spec.unit] ?? FORMATS.count;

function tooltipText(spec) {
  const format = formatOf(spec);
  return ({ dataset, label, raw }) => ` ${spec.type === "doughnut" ? label : dataset.label}: ${raw === null ? "–" : format(raw)}`;
}

function tooltipTitle(spec) {
  const last = spec.labels.length - 1;
  return ([item]) => (spec.incomplete && item.dataIndex === last ? `${item.label} (still running)` : item.label);
}

function scales(spec, colours) {
  if (spec.type === "doughnut") return {};
  const format = formatOf(spec);
  const stepSize = spec.unit === "minutes" ? undefined : spec.step;
  return {
    x: { stacked: spec.stacked, grid: { display: false }, border: { color: colours.grid }, ticks: { color: colours.text, maxRotation: 0, autoSkipPadding: 18 } },
    y: {
      stacked: spec.stacked,
      beginAtZero: true,
      suggestedMax: spec.unit === "percent" ? 100 : undefined,
      grid: { color: colours.grid },
      border: { display: false },
      ticks: { color: colours.text, maxTicksLimit: 6, precision: 0, stepSize, callback: format },
      afterBuildTicks: spec.unit === "minutes" ? wholeHours : undefined,
    },
  };
}

/** Minutes are counted in hours, so the marks of the axis stand on hours, or parts of one. */
function wholeHours(axis) {
  const step = [15, 30, 60, 120, 180, 240, 360, 480, 720, 1440, 2880, 7200].find((size) => axis.max / size <= 6) ?? 14_400;
  axis.max = Math.max(step, Math.ceil(axis.max / step) * step);
  axis.ticks = Array.from({ length: axis.max / step + 1 }, (_, index) => ({ value: index * step }));
}

/** Lines show their dash in the legend, the rest a point. */
function legendLabels(chart) {
  const items = Chart.defaults.plugins.legend.labels.generateLabels(chart);
  if (chart.config.type !== "line") return items;
  return items.map((item) => {
    const { borderDash, borderWidth } = chart.data.datasets[item.datasetIndex];
    return { ...item, pointStyle: "line", lineDash: borderDash, lineWidth: borderWidth };
  });
}

const inOrder = (one, other) => (one.datasetIndex ?? 0) - (other.datasetIndex ?? 0);

/** Doughnuts keep Chart.js's labels, which name slices rather than series. */
function legend(spec, colours) {
  const isLine = spec.type === "line";
  const labels = { color: colours.text, usePointStyle: true, boxWidth: 9, boxHeight: 9, padding: 16, font: { size: 12.5 }, sort: inOrder };
  if (isLine) Object.assign(labels, { pointStyleWidth: 26, generateLabels: legendLabels });
  return { display: spec.type === "doughnut" || spec.series.length > 1, position: "bottom", labels };
}

const DAY_MS = 86_400_000;

/** What a click opens: the address of the label, or the one address of all dates with its own date in it. */
function addressOf({ days, links }, hit) {
  if (!hit || !days) return links?.[hit?.index];
  const date = new Date(Date.parse(days.first) + hit.index * DAY_MS).toISOString().slice(0, 10);
  return days.url.replaceAll(days.mark, date);
}

function open(spec) {
  return (_event, hits) => {
    const address = addressOf(spec, hits[0]);
    if (address) location.assign(address);
  };
}

function pointer(spec) {
  return ({ native }, hits) => {
    native.target.style.cursor = addressOf(spec, hits[0]) ? "pointer" : "";
  };
}

export function chartOptions(spec, canvas) {
  const colours = { text: colourOf("text", canvas), grid: colourOf("grid", canvas) };
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const { fontFamily } = getComputedStyle(document.body);
  Chart.defaults.font.family = fontFamily;
  return {
    animation: still ? false : { duration: 350 },
    maintainAspectRatio: false,
    interaction: { mode: spec.type === "doughnut" ? "nearest" : "index", intersect: spec.type === "doughnut" },
    cutout: "66%",
    onClick: open(spec),
    onHover: pointer(spec),
    scales: scales(spec, colours),
    plugins: {
      legend: legend(spec, colours),
      tooltip: { itemSort: inOrder, callbacks: { label: tooltipText(spec), title: tooltipTitle(spec) }, usePointStyle: true, padding: 10, cornerRadius: 8 },
    },
  };
}
