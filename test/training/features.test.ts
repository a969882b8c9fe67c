import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import type { Model } from "../../src/index.js";
import { encodeToolTarget } from "../../src/training/align.js";
import type { TrainingExample } from "../../src/examples/example.js";
import { extractFeatures } from "../../src/training/extract-features.js";
import { Features } from "../../src/training/features.js";
import { scratchFile, scratchFolder } from "../utils/scratch.js";
import { rejectsWith } from "../support/errors.js";
import { models, loadTestModel } from "../support/models.js";
import { arithmeticPrompt, arithmeticTexts, arithmeticTools } from "./texts.js";

const examples = arithmeticTexts(3);
const prompted =
  "Q: Tom reads 12 pages and then 30 pages. How many pages does he read?\nA: Tom reads 12+30=42 pages. So, the answer is 42.\n\n";

let model: Model;
test.before(async () => {
  model = await loadTestModel(models.nano);
});
test.after.always(() => model.dispose());

interface SlowStep {
  readonly target: number;
  readonly h: Float32Array;
  readonly logits: Float32Array;
}

/** From this many tokens of a decode on, llama.cpp's CPU backend computes attention in tiles, which rounds otherwise. */
const ATTENTION_TILE = 64;

/**
 * Every wanted step of a text by decoding it without the other texts; targets from characters, not by alignment.
 * Decodes are cut where the pass cuts them (after the prompt), and padded by a sequence of one repeated token
 * where the pass has the other texts, so that both use the same kernels.
 */
async function slowSteps(
  prefix: string,
  example: TrainingExample,
  from: number,
  shared: number,
): Promise<SlowStep[]> {
  const { tokenizer } = model;
  const call = example.calls[0]!;
  const text = prefix + example.text;
  const [start, end] = [prefix.length + call.start, prefix.length + call.end];
  const pieces = [text.slice(0, start), text.slice(start, end), text.slice(end)];
  const whole = [...tokenizer.encode(text)];
  // Where the result shares no token with its neighbours, cutting there changes nothing.
  const cut = pieces.flatMap((piece) => [...tokenizer.encode(piece)]);
  if (whole.join() !== cut.join()) throw new Error("this reference needs results with tokens of their own");
  const bos = tokenizer.addsBos && tokenizer.bos !== null ? [tokenizer.bos] : [];
  const tokens = [...bos, ...whole];

  await using context = await model.createContext({
    contextSize: 1024,
    outputs: tokens.length,
    sequences: 2,
    hiddenStates: true,
  });
  if (shared > 0) await context.prefill(0, tokens.slice(0, shared));
  const rest = tokens.slice(shared);
  const padding = Array.from({ length: Math.max(0, ATTENTION_TILE - rest.length) }, (_, at) => at);
  const outputs = await context.decode(
    {
      tokens: Int32Array.from([...rest, ...padding.map(() => tokens.at(-1)!)]),
      positions: Int32Array.from([...rest.map((_, at) => shared + at), ...padding]),
      sequences: Int32Array.from([...rest.map(() => 0), ...padding.map(() => 1)]),
    },
    rest.map((_, index) => ({ index, hiddenState: true, logits: true })),
  );
  const steps: SlowStep[] = [];
  let written = 0;
  for (const [at, token] of tokens.entries()) {
    if (at >= bos.length) written += tokenizer.decode([token]).length;
    const next = tokens[at + 1];
    if (next === undefined || written < from) continue;
    if (written > start && written < end) continue;
    const target = written === start ? encodeToolTarget(arithmeticTools.indexOf(call.tool)) : next;
    const output = outputs[at - shared]!;
    steps.push({ target, h: output.hiddenState!, logits: output.allLogits! });
  }
  return steps;
}

/** What all texts begin with, up to the first step that is wanted, in the most obvious way. */
function sharedTokens(prefix: string, includeQuestion: boolean): number {
  const { tokenizer } = model;
  const all = examples.map(({ text }) => tokenizer.encode(prefix + text));
  let same = 0;
  while (all.every((tokens) => tokens[same] === all[0]![same])) same++;
  const bos = tokenizer.addsBos && tokenizer.bos !== null ? 1 : 0;
  if (!includeQuestion) return bos + same;
  const before = tokenizer.encode(prefix).length;
  let written = 0;
  let at = 0;
  while (written < prefix.length) written += tokenizer.decode([all[0]![at++]!]).length;
  // The step that reads the prompt's last token predicts the text's first.
  return before === 0 ? 0 : bos + Math.min(same, at - 1);
}

