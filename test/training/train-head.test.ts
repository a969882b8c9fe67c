import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { type Model, ToolHead } from "../../src/index.js";
import { extractFeatures } from "../../src/training/extract-features.js";
import { Features } from "../../src/training/features.js";
import { formatTrainingReport } from "../../src/training/report.js";
import { evaluateHead } from "../../src/training/score-steps.js";
import { trainHead } from "../../src/training/train-head.js";
import type { TrainHeadOptions } from "../../src/training/train-on-examples.js";
import { trainHeadOnFeatures } from "../../src/training/train-on-features.js";
import { scratchFile, scratchFolder } from "../utils/scratch.js";
import { rejectsWith } from "../support/errors.js";
import { models, loadTestModel } from "../support/models.js";
import { arithmeticPrompt, arithmeticTexts, arithmeticTools } from "./texts.js";

const examples = arithmeticTexts(36);
const common: TrainHeadOptions = { examples, tools: arithmeticTools, prompt: arithmeticPrompt };

let model: Model;
let features: Features;
test.before(async () => {
  model = await loadTestModel(models.nano);
  features = await extractFeatures(model, { examples, tools: arithmeticTools, prompt: arithmeticPrompt });
});
test.after.always(async () => {
  await features.dispose();
  await model.dispose();
});

test("a head learns its texts, and remembers its model and training", async (t) => {
  const phases = new Set<string>();
  const head = await trainHead(model, { ...common, onProgress: ({ phase }) => phases.add(phase) });
  const { training } = head;
  t.deepEqual([...phases], ["features", "solve", "evaluation", "refit"]);
  t.deepEqual(head.tools, arithmeticTools);
  t.is(head.model?.fingerprint, await model.fingerprint());
  t.is(training.texts, 36);
  t.is(training.toolSteps, 36);
  t.is(training.train.texts + training.heldOut!.texts, 36);
  t.true(training.train.microWithoutBias.f1 > 0.95);
  t.true(training.heldOut!.microWithoutBias.f1 > 0.6);
  t.true(training.tokensPerSecond! > 0);
  t.deepEqual([...head.bias], [training.bias, training.bias, training.bias]);

  const path = join(await scratchFolder(t), "head.safetensors");
  await head.save(path);
  const loaded = await ToolHead.load(path, { for: await model.identity() });
  t.deepEqual(loaded.weights, head.weights);
  t.deepEqual(loaded.training, JSON.parse(JSON.stringify(training)));

  const report = formatTrainingReport(training);
  for (const word of ["held out", "multiply", "tokens/s", "refit"]) t.true(report.includes(word));
});

test("equal input gives equal heads, another seed another split", async (t) => {
  const one = await trainHeadOnFeatures(features);
  const two = await trainHeadOnFeatures(features);
  t.deepEqual(two.weights, one.weights);
  t.deepEqual(two.training.heldOut, one.training.heldOut);
  const other = await trainHeadOnFeatures(features, { seed: 2, refit: false });
  t.notDeepEqual(other.weights, one.weights);
});

test("the report is of the head that has not seen the held-out part", async (t) => {
  const measured = await trainHeadOnFeatures(features, { refit: false });
  const final = await trainHeadOnFeatures(features);
  t.is(measured.training.refit, null);
  t.deepEqual(final.training.heldOut, measured.training.heldOut);
  t.notDeepEqual(final.weights, measured.weights);

  const whole = await evaluateHead(features, measured);
  const { train, heldOut } = measured.training;
  t.is(whole.steps, train.steps + heldOut!.steps);
  t.is(whole.missed, train.missed + heldOut!.missed);
  t.is(whole.spurious, train.spurious + heldOut!.spurious);
});

test("all progress of a solve is told before its result, however short it is", async (t) => {
  for (let round = 0; round < 20; round++) {
    const told: number[] = [];
    const { training } = await trainHeadOnFeatures(features, {
      refit: false,
      onProgress: ({ phase, done }) => {
        if (phase === "solve") told.push(done);
      },
    });
    t.is(told.at(-1), training.solver.iterations);
    t.deepEqual(
      training.solver.losses!.map(({ iteration }) => iteration),
      told,
    );
  }
});

test("the report holds the loss on the way, and what each bias would give", async (t) => {
  const { training } = await trainHeadOnFeatures(features);
  for (const { losses, iterations, loss } of [training.solver, training.refit!]) {
    const last = losses!.at(-1)!;
    t.is(last.iteration, iterations);
    t.true(losses!.length > 2 && losses![0]!.loss > last.loss);
    t.true(Math.abs(last.loss - loss) <= 1e-6 * loss);
  }
  const { curve, bias, f1 } = training.calibration!;
  t.is(curve.length, 65);
  const { precision, recall } = curve.find((point) => point.bias === bias)!;
  t.is((2 * precision * recall) / (precision + recall), f1);
});

