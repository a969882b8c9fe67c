// Every family goes the whole way: load, hidden state, head in the graph and on the host, features, training, generation.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { createEngine, mathTools, type Model, type ToolHead, trainHead } from "../../src/index.js";
import { extractFeatures, type TrainingExample } from "../../src/training/index.js";
import type { Candidate } from "../../src/generation/events.js";
import { scratchFolder } from "../utils/scratch.js";
import { headFiringBehind } from "../support/firing-head.js";
import { loadTestModel } from "../support/models.js";
import { DIMENSION, families, type Family, randomModel } from "./families.js";

const QUESTION = "what is 12 plus 30?";
const PROMPTS = { general: "Q: [QUESTION]\nA:" };
const tools = mathTools.filter(({ name }) => name === "add" || name === "multiply");
const examples: TrainingExample[] = [
  example("Q: what is 12 plus 30?\nA: the answer is 12+30=", "42", "add"),
  example("Q: what is 12 plus 42?\nA: the answer is 12+42=", "54", "add"),
  example("Q: what is 30*12?\nA: the answer is 30*12=", "360", "multiply"),
  example("Q: what is 42*30?\nA: there are 42*30=", "1260", "multiply"),
];

function example(before: string, result: string, tool: string): TrainingExample {
  const start = before.length;
  const call = { tool, start, end: start + result.length, args: "", result };
  return { text: `${before}${result}.`, calls: [call], questionEnd: before.indexOf("\nA:") + 3 };
}

const goesTheWholeWay = test.macro({
  title: (_, family: Family) => `${family.title}: ${family.architecture}`,
  async exec(t, family: Family) {
    const { file, output } = randomModel(family);
    t.true(file.length < 400_000);
    const path = join(await scratchFolder(t), "model.gguf");
    await writeFile(path, file);
    await using model = await loadTestModel(path);

    t.like(model.facts, {
      architecture: family.architecture,
      embeddingLength: DIMENSION,
      vocabularySize: family.vocabulary.size,
      addsBos: family.addsBos,
    });
    const { tokenizer } = model;
    const spelled = tokenizer.decode(tokenizer.encode(QUESTION));
    t.is(spelled.trimStart(), QUESTION);

    const tokens = [
      ...(tokenizer.addsBos ? [tokenizer.bos!] : []),
      ...tokenizer.encode(PROMPTS.general.replace("[QUESTION]", QUESTION)),
    ];
    const step = await lastStep(model, tokens);
    t.true(largestDifference(step.logits, logitsOf(step.h, output, family.softCap)) < 2e-3);

    const head = await headFiringBehind(
      model,
      PROMPTS.general.replace("[QUESTION]", QUESTION),
      tools.map(({ name }) => name),
    );
    const graph = await answer(model, head, "graph");
    const host = await answer(model, head, "host");
    t.true(graph.inGraph);
    t.false(host.inGraph);
    t.is(graph.candidates[0]!.tool, "add");
    t.is(graph.called, "add");
    t.deepEqual(
      graph.candidates.map(({ token, tool }) => token ?? tool),
      host.candidates.map(({ token, tool }) => token ?? tool),
    );
    for (const [i, { logit, probability }] of graph.candidates.entries()) {
      t.true(Math.abs(logit - host.candidates[i]!.logit) < 2e-3);
      t.true(Math.abs(probability - host.candidates[i]!.probability) < 1e-3);
    }
    t.is(graph.text, host.text);

    const names = tools.map(({ name }) => name);
    await using features = await extractFeatures(model, { examples, tools: names, prompt: null });
    t.deepEqual(features.info.problems, []);
    const steps = await features.steps();
    const first = steps.target.findIndex((target, i) => target === 0 && steps.text[i] === 0);
    t.true(first >= 0);
    // The step that predicts the result reads what stands before it: nothing of the result, nothing less.
    const before = examples[0]!.text.slice(0, examples[0]!.calls[0]!.start);
    const expected = await lastStep(model, [
      ...(tokenizer.addsBos ? [tokenizer.bos!] : []),
      ...tokenizer.encode(before),
    ]);
    const h = steps.h.subarray(first * DIMENSION, (first + 1) * DIMENSION);
    // Keys and values are kept as F16: other batches, other rounding. A step too far is a distance of more than 1.
    t.true(largestDifference(h, expected.h) < 1e-2);
    t.true(Math.abs(steps.lse[first]! - logSumExp(expected.logits)) < 1e-2);

    const trained = await trainHead(model, {
      examples,
      tools,
      prompts: PROMPTS,
      validationSplit: 0,
      advanced: { l2: 1e-6 },
      threads: 1,
    });
    t.is(trained.training.train.micro.f1, 1);
    await using engine = await createEngine(model, { head: trained, tools, prompts: PROMPTS, parallel: 2 });
    const both = await Promise.all(
      [QUESTION, "what is 42*30?"].map((question) =>
        engine.generate({ prompt: question, maxOutputTokens: 12 }),
      ),
    );
    for (const { text, usage } of both) t.true(text.length > 0 && usage.details.decodedTokens > 0);
  },
});

for (const family of families) test(goesTheWholeWay, family);

async function lastStep(
  model: Model,
  tokens: readonly number[],
): Promise<{ readonly h: Float32Array; readonly logits: Float32Array }> {
  await using context = await model.createContext({ contextSize: 256, hiddenStates: true });
  const step = await context.prefill(0, [...tokens], { hiddenState: true, logits: true });
  return { h: step.hiddenState!, logits: step.allLogits! };
}

/** The slow reference: `E h`, capped. */
function logitsOf(h: Float32Array, output: Float32Array, cap: number | undefined): Float32Array {
  return Float32Array.from({ length: output.length / h.length }, (_, row) => {
    const z = h.reduce((sum, value, i) => sum + value * output[row * h.length + i]!, 0);
    return cap === undefined ? z : cap * Math.tanh(z / cap);
  });
}

async function answer(model: Model, head: ToolHead, placement: "graph" | "host") {
  await using engine = await createEngine(model, {
    head,
    tools,
    prompts: PROMPTS,
    advanced: { placement },
    parallel: 1,
    constrainInput: true,
  });
  let candidates: readonly Candidate[] = [];
  let [text, called] = ["", ""];
  for await (const event of engine.stream({ prompt: QUESTION, maxOutputTokens: 8, topCandidates: 8 })) {
    if (event.type === "candidates" && candidates.length === 0) candidates = event.candidates;
    // Arguments of random weights may come to nothing: the call is taken back then.
    if (event.type === "tool-call" || event.type === "tool-error") called ||= event.toolName;
    if (event.type === "finish") ({ text } = event.result);
  }
  return { candidates, text, called, inGraph: engine.headInGraph };
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  return a.reduce(
    (most, value, i) => Math.max(most, Math.abs(value - b[i]!)),
    a.length === b.length ? 0 : NaN,
  );
}

function logSumExp(values: Float32Array): number {
  const most = Math.max(...values);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}