/** Relative difference of two hidden states. */
function distance(a: Float32Array, b: Float32Array): number {
  return Math.hypot(...a.map((x, j) => x - b[j]!)) / Math.hypot(...a);
}

/**
 * The first text lies in the cache as in the reference and must be equal to it. Those after it lie across other
 * attention tiles: rounding puts them 3 % apart on average, where a step's neighbours are 25 % apart or more.
 */
const FIRST_TEXT = 1e-3;
const OTHER_TEXTS = 0.12;

const matchesReference = test.macro(
  async (t, options: { prompt: string | null; prefix: string; includeQuestion: boolean }) => {
    const { prompt, prefix, includeQuestion } = options;
    const shared = sharedTokens(prefix, includeQuestion);
    const slow: SlowStep[][] = [];
    for (const example of examples) {
      const from = prefix.length + (includeQuestion ? 0 : example.questionEnd!);
      slow.push(await slowSteps(prefix, example, from, shared));
    }
    for (const first of examples.keys()) {
      const order = [...examples.keys()].map((index) => (index + first) % examples.length);
      await using features = await extractFeatures(model, {
        examples: order.map((index) => examples[index]!),
        tools: arithmeticTools,
        prompt,
        includeQuestion,
        topTokens: 3,
      });
      t.is(features.info.prefix, prefix);
      const steps = await features.steps();
      const vocabulary = await features.vocabulary();
      const d = steps.dimension;
      t.is(steps.count, features.count);
      for (const [place, index] of order.entries()) {
        const rows = [...steps.text.keys()].filter((step) => steps.text[step] === place);
        t.is(rows.length, slow[index]!.length);
        for (const [i, row] of rows.entries()) {
          const { target, h, logits } = slow[index]![i]!;
          const k = target <= -2 ? -2 - target : -1;
          t.is(steps.target[row], k);
          const within = place === 0 ? FIRST_TEXT : OTHER_TEXTS;
          t.true(distance(h, steps.h.subarray(row * d, (row + 1) * d)) < within);
          if (place > 0) continue;
          const lse = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit), 0));
          t.true(Math.abs(steps.lse[row]! - lse) < 1e-2);
          t.true(Math.abs(steps.bestLogit[row]! - logits.reduce((a, b) => Math.max(a, b))) < 1e-2);
          t.true(Math.abs(steps.targetLogit[row]! - (k >= 0 ? 0 : logits[target]!)) < 1e-2);
          const entropy = logits.reduce((sum, z) => sum - Math.exp(z - lse) * (z - lse), 0);
          t.true(Math.abs(vocabulary.entropy[row]! - entropy) < 1e-2);
          const best = [...logits].sort((a, b) => b - a);
          for (let m = 0; m < 3; m++) {
            const logit = vocabulary.logit[3 * row + m]!;
            t.true(Math.abs(logit - best[m]!) < 1e-2);
            t.true(Math.abs(logit - logits[vocabulary.token[3 * row + m]!]!) < 1e-2);
          }
        }
      }
    }
  },
);

test("bare texts give what decoding each alone gives", matchesReference, {
  prompt: null,
  prefix: "",
  includeQuestion: false,
});
test("texts after a prompt, which is shared, give what decoding each alone gives", matchesReference, {
  prompt: arithmeticPrompt,
  prefix: prompted,
  includeQuestion: false,
});
test("the question's steps are there when asked for", matchesReference, {
  prompt: arithmeticPrompt,
  prefix: prompted,
  includeQuestion: true,
});

test("many texts come out as each alone, whatever the batch", async (t) => {
  const many = arithmeticTexts(12, 5);
  const common = { tools: arithmeticTools, prompt: arithmeticPrompt };
  await using together = await extractFeatures(model, { ...common, examples: many, batchSize: 64 });
  const all = await together.steps();
  for (const index of [0, 7, 11]) {
    await using alone = await extractFeatures(model, { ...common, examples: [many[index]!] });
    const one = await alone.steps();
    const rows = [...all.text.keys()].filter((step) => all.text[step] === index);
    t.deepEqual(
      rows.map((row) => all.target[row]),
      [...one.target],
    );
    const d = all.dimension;
    rows.forEach((row, i) => {
      const h = all.h.subarray(row * d, (row + 1) * d);
      t.true(distance(h, one.h.subarray(i * d, (i + 1) * d)) < OTHER_TEXTS);
    });
  }
});

