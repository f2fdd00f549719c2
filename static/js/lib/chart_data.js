/** Turns the data of a chart into Chart.js datasets. Series differ by colour and by dash, point and fill as well. */
import { colourOf, faint } from "./chart_colours.js";

const DASHES = [[], [8, 4], [10, 3, 3, 3], [3, 3]];
const POINTS = ["circle", "rect", "triangle", "rectRot"];
const PREVIOUS_DASH = [4, 4];
const RUNNING_DASH = [2, 4];

/** The stretch up to the running day is dotted. */
function segmentOf(spec) {
  const last = spec.labels.length - 1;
  return { borderDash: ({ p1DataIndex }) => (spec.incomplete && p1DataIndex === last ? RUNNING_DASH : undefined) };
}

function line(series, index, spec, colour) {
  const many = spec.labels.length > 45;
  return {
    borderColor: colour,
    backgroundColor: faint(colour, 9),
    pointBackgroundColor: colour,
    fill: index === 0 && !series.previous ? "origin" : false,
    borderWidth: series.previous ? 1.75 : 2.25,
    borderDash: series.previous ? PREVIOUS_DASH : DASHES[index % DASHES.length],
    pointStyle: POINTS[index % POINTS.length],
    pointRadius: series.previous || many ? 0 : 3,
    pointHoverRadius: 5,
    tension: 0.25,
    cubicInterpolationMode: "monotone",
    spanGaps: false,
    segment: segmentOf(spec),
  };
}

function bar(series, spec, colour) {
  const last = spec.labels.length - 1;
  const fill = series.previous ? faint(colour, 25) : colour;
  return {
    backgroundColor: series.values.map((_, index) => (spec.incomplete && index === last ? faint(colour, 45) : fill)),
    borderColor: colour,
    borderWidth: series.previous ? 1 : 0,
    borderRadius: 4,
    maxBarThickness: 36,
  };
}

function slices(spec, canvas) {
  const colours = spec.colours.map((name) => colourOf(name, canvas));
  return { backgroundColor: colours, borderColor: colourOf("surface", canvas), borderWidth: 3, hoverOffset: 4 };
}

function dataset(series, index, spec, canvas) {
  // Later series are drawn over earlier ones, so that where two are equal the dashed one shows on the solid one.
  const common = { label: series.label, data: series.values, order: spec.series.length - index };
  if (spec.type === "doughnut") return { ...common, ...slices(spec, canvas) };
  const colour = colourOf(series.previous ? "previous" : series.colour, canvas);
  return { ...common, ...(spec.type === "bar" ? bar(series, spec, colour) : line(series, index, spec, colour)) };
}

export function dataFor(spec, canvas) {
  return { labels: spec.labels, datasets: spec.series.map((series, index) => dataset(series, index, spec, canvas)) };
}
