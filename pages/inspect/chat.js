// The conversation: asking, reading the stream, phases and tokens, scores of a sentence.
function note(text, className) {
  if ($("calls").className === "dim") {
    $("calls").className = "";
    $("calls").replaceChildren();
  }
  const line = make("div", text, className);
  $("calls").append(line);
  return line;
}

async function* partsOf(response) {
  let text = "";
  const decoder = new TextDecoder();
  for (const reader = response.body.getReader(); ;) {
    const { done, value } = await reader.read();
    if (done) return;
    text += decoder.decode(value, { stream: true });
    const events = text.split("\n\n");
    text = events.pop();
    for (const event of events) yield JSON.parse(event.slice("data: ".length));
  }
}

$("ask").onsubmit = async (event) => {
  event.preventDefault();
  if (controller !== undefined || $("question").value.trim() === "") return;
  if (info === undefined) await connect();
  const question = $("question").value;
  $("question").value = "";
  $("log").append(make("div", question, "turn user"));
  const answer = make("div", "", "turn assistant");
  $("log").append(answer);
  messages.push({ role: "user", content: question });
  steps = [];
  $("line").replaceChildren();
  $("outcomes").replaceChildren();
  $("step").textContent = "";
  $("calls").replaceChildren();
  $("calls").className = "";
  controller = new AbortController();
  [spent, lastAt] = [{}, 0];
  $("send").disabled = true;
  $("stop").disabled = false;
  const choice = $("choice").value;
  const body = {
    messages,
    head: $("head").checked && info.head !== null,
    toolChoice: ["auto", "none", "required"].includes(choice) ? choice : { toolName: choice },
    toolBias: Number($("bias").value),
    temperature: Number($("temperature").value),
    maxOutputTokens: Number($("tokens").value),
  };
  const lines = new Map();
  try {
    for await (const part of partsOf(await call("inspect/answer", body, controller.signal)))
      read(part, answer, lines);
  } catch (error) {
    answer.append(make("div", error.name === "AbortError" ? "Stopped." : error.message, "failed"));
  }
  controller = undefined;
  $("send").disabled = false;
  $("stop").disabled = true;
  if (messages.at(-1).role === "user") messages.push({ role: "assistant", content: answer.textContent });
  if ($("calls").childElementCount === 0) note("No call.", "dim");
  const loudest = steps.reduce(
    (best, step, i) => (toolProbability(step) > toolProbability(steps[best]) ? i : best),
    0,
  );
  show(loudest);
  $("question").focus();
};

function read(part, answer, lines) {
  clock(part);
  switch (part.type) {
    case "candidates":
      addStep(part.candidates);
      show(steps.length - 1);
      break;
    case "text-delta":
      answer.append(answer.textContent === "" ? part.text.trimStart() : part.text);
      if (steps.length > 0 && !info.head?.decides) steps.at(-1).taken = JSON.stringify(part.text);
      break;
    case "tool-input-start":
      lines.set(part.toolCallId, { line: note(`${part.toolName} `, "call"), element: undefined });
      break;
    case "tool-input-delta":
      lines.get(part.toolCallId).line.append(part.delta);
      break;
    case "tool-call": {
      const text = `${part.toolName}(${part.inputText})`;
      const known = lines.get(part.toolCallId);
      const label = `${text} · ${percent(part.probability)}`;
      const line = known?.line ?? note(label, "call");
      line.textContent = label;
      const element = make("span", text, "call");
      answer.append(element);
      lines.set(part.toolCallId, { line, element });
      if (steps.length > 0) steps.at(-1).taken = text;
      break;
    }
    case "tool-result": {
      const known = lines.get(part.toolCallId);
      const line =
        known?.line ?? note(`${part.toolName}(${part.inputText}) · ${percent(part.probability)}`, "call");
      line.append(` = ${part.outputText}`);
      if (known?.element) known.element.append(`=${part.outputText}`);
      else answer.append(make("span", `${part.toolName}(${part.inputText})=${part.outputText}`, "call"));
      break;
    }
    case "tool-error":
      note(`${part.toolName}(${part.inputText}) failed: ${part.error.message}`, "failed");
      break;
    case "rerank":
      note(
        `Reranker: ${part.tentative} → ${part.decision === "REJ" ? "no call" : part.decision} (${part.candidates.map(({ tool, score }) => `${tool} ${score.toFixed(2)}`).join(", ")}, reject ${part.reject.score.toFixed(2)})`,
        "dim",
      );
      steps.at(-1)?.reranks.push(part);
      show(steps.length - 1);
      break;
    case "decision":
      addStep(part.candidates.map(({ toolName, probability }) => ({ tool: toolName, probability })));
      steps.at(-1).taken = part.toolName ?? "no tool";
      show(steps.length - 1);
      note(
        `Head: ${part.toolName ?? "no tool"} (${part.candidates
          .slice(0, 5)
          .map(({ toolName, probability }) => `${toolName ?? "no tool"} ${percent(probability)}`)
          .join(", ")})`,
        "dim",
      );
      break;
    case "finish":
      messages.push(...(part.result.messages ?? [{ role: "assistant", content: part.result.text }]));
      usage(part);
      break;
    case "error":
      answer.append(make("div", part.error.message, "failed"));
  }
}

