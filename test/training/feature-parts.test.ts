// A pass in parts gives the steps of a pass in one, and goes on where it was stopped.
import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { extractFeatures } from "../../src/training/index.js";
import { generateWordProblems, trainingExample } from "../../src/lab/word-problems/index.js";
import { extractFeatureParts } from "../../src/training/feature-parts.js";
import { scratchFolder } from "../utils/scratch.js";
import { rejectsWith } from "../support/errors.js";
import { loadTestModel, models } from "../support/models.js";

const examples = generateWordProblems({ count: 10, seed: 4 }).map(trainingExample);
const tools = [...new Set(examples.flatMap(({ calls }) => calls.map(({ tool }) => tool)))].sort();
const prompt = "Q: What is 1 plus 2?\nA: It is 3.\n\nQ: [QUESTION]\nA:";

/** Rows in order of texts and positions: those of texts that share a batch alternate. */
function ordered<T>(steps: { text: Int32Array; position: Int32Array }, of: (step: number) => T): T[] {
  return [...steps.text.keys()]
    .sort((a, b) => steps.text[a]! - steps.text[b]! || steps.position[a]! - steps.position[b]!)
    .map(of);
}

test("in parts as in one", async (t) => {
  const folder = join(await scratchFolder(t), "parts");
  await using model = await loadTestModel(models.nano);
  await using whole = await extractFeatures(model, { examples, tools, prompt });
  const controller = new AbortController();
  const stopped = extractFeatureParts(model, {
    folder,
    examples,
    tools,
    prompt,
    textsPerPart: 4,
    signal: controller.signal,
    onProgress: () => {
      if (existsSync(join(folder, "part-00001.safetensors"))) controller.abort();
    },
  });
  await rejectsWith(t, stopped, "ABORTED");
  t.is((await readdir(folder)).sort()[0], "part-00000.safetensors");
  const first = await stat(join(folder, "part-00000.safetensors"));

  const progress: number[] = [];
  await using parts = await extractFeatureParts(model, {
    folder,
    examples,
    tools,
    prompt,
    textsPerPart: 4,
    onProgress: ({ done }) => progress.push(done),
  });
  t.deepEqual(
    progress,
    progress.toSorted((a, b) => a - b),
  );
  t.deepEqual([progress[0], progress.at(-1)], [0, 10]);
  t.is((await stat(join(folder, "part-00000.safetensors"))).mtimeMs, first.mtimeMs);
  t.is((await readdir(folder)).length, 3);
  t.like(parts.info, { texts: 10, corpus: whole.info.corpus, tools, problems: [] });

  const [a, b] = [await whole.steps(), await parts.steps()];
  t.is(b.count, a.count);
  const facts = (steps: typeof a) =>
    ordered(steps, (i) => [steps.text[i], steps.position[i], steps.target[i]]);
  t.deepEqual(facts(b), facts(a));
  // Batches differ, and with them the rounding.
  const lse = (steps: typeof a) => ordered(steps, (i) => steps.lse[i]!);
  const [x, y] = [lse(a), lse(b)];
  const differences = x.map((value, i) => Math.abs(value - y[i]!));
  t.true(Math.max(...differences) < 0.05, String(Math.max(...differences)));
  t.is(b.h.length, a.h.length);
});

test("parts of other texts are written again; a part that nothing can be learnt from is a problem", async (t) => {
  const folder = join(await scratchFolder(t), "parts");
  await using model = await loadTestModel(models.nano);
  const some = examples.slice(0, 2);
  await (await extractFeatureParts(model, { folder, examples: some, tools, prompt })).dispose();
  const text = "Q: x\nA:";
  const empty = { text, questionEnd: text.length, calls: [] };
  const mixed = [empty, ...some];
  await using parts = await extractFeatureParts(model, {
    folder,
    examples: mixed,
    tools,
    prompt,
    textsPerPart: 1,
  });
  t.is(parts.info.texts, 3);
  t.is(parts.info.problems.length, 1);
  t.like(parts.info.problems[0], { file: "", line: 1 });
  t.deepEqual(new Set((await parts.steps()).text), new Set([1, 2]));
  await rejectsWith(
    t,
    extractFeatureParts(model, { folder: join(folder, "none"), examples: [empty], tools, prompt }),
    "ALIGNMENT_FAILED",
  );
  await rejectsWith(
    t,
    extractFeatureParts(model, { folder, examples, tools, prompt, textsPerPart: 0 }),
    "INVALID_ARGUMENT",
  );
});

test("a kept part of fewer tools serves a corpus that has got more", async (t) => {
  const folder = join(await scratchFolder(t), "parts");
  await using model = await loadTestModel(models.nano);
  const of = (some: typeof examples): string[] =>
    [...new Set(some.flatMap(({ calls }) => calls.map(({ tool }) => tool)))].sort();
  const some = examples.slice(0, 2);
  t.true(of(some).length < tools.length);
  const pass = { folder, prompt, textsPerPart: 2 };
  await using few = await extractFeatureParts(model, { ...pass, examples: some, tools: of(some) });
  t.deepEqual(few.info.tools, of(some));
  await using all = await extractFeatureParts(model, { ...pass, examples, tools });
  await using whole = await extractFeatures(model, { examples, tools, prompt });
  t.deepEqual(all.info.tools, tools);
  for (const among of [tools, tools.slice(1)]) {
    const [a, b] = [await whole.steps(among), await all.steps(among)];
    t.deepEqual(b.tools, among);
    const targets = (steps: typeof a) => ordered(steps, (i) => steps.target[i]);
    t.deepEqual(targets(b), targets(a));
  }
  await rejectsWith(t, all.steps(["none"]), "UNKNOWN_TOOL");
});

test("all parts stand after one prefix, and have their best tokens", async (t) => {
  const folder = join(await scratchFolder(t), "parts");
  await using model = await loadTestModel(models.nano);
  // Alone in its part, a text that begins otherwise would be what most texts are.
  const other = { ...examples[0]!, text: `Now ${examples[0]!.text}`, questionEnd: 4, calls: [] };
  const mixed = [other, ...examples.slice(1, 4)];
  const pass = { examples: mixed, tools, prompt, topTokens: 2 };
  await using whole = await extractFeatures(model, pass);
  await using parts = await extractFeatureParts(model, { ...pass, folder, textsPerPart: 1 });
  t.is(parts.info.prefix, whole.info.prefix);
  t.is(parts.info.problems.length, whole.info.problems.length);
  const { top, token, logit, entropy } = await parts.vocabulary();
  const { count } = await parts.steps();
  t.deepEqual([top, token.length, logit.length, entropy.length], [2, 2 * count, 2 * count, count]);
  t.true(parts.decodedTokens > 0);

  await using again = await extractFeatureParts(model, { ...pass, folder, textsPerPart: 1 });
  t.is(again.decodedTokens, 0);
  await using more = await extractFeatureParts(model, { ...pass, topTokens: 3, folder, textsPerPart: 1 });
  t.is((await more.vocabulary()).top, 3);
});
