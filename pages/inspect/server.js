"use strict";
// What the page shares: elements, the server's answers. The scripts are joined into one.
const $ = (id) => document.getElementById(id);
const make = (name, text = "", className = "") => {
  const element = document.createElement(name);
  element.textContent = text;
  if (className !== "") element.className = className;
  return element;
};
const percent = (p) => (p < 0.0001 ? "<0.01 %" : `${(100 * p).toFixed(p < 0.1 ? 2 : 1)} %`);
let info;
let messages = [];
let steps = [];
let controller;

const headers = () => ({
  "content-type": "application/json",
  ...($("key").value === "" ? {} : { authorization: `Bearer ${$("key").value}` }),
});

async function call(path, body, signal) {
  const response = await fetch(
    path,
    body === undefined
      ? { headers: headers() }
      : { method: "POST", headers: headers(), body: JSON.stringify(body), signal },
  );
  if (response.ok) return response;
  const { error } = await response.json();
  if (response.status === 401) $("key-label").hidden = false;
  throw new Error(error.message);
}

async function connect() {
  try {
    info = await (await call("inspect/info")).json();
  } catch (error) {
    $("facts").textContent = `${error.message}. Enter an API key below.`;
    return;
  }
  const { model, quantization, context, head, reranker, tools } = info;
  const parts = [`${model} ${quantization}`, `${context} tokens of context`];
  parts.push(head === null ? "no head: the model decides by its text" : `head with ${head.size} rows`);
  if (reranker) parts.push("reranker");
  $("facts").textContent = parts.join(" · ");
  $("head").checked = head !== null;
  $("head").disabled = head === null;
  $("score").querySelector("button").disabled = head === null;
  $("bias").disabled = head === null;
  if (head === null) $("hint").textContent = "Without a head there are no steps to show.";
  if (head?.decides) {
    $("hint").textContent =
      "Ask something: each bar is a decision of the head, as high as the probability of a call.";
    $("sentence-label").textContent = "Request that the tools are scored for";
  }
  for (const { name } of tools) $("choice").append(make("option", name));
  const table = $("tools");
  table.replaceChildren(row("th", ["Tool", "Description", ["Examples", "num"]]));
  for (const { name, description, examples } of tools) {
    const line = row("td", [name, description, [examples === null ? "–" : String(examples), "num"]]);
    line.className = "tool";
    table.append(line);
  }
  if (tools.length === 0) table.append(row("td", ["The server has no tools of its own."]));
}

function row(cell, texts) {
  const line = make("tr");
  for (const text of texts)
    line.append(Array.isArray(text) ? make(cell, text[0], text[1]) : make(cell, text));
  return line;
}
