// The joint distribution at each step, and the reranker's decisions.
// Outcomes are tokens and tools of a step of text, or the rows of a head that decides on requests.
const toolProbability = (step) =>
  step.outcomes
    .filter(({ tool }) => typeof tool === "string")
    .reduce((sum, { probability }) => sum + probability, 0);
const outcomeName = ({ tool, text }) => (tool === null ? "no tool" : (tool ?? JSON.stringify(text)));

function addStep(outcomes) {
  const step = { outcomes, taken: "", reranks: [] };
  const index = steps.push(step) - 1;
  const bar = make("button");
  bar.type = "button";
  bar.append(make("i"));
  bar.tabIndex = index === 0 ? 0 : -1;
  const probability = toolProbability(step);
  bar.firstChild.style.height = `${Math.max(1, 100 * probability)}%`;
  bar.className = probability > 0.5 ? "tool" : "";
  bar.setAttribute("aria-label", `Step ${index + 1}, probability of a call ${percent(probability)}`);
  bar.setAttribute("aria-pressed", "false");
  bar.onclick = () => show(index);
  $("line").append(bar);
  $("hint").hidden = true;
}

function show(index) {
  const step = steps[index];
  if (step === undefined) return;
  [...$("line").children].forEach((bar, i) => {
    bar.setAttribute("aria-pressed", String(i === index));
    bar.tabIndex = i === index ? 0 : -1;
  });
  const best = step.outcomes.find(({ tool }) => typeof tool === "string");
  const other = step.outcomes.find(({ tool }) => typeof tool !== "string");
  const margin = best && other ? `, margin of the best tool ${marginOf(best, other).toFixed(2)}` : "";
  const taken = step.taken === "" ? "" : `, taken: ${step.taken}`;
  $("step").textContent =
    `Step ${index + 1} of ${steps.length}: a call has ${percent(toolProbability(step))}${margin}${taken}`;
  const table = $("outcomes");
  const withLogits = step.outcomes.some(({ logit }) => logit !== undefined);
  const logit = withLogits ? [["Logit", "num"]] : [];
  table.replaceChildren(row("th", ["Outcome", ...logit, ["Probability", "num"], ""]));
  for (const outcome of step.outcomes.slice(0, 10)) table.append(outcomeRow(outcome, withLogits));
  showReranks(step);
}

// In logits; a softmax over the same rows keeps their differences.
const marginOf = (a, b) =>
  a.logit === undefined ? Math.log(a.probability / b.probability) : a.logit - b.logit;

function showReranks({ reranks }) {
  $("reranks").hidden = reranks.length === 0;
  if (reranks.length === 0) return;
  const table = $("reranks-table");
  table.replaceChildren(row("th", ["Reranker", ["Head", "num"], ["Score", "num"], "Decision"]));
  for (const { candidates, reject, decision } of reranks) {
    const lines = [...candidates, { ...reject, tool: "REJ" }].sort((a, b) => b.score - a.score);
    for (const { tool, probability, score } of lines) {
      const line = row("td", [
        tool === "REJ" ? "no call" : tool,
        [percent(probability), "num"],
        [score.toFixed(2), "num"],
        tool === decision ? "taken" : "",
      ]);
      if (tool !== "REJ") line.className = "tool";
      table.append(line);
    }
  }
}

function outcomeRow(outcome, withLogits) {
  const { tool, logit, probability } = outcome;
  const line = row("td", [
    [outcomeName(outcome), "text"],
    ...(withLogits ? [[logit === undefined ? "" : logit.toFixed(2), "num"]] : []),
    [percent(probability), "num"],
    ["", "bar"],
  ]);
  if (typeof tool === "string") line.className = "tool";
  const bar = make("span");
  bar.style.width = `${100 * probability}%`;
  line.lastChild.append(bar);
  return line;
}

$("line").onkeydown = (event) => {
  const bars = [...$("line").children];
  const at = bars.indexOf(document.activeElement);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: bars.length - 1 }[event.key];
  if (at < 0 || bars[to] === undefined) return;
  event.preventDefault();
  show(to);
  bars[to].focus();
};
