import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { type Model, ToolHead } from "../../src/index.js";
import { SELECTION_PROMPT, trainSelection, type TrainSelectionOptions } from "../../src/training/index.js";
import { requestFeatures } from "../../src/training/request-features.js";
import { scratchFile, scratchFolder } from "../utils/scratch.js";
import { rejectsWith } from "../support/errors.js";
import { loadTestModel, models } from "../support/models.js";
import { requestTools, toolRequestsOf } from "./requests.js";

const requests = toolRequestsOf(60);
const common: TrainSelectionOptions = { requests, tools: requestTools, threads: 1 };

let model: Model;
test.before(async () => {
  model = await loadTestModel(models.nano);
});
test.after.always(async () => {
  await model.dispose();
});

test("a head learns which tool answers, and how it was chosen stands in it", async (t) => {
  const phases = new Set<string>();
  const head = await trainSelection(model, { ...common, onProgress: ({ phase }) => phases.add(phase) });
  t.deepEqual([...phases], ["features", "solve", "refit"]);
  t.deepEqual(head.tools, requestTools);
  const { training } = head;
  t.like(training, { requests: 60, heldOut: 12, tools: 4, withoutRequests: [], problems: [] });
  t.is(training.settings.prompt, SELECTION_PROMPT);
  t.deepEqual(
    training.trials.map(({ l2 }) => l2),
    [3e-2, 1e-2, 3e-3, 1e-3],
  );
  const most = Math.max(...training.trials.map(({ first }) => first));
  t.is(training.settings.l2, training.trials.find(({ first }) => first === most)!.l2);
  t.true(most >= 10);
  t.is(training.solver.steps, 60);
  t.true(training.solver.converged);
  t.true(training.tokens > 60);
  t.is(head.model?.fingerprint, await model.fingerprint());

  const path = join(await scratchFolder(t), "head.safetensors");
  await head.save(path);
  t.deepEqual((await ToolHead.load(path)).training, JSON.parse(JSON.stringify(training)));
});

test("the step is the one after the prompt, however the text goes on", async (t) => {
  // "12" after a space: some tokenizers give the space a token of its own, and the step would be after it.
  const some = [
    { id: "a", question: "Half of 24?", tool: "12" },
    { id: "b", question: "Will it rain in Oslo?", tool: "weather" },
  ];
  const prompt = "Q: [QUESTION]\nTool:";
  await using features = await requestFeatures(model, { requests: some, prompt });
  const steps = await features.steps();
  t.is(steps.count, 2);
  await using context = await model.createContext({ contextSize: 128, hiddenStates: true });
  const { tokenizer } = model;
  for (const [i, { question }] of some.entries()) {
    const tokens = tokenizer.encode(prompt.replace("[QUESTION]", question));
    const bos = tokenizer.addsBos && tokenizer.bos !== null ? [tokenizer.bos] : [];
    const { hiddenState } = await context.prefill(0, [...bos, ...tokens], { hiddenState: true });
    const row = steps.text.indexOf(i);
    const h = steps.h.subarray(row * steps.dimension, (row + 1) * steps.dimension);
    const error = Math.max(...h.map((value, j) => Math.abs(value - hiddenState![j]!)));
    t.true(error < 0.02, `error ${error}`);
    await context.clear();
  }
});

test("equal input gives equal heads; a pass that was stopped goes on, kept features need none", async (t) => {
  const features = join(await scratchFolder(t), "features");
  const many = {
    ...common,
    requests: toolRequestsOf(300, 3),
    features,
    advanced: { l2: [1e-3], featureBatchSize: 256 },
  };
  const stop = new AbortController();
  const stopped = trainSelection(model, {
    ...many,
    signal: stop.signal,
    onProgress: ({ phase, done }) => {
      if (phase === "features" && done > 256) stop.abort();
    },
  });
  await rejectsWith(t, stopped, "ABORTED");
  // The abort may come while the last part is written: then both are there.
  t.true((await readdir(features)).includes("part-00000.safetensors"));
  const part = join(features, "part-00000.safetensors");
  const { mtimeMs } = await stat(part);
  const first = await trainSelection(model, many);
  t.is((await stat(part)).mtimeMs, mtimeMs);
  t.deepEqual(await readdir(features), ["part-00000.safetensors", "part-00001.safetensors"]);

  const unkept = await trainSelection(model, { ...many, features: undefined });
  // Other texts beside a text in its batch: other rounding.
  t.true(first.weights.every((weight, i) => Math.abs(weight - unkept.weights[i]!) < 0.05));
  t.deepEqual((await trainSelection(model, many)).weights, first.weights);
});

test("tools that no request needs get no row; without held-out requests λ is taken as it is", async (t) => {
  const tools = ["sing", ...requestTools];
  const head = await trainSelection(model, { ...common, tools, validationSplit: 0, advanced: { l2: 1e-3 } });
  t.deepEqual(head.tools, requestTools);
  t.like(head.training, { withoutRequests: ["sing"], heldOut: 0, trials: [], settings: { l2: 1e-3 } });
  await rejectsWith(
    t,
    trainSelection(model, { ...common, validationSplit: 0 }),
    "INVALID_ARGUMENT",
    /one value/,
  );
});

test("a request of a tool that is not given names its line", async (t) => {
  const lines = requests.slice(0, 4).map(({ question, tool }) => JSON.stringify({ question, tool }));
  const path = await scratchFile(t, lines.join("\n"), "requests.jsonl");
  const tools = requestTools.slice(0, 2);
  const training = trainSelection(model, { ...common, requests: path, tools });
  const error = await rejectsWith(t, training, "UNKNOWN_TOOL", /requests\.jsonl:3: needs trains/);
  t.is(error!.hint, "The list has weather, translate.");
});

for (const phase of ["features", "solve", "refit"] as const) {
  test(`aborted at ${phase}`, async (t) => {
    const stop = new AbortController();
    const training = trainSelection(model, {
      ...common,
      signal: stop.signal,
      advanced: { l2: [1e-3] },
      onProgress: (event) => {
        if (event.phase === phase) stop.abort();
      },
    });
    await rejectsWith(t, training, "ABORTED");
  });
}

for (const [title, options] of [
  ["no requests", { requests: [] }],
  ["no tools", { tools: [] }],
  ["a prompt without a slot", { prompt: "Request:" }],
  ["a prompt with two slots", { prompt: "[QUESTION] [QUESTION]" }],
  ["a negative λ", { advanced: { l2: [1e-3, -1] } }],
  ["no λ", { advanced: { l2: [] } }],
  ["everything held out", { validationSplit: 1 }],
  ["no shrinkage", { advanced: { shrinkage: 0 } }],
  ["too much shrinkage", { advanced: { shrinkage: 1.5 } }],
] as const) {
  test(`refuses ${title}`, async (t) => {
    await rejectsWith(t, trainSelection(model, { ...common, ...options }), "INVALID_ARGUMENT");
  });
}
