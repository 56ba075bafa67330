// Draws /api/openapi.json: no library, nothing from another host.

const main = document.getElementById("operations");
const filter = document.getElementById("filter");

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

function named(spec, schema) {
  return schema?.$ref ? spec.components.schemas[schema.$ref.split("/").pop()] : schema;
}

function typeOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(" | ");
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  if (schema.type === "array") return `${typeOf(schema.items)}[]`;
  if (schema.type === "object" && schema.additionalProperties)
    return `{ …: ${typeOf(schema.additionalProperties)} }`;
  const limits = ["minLength", "maxLength", "minimum", "maximum", "pattern"]
    .filter((name) => name in schema)
    .map((name) => `${name} ${schema[name]}`);
  return [schema.format ?? schema.type ?? "any", ...limits].join(", ");
}

function fields(spec, schema) {
  const whole = named(spec, schema);
  if (!whole?.properties) return el("p", {}, typeOf(schema));
  const required = new Set(whole.required ?? []);
  const table = el("table");
  for (const [name, one] of Object.entries(whole.properties)) {
    table.append(
      el("tr", {},
        el("td", {}, name + (required.has(name) ? "" : " ?")),
        el("td", {}, typeOf(one)),
        el("td", {}, one.description ?? "")),
    );
  }
  return table;
}

function exampleOf(spec, schema, depth = 0) {
  const one = named(spec, schema);
  if (!one || depth > 4) return null;
  if ("default" in one) return one.default;
  if (one.enum) return one.enum[0];
  if (one.anyOf) return exampleOf(spec, one.anyOf[0], depth + 1);
  if (one.type === "object")
    return Object.fromEntries(
      Object.entries(one.properties ?? {}).map(([key, value]) => [key, exampleOf(spec, value, depth + 1)]));
  if (one.type === "array") return [];
  return { integer: 1, number: 1, boolean: true }[one.type] ?? "";
}

function tryIt(spec, method, path, operation) {
  const out = el("pre", { hidden: "" });
  const inputs = (operation.parameters ?? []).map((one) => {
    const input = el("input", { placeholder: one.name, "aria-label": one.name });
    return { one, input };
  });
  const schema = operation.requestBody?.content["application/json"]?.schema;
  const body = schema && el("textarea", { rows: "6", "aria-label": "body" });
  if (body) body.value = JSON.stringify(exampleOf(spec, schema), null, 2);
  const button = el("button", { type: "button" }, "Send");
  button.addEventListener("click", async () => {
    let url = path;
    const query = new URLSearchParams();
    for (const { one, input } of inputs) {
      if (one.in === "path") url = url.replace(`{${one.name}}`, encodeURIComponent(input.value));
      else if (input.value) query.set(one.name, input.value);
    }
    const headers = {};
    if (method !== "GET" && operation.security.length) {
      const session = await fetch("/api/session");
      if (session.ok) headers["X-CSRF-Token"] = (await session.json()).csrf;
    }
    if (body) headers["Content-Type"] = "application/json";
    const answer = await fetch(query.size ? `${url}?${query}` : url,
      { method, headers, body: body?.value });
    const text = await answer.text();
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* not JSON: shown as it is */ }
    out.hidden = false;
    out.textContent = `${answer.status}\n${shown}`;
  });
  return [...inputs.map(({ input }) => input), ...(body ? [body] : []), button, out];
}

function draw(spec, path, method, operation) {
  const roles = operation["x-roles"].includes("*") ? "anyone" : operation["x-roles"].join(", ");
  const body = el("div", { class: "body" }, el("p", {}, operation.description ?? ""),
    el("p", {}, `For: ${roles}`));
  if (operation.parameters?.length) {
    const table = el("table");
    for (const one of operation.parameters)
      table.append(el("tr", {}, el("td", {}, one.name), el("td", {}, one.in), el("td", {}, typeOf(one.schema))));
    body.append(el("h3", {}, "Parameters"), table);
  }
  const sent = operation.requestBody?.content["application/json"]?.schema;
  if (sent) body.append(el("h3", {}, `Body: ${typeOf(sent)}`), fields(spec, sent));
  for (const [status, answer] of Object.entries(operation.responses)) {
    const schema = Object.values(answer.content ?? {})[0]?.schema;
    body.append(el("h3", {}, `${status}${schema ? `: ${typeOf(schema)}` : ""}`));
    if (schema) body.append(fields(spec, schema));
  }
  body.append(el("h3", {}, "Try it"),
    el("div", { class: "try" }, ...tryIt(spec, method, path, operation)));
  return el("details", { "data-words": `${method} ${path} ${operation.description}`.toLowerCase() },
    el("summary", {}, el("span", { class: `method ${method}` }, method),
      el("span", { class: "path" }, path), el("span", { class: "words" }, operation.summary)),
    body);
}

const spec = await (await fetch("/api/openapi.json")).json();
const byTag = new Map();
for (const [path, item] of Object.entries(spec.paths))
  for (const [method, operation] of Object.entries(item)) {
    const tag = operation.tags[0];
    if (!byTag.has(tag)) byTag.set(tag, []);
    byTag.get(tag).push(draw(spec, path, method.toUpperCase(), operation));
  }
main.replaceChildren(
  ...[...byTag].map(([tag, nodes]) => el("section", {}, el("h2", {}, tag), ...nodes)));
filter.addEventListener("input", () => {
  const word = filter.value.toLowerCase();
  for (const node of main.querySelectorAll("details"))
    node.hidden = !node.dataset.words.includes(word);
  for (const section of main.querySelectorAll("section"))
    section.hidden = section.querySelector("details:not([hidden])") === null;
});