const PHASES = [
  ["promptTokens", "Prompt, computed", "prompt"],
  ["cachedTokens", "Prompt, from the KV cache"],
  ["textTokens", "Text", "text"],
  ["probeTokens", "Decisions of the head", "probe"],
  ["toolPromptTokens", "Tool prompts"],
  ["argumentTokens", "Arguments, with their tool prompts", "arguments"],
  ["resultTokens", "Results, with the tools' own time", "results"],
  ["rerankTokens", "Reranking", "rerank"],
];
const PHASE_OF = {
  candidates: "text",
  "text-delta": "text",
  decision: "probe",
  rerank: "rerank",
  "tool-input-start": "text",
  "tool-input-delta": "arguments",
  "tool-input-end": "arguments",
  "tool-call": "arguments",
  "tool-result": "results",
  "tool-error": "results",
};
let spent = {};
let lastAt = 0;
// The time up to a part is the time of its phase; up to the first one it is the prompt's.
function clock({ type, at }) {
  const phase = lastAt === 0 && type !== "decision" ? "prompt" : PHASE_OF[type];
  if (phase !== undefined) spent[phase] = (spent[phase] ?? 0) + at - lastAt;
  lastAt = at;
}
const milliseconds = (time) => (time === undefined ? "" : `${time.toFixed(0)} ms`);
function usage({ usage: { details, totalTokens }, finishReason }) {
  const table = $("usage");
  table.replaceChildren(row("th", ["Phase", ["Tokens", "num"], ["Time", "num"]]));
  for (const [key, name, phase] of PHASES) {
    if (details[key] === 0 && spent[phase] === undefined) continue;
    table.append(row("td", [name, [String(details[key]), "num"], [milliseconds(spent[phase]), "num"]]));
  }
  const rate = (1000 * details.decodedTokens) / details.milliseconds;
  const end = `Total, ${rate.toFixed(0)} tokens a second; ended by ${finishReason}`;
  table.append(row("td", [end, [String(totalTokens), "num"], [milliseconds(details.milliseconds), "num"]]));
}

$("stop").onclick = () => controller?.abort();
$("reset").onclick = () => {
  messages = [];
  $("log").replaceChildren();
};
$("question").onkeydown = (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) $("ask").requestSubmit();
};
$("key").onchange = connect;
$("score").onsubmit = async (event) => {
  event.preventDefault();
  const table = $("scores");
  try {
    const { tools } = await (await call("inspect/score", { text: $("sentence").value })).json();
    const withLogits = tools.some(({ logit }) => logit !== undefined);
    const logit = withLogits ? [["Logit", "num"]] : [];
    table.replaceChildren(row("th", ["Tool", ...logit, ["Among the rows", "num"], ""]));
    for (const one of tools) table.append(outcomeRow(one, withLogits));
  } catch (error) {
    table.replaceChildren(row("td", [error.message]));
  }
};
// `toolken inspect --open "question"`.
$("question").value = new URLSearchParams(location.hash.slice(1)).get("question") ?? "";
connect();
