import { join } from "node:path";
import test from "ava";
import { evaluateSelection, type EvaluateSelectionOptions } from "../../../src/lab/evaluation/index.js";
import { type Model, ToolHead } from "../../../src/index.js";
import { type SelectionHead, trainSelection } from "../../../src/training/index.js";
import { scratchFile, scratchFolder } from "../../utils/scratch.js";
import { rejectsWith } from "../../support/errors.js";
import { loadTestModel, models } from "../../support/models.js";
import { requestTools, toolRequestsOf } from "../../training/requests.js";

const requests = toolRequestsOf(40, 2);
let model: Model;
let head: SelectionHead;
let common: EvaluateSelectionOptions;
test.before(async () => {
  model = await loadTestModel(models.nano);
  head = await trainSelection(model, {
    requests: toolRequestsOf(60),
    tools: requestTools,
    advanced: { l2: 1e-3 },
    prompt: "Request: [QUESTION]\nTool:",
    threads: 1,
  });
  common = { requests, head, resamples: 200, threads: 1 };
});
test.after.always(async () => {
  await model.dispose();
});

test("top-1, top-5, tools and confusion are counts over the requests' ranks", async (t) => {
  const { scores, requests: selected, problems, tokens } = await evaluateSelection(model, common);
  t.is(scores.length, 1);
  const [score] = scores;
  t.is(selected.length, 40);
  t.deepEqual(
    selected.map(({ id }) => id),
    requests.map(({ id }) => id),
  );
  const first = selected.filter(({ rank }) => rank === 1);
  t.deepEqual(
    first,
    selected.filter(({ tool, predicted }) => tool === predicted),
  );
  t.true(first.length >= 36);
  t.like(score, { toolCount: 4, requests: 40, leftOut: 0, first: first.length, top1: first.length / 40 });
  // Four tools: each is among the first five.
  t.like(score, { amongFive: 40, top5: 1, intervals: { top5: { low: 1, high: 1 } } });
  t.true(score!.intervals.top1!.low <= score!.top1 && score!.top1 <= score!.intervals.top1!.high);
  t.is(
    score!.confusion.reduce((sum, { count }) => sum + count, 0),
    40,
  );
  t.deepEqual(
    score!.perTool.map(({ tool, gold }) => [tool, gold]),
    requestTools.map((tool) => [tool, 10]),
  );
  t.deepEqual(problems, []);
  t.true(tokens > 40);
});

test("among the first tools alone, the others are switched off", async (t) => {
  const { scores } = await evaluateSelection(model, { ...common, toolCounts: [2, 1, 4, 2] });
  t.deepEqual(
    scores.map(({ toolCount, requests: judged, leftOut }) => [toolCount, judged, leftOut]),
    [
      [1, 10, 30],
      [2, 20, 20],
      [4, 40, 0],
    ],
  );
  t.is(scores[0]!.top1, 1, "one tool is always right");
  t.deepEqual(
    scores[1]!.perTool.map(({ tool }) => tool),
    requestTools.slice(0, 2),
  );
  t.true(scores[1]!.top1 >= scores[2]!.top1 - 0.1);
});

test("the head's own prompt is the default", async (t) => {
  const own = await evaluateSelection(model, common);
  const named = await evaluateSelection(model, { ...common, prompt: "Request: [QUESTION]\nTool:" });
  t.deepEqual(own.requests, named.requests);
  t.deepEqual(own.scores, named.scores);
  const other = await evaluateSelection(model, { ...common, prompt: "[QUESTION]" });
  t.not(other.tokens, own.tokens);
});

test("kept features serve other heads", async (t) => {
  const features = join(await scratchFolder(t), "features");
  const whole = await evaluateSelection(model, { ...common, features });
  const few = head.select(["trains", "weather"]);
  const again = await evaluateSelection(model, { ...common, features, head: few, partial: true });
  t.is(again.tokens, whole.tokens);
  t.is(again.requests.length, 20);
  t.like(again.scores[0], { toolCount: 2, requests: 20, leftOut: 20 });
  t.is(again.problems.length, 20);
  t.deepEqual(again.problems[0], { file: "", line: 2, reason: "needs translate, which the head lacks" });
});

test("a tool that the head does not have names its line", async (t) => {
  const lines = requests.slice(0, 4).map(({ question, tool }) => JSON.stringify({ question, tool }));
  const path = await scratchFile(t, lines.join("\n"), "dev.jsonl");
  const few = head.select(["weather", "translate"]);
  const evaluating = evaluateSelection(model, { ...common, requests: path, head: few });
  const error = await rejectsWith(t, evaluating, "UNKNOWN_TOOL", /dev\.jsonl:3: needs trains/);
  t.regex(error!.hint!, /--partial/);
  const none = evaluateSelection(model, {
    ...common,
    requests: [{ id: "a", question: "Why?", tool: "think" }],
    partial: true,
  });
  await rejectsWith(t, none, "UNKNOWN_TOOL", /None of 1 requests/);
});

test("bad arguments, other models, aborts", async (t) => {
  for (const toolCounts of [[0], [5], [1.5]]) {
    await rejectsWith(t, evaluateSelection(model, { ...common, toolCounts }), "INVALID_ARGUMENT");
  }
  await rejectsWith(t, evaluateSelection(model, { ...common, requests: [] }), "INVALID_ARGUMENT");
  await rejectsWith(t, evaluateSelection(model, { ...common, prompt: "Tool:" }), "INVALID_ARGUMENT");
  const { tools, weights } = head;
  const narrow = ToolHead.create({ tools, weights: weights.slice(0, 4 * 8) });
  await rejectsWith(t, evaluateSelection(model, { ...common, head: narrow }), "MODEL_MISMATCH");
  const signal = AbortSignal.abort();
  await rejectsWith(t, evaluateSelection(model, { ...common, signal }), "ABORTED");
});