test("what the other texts say changes nothing", async (t) => {
  const [first, second] = examples as [TrainingExample, TrainingExample];
  // Digits are tokens of their own, so the neighbours have equal lengths and other contents.
  const other = {
    ...second,
    text: second.text.replaceAll(/\d/g, (digit) => String(9 - Number(digit))),
    calls: second.calls.map((call) => ({
      ...call,
      result: call.result.replaceAll(/\d/g, (x) => String(9 - Number(x))),
    })),
  };
  const rowsBeside = async (neighbour: TrainingExample): Promise<Float32Array> => {
    await using features = await extractFeatures(model, {
      examples: [first, neighbour],
      tools: arithmeticTools,
      prompt: arithmeticPrompt,
    });
    const { text, h, dimension } = await features.steps();
    return h.filter((_, at) => text[Math.floor(at / dimension)] === 0);
  };
  t.deepEqual(await rowsBeside(other), await rowsBeside(second));
});

test("tokens of the pass: the prompt once, each text up to its last step", async (t) => {
  const examples = arithmeticTexts(6);
  await using one = await extractFeatures(model, {
    examples,
    tools: arithmeticTools,
    prompt: arithmeticPrompt,
  });
  const separate = examples.reduce(
    (sum, { text }) => sum + model.tokenizer.encode(prompted + text).length - 1,
    0,
  );
  const prefix = model.tokenizer.encode(prompted).length;
  t.true(one.info.tokens <= separate - (examples.length - 1) * (prefix - 1));
});

