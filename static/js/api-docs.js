/**
 * Lets the API's page send the requests that it describes, as the person who is signed in.
 *
 * A form holds the address with {ids} in `data-path`; each field says in `data-place` where its value goes.
 */
function fieldsOf(form, place) {
  return [...form.querySelectorAll(`[data-place="${place}"]`)].filter((field) => field.value.trim() !== "");
}

function addressOf(form) {
  const filled = fieldsOf(form, "path").reduce(
    (path, field) => path.replace(`{${field.name}}`, encodeURIComponent(field.value.trim())),
    form.dataset.path,
  );
  const query = new URLSearchParams(fieldsOf(form, "query").map((field) => [field.name, field.value]));
  return query.size ? `${filled}?${query}` : filled;
}

function requestOf(form) {
  const headers = Object.fromEntries(fieldsOf(form, "header").map((field) => [field.name, field.value]));
  headers["X-CSRFToken"] = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
  const [body] = fieldsOf(form, "body");
  if (body) headers["Content-Type"] = "application/json";
  return { method: form.dataset.method, headers, body: body?.value };
}

function readable(text, kind) {
  if (!kind.includes("json")) return text;
  return JSON.stringify(JSON.parse(text), null, 2);
}

function show(form, heading, text) {
  const answer = form.parentElement.querySelector(".api-answer");
  answer.querySelector("p").textContent = heading;
  answer.querySelector("pre").textContent = text;
  answer.hidden = false;
}

async function send(form) {
  try {
    const answer = await fetch(addressOf(form), requestOf(form));
    const text = await answer.text();
    show(form, `${answer.status} ${answer.statusText}`, readable(text, answer.headers.get("Content-Type") ?? ""));
  } catch {
    show(form, "No answer", "Milepost did not answer. Check the connection and try again.");
  }
}

document.querySelectorAll("[data-api-try]").forEach((form) => {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(form);
  });
});