test("without held-out texts there is nothing to calibrate on", async (t) => {
  const { training, bias } = await trainHeadOnFeatures(features, { validationSplit: 0 });
  t.is(training.heldOut, null);
  t.is(training.calibration, null);
  t.is(training.refit, null);
  t.deepEqual([...bias], [0, 0, 0]);
  t.notThrows(() => formatTrainingReport(training));
  const uncalibrated = await trainHeadOnFeatures(features, { calibrate: false });
  t.deepEqual([...uncalibrated.bias], [0, 0, 0]);
});

test("other tools are trained from the same features", async (t) => {
  const head = await trainHeadOnFeatures(features, { tools: ["subtract", "add"] });
  t.deepEqual(head.tools, ["subtract", "add"]);
  t.is(head.training.toolSteps, 24);
  await rejectsWith(t, trainHeadOnFeatures(features, { tools: ["sing"] }), "UNKNOWN_TOOL");
});

test("kept features are used again, and only for what they were made of", async (t) => {
  const path = join(await scratchFolder(t), "features.safetensors");
  const few = { ...common, examples: examples.slice(0, 6), features: path };
  const first = await trainHead(model, few);
  const second = await trainHead(model, few);
  t.true(first.training.tokensPerSecond !== null);
  t.is(second.training.tokensPerSecond, null);
  t.deepEqual(second.weights, first.weights);
  for (const changed of [
    { examples: examples.slice(0, 7) },
    { prompt: null },
    { advanced: { includeQuestion: true } },
  ]) {
    await rejectsWith(t, trainHead(model, { ...few, ...changed }), "FILE_INVALID", /others/);
  }
});

test("texts come from files, and records that fail name their line", async (t) => {
  const lines = examples.slice(0, 6).map((example) => JSON.stringify(example));
  const path = await scratchFile(t, lines.join("\n"), "texts.jsonl");
  const fromFile = await trainHead(model, { ...common, examples: path });
  const fromValues = await trainHead(model, { ...common, examples: examples.slice(0, 6) });
  t.deepEqual(fromFile.weights, fromValues.weights);
  await writeFile(path, `${lines[0]!}\n{"text": 1}\n`);
  await rejectsWith(t, trainHead(model, { ...common, examples: path }), "RECORD_INVALID", /texts\.jsonl:2/);
});

test("the model's own generations join the training part", async (t) => {
  const { training } = await trainHead(model, {
    ...common,
    examples: examples.slice(0, 6),
    onPolicy: { maxTokens: 24 },
  });
  t.is(training.texts, 6 + training.generatedTexts);
  t.is(training.toolSteps, training.texts);
  t.is(training.heldOut!.toolSteps, training.heldOut!.texts);
});

for (const phase of ["features", "solve", "evaluation", "refit"] as const) {
  test(`aborted at ${phase} it leaves no file that is not whole`, async (t) => {
    const folder = await scratchFolder(t);
    const stop = new AbortController();
    const training = trainHead(model, {
      ...common,
      examples: examples.slice(0, 9),
      features: join(folder, "features.safetensors"),
      advanced: { l2: 0, tolerance: 0 },
      signal: stop.signal,
      onProgress: (event) => {
        if (event.phase === phase) stop.abort();
      },
    });
    await rejectsWith(t, training, "ABORTED");
    // The last text may be through before the abort is noticed: then the file is there, and whole.
    const files = await readdir(folder);
    if (phase !== "features" || files.length > 0) {
      t.deepEqual(files, ["features.safetensors"]);
      await using whole = await Features.load(join(folder, "features.safetensors"));
      t.is(whole.info.texts, 9);
    }
  });
}

for (const [title, options] of [
  ["no examples", { examples: [] }],
  ["examples that are a number", { examples: 3 as unknown as string }],
  ["no tools", { tools: [] }],
  ["a tool twice", { tools: ["add", "<add>"] }],
  ["a tool that is none", { tools: [{}] as unknown as string[] }],
  ["a prompt without a slot", { prompt: "Q:" }],
  ["everything held out", { validationSplit: 1 }],
  ["a seed of NaN", { seed: NaN }],
  ["generations without a prompt", { prompt: null, onPolicy: true }],
] as const) {
  test(`refuses ${title}`, async (t) => {
    await rejectsWith(t, trainHead(model, { ...common, ...options }), "INVALID_ARGUMENT");
  });
}

test("refuses texts of unknown tools, and a model that was disposed", async (t) => {
  await rejectsWith(t, trainHead(model, { ...common, tools: ["add"] }), "UNKNOWN_TOOL");
  const gone = await loadTestModel(models.nano);
  await gone.dispose();
  await rejectsWith(t, trainHead(gone, common), "DISPOSED");
});
