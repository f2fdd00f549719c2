/** Chart.js is heavy: it comes only when the page, or something swapped into it, holds a chart. */
let loading;

function load() {
  const address = document.body.dataset.charts;
  if (!loading && address && document.querySelector("[data-chart]")) loading = import(address);
}

export function installCharts() {
  load();
  document.addEventListener("htmx:afterSettle", load);
}
