/**
 * With allowScriptTags off, htmx removes every script from what it swaps in, and with them those that only hold data
 * (`<script type="application/json" id="…">`). They are read from the answer first and put back beside their charts.
 */
const DATA = 'script[type="application/json"][id]';
let carried = [];

function onBeforeSwap({ detail }) {
  const answer = detail.xhr.responseText;
  const found = answer.includes("application/json") ? new DOMParser().parseFromString(answer, "text/html").querySelectorAll(DATA) : [];
  carried = [...found].map(({ id, textContent }) => ({ id, textContent }));
}

function onAfterSwap() {
  for (const { id, textContent } of carried) {
    document.getElementById(id)?.remove();
    const script = Object.assign(document.createElement("script"), { type: "application/json", id, textContent });
    (document.querySelector(`[data-chart="${CSS.escape(id)}"]`)?.parentElement ?? document.body).append(script);
  }
  carried = [];
}

export function installDataScripts() {
  document.addEventListener("htmx:beforeSwap", onBeforeSwap);
  document.addEventListener("htmx:afterSwap", onAfterSwap);
}