test("texts that don't fit are reported with their place, the others are kept", async (t) => {
  const [first, second, third] = examples as [TrainingExample, TrainingExample, TrainingExample];
  const start = "A: ".length;
  const other: TrainingExample = {
    text: "A: 7 is seven.",
    calls: [{ tool: "add", start, end: start + 1, args: "3, 4", result: "7" }],
    source: { file: "more.jsonl", line: 9 },
  };
  const long = { ...second, text: second.text + " and so on".repeat(20_000) };
  await using features = await extractFeatures(model, {
    examples: [first, other, long, third],
    tools: arithmeticTools,
    prompt: arithmeticPrompt,
  });
  const { problems } = features.info;
  t.deepEqual(
    problems.map(({ file, line }) => [file, line]),
    [
      ["more.jsonl", 9],
      ["", 3],
    ],
  );
  t.regex(problems[0]!.reason, /does not begin with "Q: "/);
  t.regex(problems[1]!.reason, /tokens, the model's context/);
  t.deepEqual([...new Set((await features.steps()).text)].sort(), [0, 3]);
});

test("a kept file is read again without the model, for some of the tools too", async (t) => {
  const path = join(await scratchFolder(t), "features.safetensors");
  const written = await extractFeatures(model, { examples, tools: arithmeticTools, path });
  const before = await written.steps();
  await written.dispose();
  await written.dispose();
  await rejectsWith(t, written.steps(), "DISPOSED");

  await using features = await Features.load(path, { for: await model.identity() });
  const steps = await features.steps();
  t.deepEqual(steps, before);
  const some = await features.steps(["subtract", "add"]);
  const map = new Map([
    [-1, -1],
    [0, 1],
    [1, -2],
    [2, 0],
  ]);
  t.deepEqual(
    [...some.target],
    [...steps.target].map((k) => map.get(k)!),
  );
  await rejectsWith(t, features.steps(["add", "sing"]), "UNKNOWN_TOOL", /sing/);
});

test("the best tokens are kept when asked for, never more than there are", async (t) => {
  const some = { examples: examples.slice(0, 1), tools: arithmeticTools };
  await using without = await extractFeatures(model, some);
  t.is(without.topTokens, 0);
  await rejectsWith(t, without.vocabulary(), "FILE_INVALID", /top_token/);
  await using all = await extractFeatures(model, { ...some, topTokens: 1024 });
  const { top, token, logit } = await all.vocabulary();
  t.is(top, Math.min(1024, model.facts.vocabularySize));
  t.is(new Set(token.subarray(0, top)).size, top);
  t.deepEqual(logit.slice(0, top), logit.slice(0, top).sort().reverse());
  t.deepEqual(
    (await all.steps()).bestLogit,
    logit.filter((_, at) => at % top === 0),
  );
  for (const topTokens of [-1, 1.5, 1025]) {
    await rejectsWith(t, extractFeatures(model, { ...some, topTokens }), "INVALID_ARGUMENT", /topTokens/);
  }
});

test("features of another model are refused", async (t) => {
  const path = join(await scratchFolder(t), "features.safetensors");
  await (await extractFeatures(model, { examples, tools: arithmeticTools, path })).dispose();
  const identity = await model.identity();
  const otherFile = { ...identity, fingerprint: "0".repeat(64) };
  await rejectsWith(t, Features.load(path, { for: otherFile }), "MODEL_MISMATCH");
  const wider = { ...otherFile, embeddingLength: identity.embeddingLength + 1 };
  await rejectsWith(t, Features.load(path, { for: wider, force: true }), "MODEL_MISMATCH");
  await (await Features.load(path, { for: otherFile, force: true })).dispose();
});

test("a temporary file goes with dispose", async (t) => {
  const features = await extractFeatures(model, { examples: examples.slice(0, 1), tools: arithmeticTools });
  t.is((await readdir(join(features.path, ".."))).length, 1);
  await features.dispose();
  await t.throwsAsync(readdir(join(features.path, "..")), { code: "ENOENT" });
});

test("an aborted pass leaves no file, before, while and after it runs", async (t) => {
  const folder = await scratchFolder(t);
  const path = join(folder, "features.safetensors");
  const many = arithmeticTexts(80);
  const attempt = (signal: AbortSignal, onProgress?: () => void): Promise<Features> =>
    extractFeatures(model, {
      examples: many,
      tools: arithmeticTools,
      path,
      batchSize: 64,
      signal,
      onProgress,
    });
  await rejectsWith(t, attempt(AbortSignal.abort()), "ABORTED");
  const aligning = new AbortController();
  const started = attempt(aligning.signal);
  setImmediate(() => {
    aligning.abort();
  });
  await rejectsWith(t, started, "ABORTED");
  const stop = new AbortController();
  await rejectsWith(
    t,
    attempt(stop.signal, () => {
      stop.abort();
    }),
    "ABORTED",
  );
  t.deepEqual(await readdir(folder), []);
});

test("bad input is refused before the model is asked", async (t) => {
  const common = { examples, tools: arithmeticTools };
  await rejectsWith(t, extractFeatures(model, { ...common, examples: [] }), "INVALID_ARGUMENT");
  await rejectsWith(t, extractFeatures(model, { ...common, tools: [] }), "INVALID_ARGUMENT");
  await rejectsWith(t, extractFeatures(model, { ...common, tools: ["add", "add"] }), "INVALID_ARGUMENT");
  await rejectsWith(t, extractFeatures(model, { ...common, tools: ["add"] }), "UNKNOWN_TOOL", /multiply/);
  await rejectsWith(t, extractFeatures(model, { ...common, batchSize: 0 }), "INVALID_ARGUMENT");
  await rejectsWith(t, extractFeatures(model, { ...common, threads: -1 }), "INVALID_ARGUMENT");
  await rejectsWith(t, extractFeatures(model, { ...common, path: "/nowhere/at/all.st" }), "FILE_NOT_FOUND");
  const silent = { text: "Q: a\nA:", calls: [], questionEnd: 7 };
  await rejectsWith(
    t,
    extractFeatures(model, { ...common, examples: [silent] }),
    "ALIGNMENT_FAILED",
    /no step/,
  );
});

test("other files are refused", async (t) => {
  await rejectsWith(t, Features.load(join(await scratchFolder(t), "none")), "FILE_NOT_FOUND");
  await rejectsWith(t, Features.load(await scratchFile(t, "")), "FILE_INVALID");
  await rejectsWith(t, Features.load(await scratchFile(t, Buffer.alloc(64, 7))), "FILE_INVALID");
  const path = join(await scratchFolder(t), "features.safetensors");
  await (
    await extractFeatures(model, { examples: examples.slice(0, 1), tools: arithmeticTools, path })
  ).dispose();
  const { readFile } = await import("node:fs/promises");
  const bytes = await readFile(path);
  await writeFile(path, bytes.subarray(0, bytes.length - 100));
  await rejectsWith(t, Features.load(path), "FILE_INVALID");
  await writeFile(
    path,
    Buffer.from(bytes.toString("latin1").replace("toolken.features", "toolken.fixtures"), "latin1"),
  );
  await rejectsWith(t, Features.load(path), "FILE_INVALID", /metadata format/);
});
