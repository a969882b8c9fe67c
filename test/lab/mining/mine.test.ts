import { access, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { mathTools, type Model, ToolHead } from "../../../src/index.js";
import { createEngine } from "../../../src/generation/create-engine.js";
import { endsInNumber } from "../../../src/generation/number-end.js";
import type { TrainingExample } from "../../../src/examples/example.js";
import { extractFeatures } from "../../../src/training/extract-features.js";
import { type Mined, mineRows } from "../../../src/lab/mining/mine.js";
import type { MinedRow } from "../../../src/examples/mined-row.js";
import type { MineOptions } from "../../../src/lab/mining/options.js";
import { readMinedRows } from "../../../src/examples/read-mined.js";
import { solveHead } from "../../../src/training/solve-head.js";
import { scratchFolder } from "../../utils/scratch.js";
import { rejectsWith } from "../../support/errors.js";
import { headFiringBehind } from "../../support/firing-head.js";
import { models, loadTestModel } from "../../support/models.js";
import { arithmeticPrompt, arithmeticTexts, arithmeticTools } from "../../training/texts.js";

const examples = arithmeticTexts(18, 3);
const common: MineOptions = { examples, tools: arithmeticTools, prompt: arithmeticPrompt, threads: 1 };

let model: Model;
/** Trained on other texts. */
let head: ToolHead;
test.before(async () => {
  model = await loadTestModel(models.nano);
  await using features = await extractFeatures(model, {
    examples: arithmeticTexts(12, 8),
    tools: arithmeticTools,
    prompt: arithmeticPrompt,
  });
  const { weights } = await solveHead(await features.steps(), { threads: 1 });
  head = ToolHead.create({ tools: arithmeticTools, weights, model: await model.identity() });
});
test.after.always(() => model.dispose());

interface SlowStep {
  readonly label: string;
  readonly offset: number;
  readonly fires: boolean;
  readonly z: readonly number[];
  readonly lse: number;
  readonly bestLogit: number;
  readonly tokenEntropy: number;
}

/** Every step of the answers at a bias, by their characters: nano's digits are tokens of their own. */
async function slowSteps(bias: number): Promise<SlowStep[]> {
  const options = { examples, tools: arithmeticTools, prompt: arithmeticPrompt, topTokens: 1 };
  await using features = await extractFeatures(model, options);
  const { h, lse, bestLogit, dimension: d, text } = await features.steps();
  const { entropy } = await features.vocabulary();
  const found: SlowStep[] = [];
  let row = 0;
  for (const [index, example] of examples.entries()) {
    const { start, end, tool } = example.calls[0]!;
    const prompt = arithmeticPrompt.slice(0, arithmeticPrompt.lastIndexOf("Q:"));
    let offset = -prompt.length;
    for (const token of model.tokenizer.encode(prompt + example.text)) {
      const isInside = offset > start && offset < end;
      if (offset >= example.questionEnd! && !isInside) {
        if (text[row] !== index) throw new Error("the reference has lost its place");
        const z = arithmeticTools.map((_, k) => {
          let sum = bias;
          for (let j = 0; j < d; j++) sum += head.weights[k * d + j]! * h[row * d + j]!;
          return sum;
        });
        const isTool = offset === start;
        const fires = Math.max(...z) > bestLogit[row]!;
        if (isTool || !endsInNumber(example.text.slice(0, offset))) {
          const facts = { z, lse: lse[row]!, bestLogit: bestLogit[row]!, tokenEntropy: entropy[row]! };
          found.push({ label: isTool ? tool : "REJ", offset, fires, ...facts });
        }
        row++;
      }
      offset += model.tokenizer.decode([token]).length;
    }
  }
  return found;
}

/** Probabilities of all outcomes by their definition; the tokens other than tools are one. */
function checkNumbers(t: { true(value: boolean): void }, row: MinedRow, slow: SlowStep): void {
  const close = (a: number | null, b: number): void => {
    t.true(Math.abs((a ?? NaN) - b) < 1e-4);
  };
  const sum = Math.exp(slow.lse) + slow.z.reduce((total, z) => total + Math.exp(z), 0);
  const p = slow.z.map((z) => Math.exp(z) / sum);
  const order = [...p.keys()].sort((a, b) => p[b]! - p[a]!);
  row.tools.forEach(({ tool, logit, probability }, place) => {
    const k = order[place]!;
    t.true(tool === arithmeticTools[k]);
    close(logit, slow.z[k]!);
    close(probability, p[k]!);
  });
  const [tokens, tools] = [Math.exp(slow.lse) / sum, p.reduce((a, b) => a + b)];
  close(row.toolProbability, tools);
  close(row.margin, Math.max(...slow.z) - slow.bestLogit);
  close(row.tokens[0]!.logit, slow.bestLogit);
  close(row.tokens[0]!.probability, Math.exp(slow.bestLogit) / sum);
  const plogp = (values: readonly number[]): number =>
    values.reduce((total, value) => total - (value > 0 ? value * Math.log(value) : 0), 0);
  close(row.entropy, plogp(p) + tokens * (slow.tokenEntropy - Math.log(tokens)));
  close(row.toolEntropy, plogp(p.map((value) => value / tools)));
  t.true(row.rank === null || (row.rank === 1) === slow.fires);
}

for (const bias of [-2, 0, 12]) {
  test(`a given head's rows at bias ${bias} are those of the slow reference`, async (t) => {
    const { rows, counts } = await mineRows(model, { ...common, head, bias, topTools: 2, easy: 1e6 });
    const slow = await slowSteps(bias);
    t.deepEqual(
      rows.map(({ label, kind, offset }) => ({ label, kind, offset })),
      slow.map(({ label, fires, offset }) => {
        return { label, kind: label !== "REJ" ? "tool" : fires ? "reject" : "easy", offset };
      }),
    );
    rows.forEach((row, at) => {
      checkNumbers(t, row, slow[at]!);
    });
    t.is(counts.tool, examples.length);
    t.is(counts.reject, slow.filter(({ label, fires }) => label === "REJ" && fires).length);
    if (bias === 12) t.true(counts.reject > 0);
  });
}

test("a row tells its place: question, text so far, offset, gold", async (t) => {
  const { rows, info } = await mineRows(model, { ...common, head, topTools: 1, bias: { subtract: 9 } });
  for (const row of rows) {
    const { text, questionEnd, calls } = examples[row.index]!;
    t.is(row.example, String(row.index));
    t.is(row.id, `${row.index}:${row.position}`);
    t.is(row.text, text.slice(questionEnd, row.offset));
    t.true(text.startsWith(`Q: ${row.question}\nA:`));
    t.is(row.position, model.tokenizer.encode(text.slice(0, row.offset)).length);
    t.is(row.tools.length, 1);
    if (row.kind !== "tool") continue;
    t.is(row.label, calls[0]!.tool);
    t.is(row.offset, calls[0]!.start);
    t.is(row.goldInTop, row.tools[0]!.tool === row.label);
    t.is(row.goldInTop, row.goldRank === 1);
    t.is(row.goldTool?.tool, row.label);
  }
  t.true(rows.some(({ kind, goldInTop }) => kind === "tool" && !goldInTop));
  t.deepEqual(info.folds[0]!.bias, [0, 0, 9]);
});

test("a tool that a bias switches off is never a candidate", async (t) => {
  const { rows } = await mineRows(model, { ...common, head, bias: { subtract: -Infinity } });
  for (const { label, tools, goldInTop, goldRank, goldTool } of rows) {
    t.deepEqual(tools.map(({ tool }) => tool).sort(), ["add", "multiply"]);
    if (label !== "subtract") continue;
    t.deepEqual([goldInTop, goldRank, goldTool], [false, 3, null]);
  }
  const off = mineRows(model, { ...common, head, bias: -Infinity });
  await rejectsWith(t, off, "INVALID_ARGUMENT", /all are off/);
});

test("where inference makes a call that the text lacks is a row to reject, of the same probability", async (t) => {
  const [example] = examples as [TrainingExample];
  const before = arithmeticPrompt.slice(0, arithmeticPrompt.lastIndexOf("Q:"));
  const asked = example.text.slice(0, example.questionEnd);
  const firing = await headFiringBehind(model, before + asked, arithmeticTools);
  const { rows } = await mineRows(model, { ...common, examples: [example], head: firing });
  const rejected = rows.filter(({ kind }) => kind === "reject");
  t.is(rejected.length, 1);
  t.like(rejected[0], { text: "", offset: example.questionEnd, label: "REJ" });

  await using engine = await createEngine(model, {
    head: firing,
    prompts: { general: arithmeticPrompt },
    tools: mathTools.filter(({ name }) => arithmeticTools.includes(name)),
  });
  const answer = await engine.generate({
    prompt: rejected[0]!.question,
    maxOutputTokens: 24,
    maxToolCalls: 1,
  });
  const { toolCalls: calls } = answer;
  t.is(calls[0]!.toolName, "add");
  // Nothing but the space that the model would have written.
  t.is(answer.text.slice(0, calls[0]!.start).trim(), "");
  const [tentative] = rejected[0]!.tools;
  t.is(tentative!.tool, "add");
  t.true(Math.abs(tentative!.probability - calls[0]!.probability) < 1e-2);
});

test("every text is held out once, from a head that was trained on the others", async (t) => {
  const solver = { l2: 1e-3 };
  const { rows, info } = await mineRows(model, { ...common, folds: 3, advanced: solver, calibrate: false });
  t.deepEqual(
    info.folds.map(({ trainedTexts, minedTexts }) => [trainedTexts, minedTexts]),
    [12, 12, 12].map((trained) => [trained, 6]),
  );
  const foldOf = new Map(rows.map(({ index, fold }) => [index, fold]));
  t.is(foldOf.size, examples.length);
  await using features = await extractFeatures(model, {
    examples,
    tools: arithmeticTools,
    prompt: arithmeticPrompt,
  });
  const steps = await features.steps();
  for (const fold of [0, 1, 2]) {
    const include = Uint8Array.from(steps.text, (text) => (foldOf.get(text) === fold ? 0 : 1));
    const { weights } = await solveHead(steps, { ...solver, include, seed: 1, threads: 1 });
    for (const { index, tools } of rows.filter((row) => row.fold === fold && row.kind === "tool")) {
      const at = [...steps.text.keys()].find(
        (step) => steps.text[step] === index && steps.target[step]! >= 0,
      )!;
      const k = arithmeticTools.indexOf(tools[0]!.tool);
      let z = 0;
      for (let j = 0; j < steps.dimension; j++) {
        z += weights[k * steps.dimension + j]! * steps.h[at * steps.dimension + j]!;
      }
      t.true(Math.abs(tools[0]!.logit - z) < 1e-4);
    }
  }
});

test("texts of one question are never on both sides", async (t) => {
  const twice = [...examples.slice(0, 6), ...examples.slice(0, 6)].map((example, at) => ({
    ...example,
    id: `text ${at}`,
  }));
  const { rows } = await mineRows(model, { ...common, examples: twice, folds: 3 });
  const folds = new Map(rows.map(({ index, fold }) => [index, fold]));
  for (let index = 0; index < 6; index++) t.is(folds.get(index), folds.get(index + 6));
});

test("a half split trains on one half and mines the other", async (t) => {
  const { info, rows } = await mineRows(model, { ...common, halfSplit: true });
  t.is(info.folds.length, 1);
  t.like(info.folds[0], { trainedTexts: 9, minedTexts: 9 });
  t.is(new Set(rows.map(({ index }) => index)).size, 9);
});

test("a higher bias gives more rows to reject, a fold's own is calibrated", async (t) => {
  const at = async (bias: number): Promise<Mined> => mineRows(model, { ...common, folds: 2, bias });
  const [low, high] = [await at(0), await at(8)];
  t.true(high.counts.reject > low.counts.reject);
  t.is(high.counts.tool, low.counts.tool);
  low.info.folds.forEach(({ bias }, fold) => {
    t.deepEqual(
      high.info.folds[fold]!.bias,
      bias.map((own) => own! + 8),
    );
  });
  const { info } = await mineRows(model, { ...common, folds: 2, calibrate: false });
  t.deepEqual(info.folds[0]!.bias, [0, 0, 0]);
});

test("easy rows are a seeded sample of the others", async (t) => {
  const easyRows = async (easy: number, seed: number): Promise<string[]> => {
    const { rows } = await mineRows(model, { ...common, head, easy, seed });
    return rows.filter(({ kind }) => kind === "easy").map(({ id }) => id);
  };
  const all = await easyRows(1e6, 1);
  const some = await easyRows(20, 1);
  t.is(some.length, 20);
  t.deepEqual(await easyRows(20, 1), some);
  t.deepEqual(
    some,
    all.filter((id) => some.includes(id)),
  );
  t.notDeepEqual(await easyRows(20, 2), some);
  const more = await easyRows(30, 1);
  t.true(some.every((id) => more.includes(id)));
});

test("one tool is enough: it is the only candidate", async (t) => {
  const adding = examples.filter(({ calls }) => calls[0]!.tool === "add");
  const { rows, info } = await mineRows(model, { ...common, examples: adding, tools: ["add"], folds: 2 });
  t.is(info.topTools, 1);
  t.is(rows.filter(({ kind }) => kind === "tool").length, adding.length);
  for (const { tools, toolEntropy } of rows) {
    t.is(tools.length, 1);
    t.is(toolEntropy, 0);
  }
});

test("bare texts are mined too", async (t) => {
  const few = { ...common, examples: examples.slice(0, 3), head };
  const bare = await mineRows(model, { ...few, prompt: null });
  t.deepEqual(
    bare.rows.filter(({ kind }) => kind === "tool").map(({ text }) => text),
    few.examples.map(({ text, questionEnd, calls }) => text.slice(questionEnd, calls[0]!.start)),
  );
});

test("the model's own generations are mined in place of the texts", async (t) => {
  const { rows, info, counts } = await mineRows(model, {
    ...common,
    examples: examples.slice(0, 9),
    folds: 3,
    onPolicy: { maxTokens: 32 },
  });
  t.true(counts.tool > 0);
  t.true(rows.every(({ generated, id }) => generated && id.endsWith(":generated")));
  t.is(
    info.folds.reduce((sum, { minedTexts }) => sum + minedTexts, 0),
    counts.tool,
  );
  for (const { question, index, kind, label } of rows) {
    t.true(examples[index]!.text.startsWith(`Q: ${question}\nA:`));
    if (kind === "tool") t.is(label, examples[index]!.calls[0]!.tool);
  }
  await rejectsWith(t, mineRows(model, { ...common, prompt: null, onPolicy: true }), "INVALID_ARGUMENT");
});

test("texts that can't be mined are told, the others are mined", async (t) => {
  const [first, second, third] = examples as [TrainingExample, TrainingExample, TrainingExample];
  const whole = { text: second.text, calls: second.calls };
  const other = { ...third, text: `A: ${third.text}`, calls: [], questionEnd: 3 };
  const { rows, problems } = await mineRows(model, { ...common, examples: [first, whole, other], head });
  t.deepEqual([...new Set(rows.map(({ index }) => index))], [0]);
  t.deepEqual(problems.map(({ line }) => line).sort(), [2, 3]);
  t.true(problems.some(({ reason }) => reason.includes("question can't be told")));
});

test("texts in the bare form are mined after a prompt of another form", async (t) => {
  const prompt = "Some questions.\n\nQuestion: [QUESTION]\nAnswer:";
  const { rows, problems } = await mineRows(model, { ...common, prompt, head });
  t.deepEqual(problems, []);
  t.is(rows.filter(({ kind }) => kind === "tool").length, examples.length);
  const { text, questionEnd } = examples[0]!;
  t.is(`Q: ${rows[0]!.question}\nA:`, text.slice(0, questionEnd).trimEnd());
});

// ---- files, resuming, aborting ----

test("a file of rows is read back, and a second run finds nothing to do", async (t) => {
  const out = join(await scratchFolder(t), "mined.jsonl");
  const options = { ...common, out, folds: 3, easy: 4 };
  const mined = await mineRows(model, options);
  const read = await readMinedRows(out, { tools: arithmeticTools, for: await model.identity(), examples });
  t.deepEqual(read.rows, mined.rows);
  t.deepEqual(read.info, mined.info);
  t.deepEqual(read.misaligned, []);
  await t.throwsAsync(access(`${out}.parts`), { code: "ENOENT" });

  const again = await mineRows(model, options);
  t.deepEqual(again.rows, mined.rows);
  t.deepEqual(again.counts, mined.counts);
  t.is(again.resumed, 3);
  t.is(again.tokensPerSecond, null);
});

test("rows under their published names say the same", async (t) => {
  const out = join(await scratchFolder(t), "published.jsonl");
  const options = { ...common, head, bias: 3, topTools: 2, easy: 3 };
  const { rows } = await mineRows(model, options);
  await mineRows(model, { ...options, out, format: "published" });
  const read = await readMinedRows(out, { examples });
  t.is(read.info, null);
  t.deepEqual(read.misaligned, []);
  t.deepEqual(
    read.rows.map(({ id, question, text, label, kind, margin, rank }) => [
      id,
      question,
      text,
      label,
      kind,
      margin,
      rank,
    ]),
    rows.map(({ id, question, text, label, kind, margin, rank }) => [
      id,
      question,
      text,
      label,
      kind,
      margin,
      rank,
    ]),
  );
  read.rows.forEach((row, at) => {
    row.tools.forEach(({ tool, logit }, place) => {
      t.is(tool, rows[at]!.tools[place]!.tool);
      t.true(Math.abs(logit - rows[at]!.tools[place]!.logit) < 1e-6);
    });
  });
  await rejectsWith(t, mineRows(model, { ...options, out, format: "published" }), "FILE_INVALID");
});

for (const phase of ["features", "solve", "rows"] as const) {
  test(`aborted at ${phase}, it leaves no output and goes on from its parts`, async (t) => {
    const folder = await scratchFolder(t);
    const out = join(folder, "mined.jsonl");
    const options = { ...common, folds: 3, advanced: { textsPerPart: 5 } };
    const whole = await mineRows(model, { ...options, out: join(await scratchFolder(t), "whole.jsonl") });

    const stop = new AbortController();
    const stopped = mineRows(model, {
      ...options,
      out,
      signal: stop.signal,
      onProgress: (event) => {
        const isFar = phase === "features" ? event.done > 10 : event.fold === 1;
        if (event.phase === phase && isFar) stop.abort();
      },
    });
    await rejectsWith(t, stopped, "ABORTED");
    t.deepEqual(await readdir(folder), ["mined.jsonl.parts"]);
    const [digest] = await readdir(join(`${out}.parts`, "features"));
    const parts = await readdir(join(`${out}.parts`, "features", digest!));
    for (const part of [0, 1]) t.true(parts.includes(`part-0000${part}.safetensors`));
    t.is(parts.length === 4, phase !== "features");

    const done: number[] = [];
    const mined = await mineRows(model, {
      ...options,
      out,
      onProgress: (event) => {
        if (event.phase === "solve") done.push(event.fold!);
      },
    });
    t.deepEqual(mined.rows, whole.rows);
    t.deepEqual(mined.info, whole.info);
    t.is(mined.resumed, phase === "features" ? 0 : 1);
    t.deepEqual([...new Set(done)], phase === "features" ? [0, 1, 2] : [1, 2]);
    t.deepEqual(await readdir(folder), ["mined.jsonl"]);
  });
}

test("the heads of the folds are kept on request: each has not seen its fold", async (t) => {
  const heads = join(await scratchFolder(t), "heads");
  const mined = await mineRows(model, { ...common, folds: 3, heads });
  t.deepEqual(
    (await readdir(heads)).sort(),
    [0, 1, 2].map((fold) => `fold-${fold}.safetensors`),
  );
  const kept = await ToolHead.load(join(heads, "fold-1.safetensors"), { for: await model.identity() });
  t.deepEqual(kept.tools, arithmeticTools);
  t.deepEqual([...kept.bias], mined.info.folds[1]!.bias);
  // Mined with that head, the fold's texts give its rows.
  const held = new Set(mined.rows.filter(({ fold }) => fold === 1).map(({ index }) => index));
  const texts = examples.filter((_, index) => held.has(index));
  const again = await mineRows(model, { ...common, examples: texts, head: kept });
  const close = (rows: readonly MinedRow[]) => rows.map(({ text, label }) => [text, label]);
  t.deepEqual(close(again.rows), close(mined.rows.filter(({ fold }) => fold === 1)));
  await rejectsWith(t, mineRows(model, { ...common, head, heads }), "INVALID_ARGUMENT", /heads/);
});

test("rows that are there already get the heads that are asked for later, and those of others are replaced", async (t) => {
  const folder = await scratchFolder(t);
  const [out, heads] = [join(folder, "mined.jsonl"), join(folder, "heads")];
  const options = { ...common, folds: 2, out };
  const first = await mineRows(model, options);
  const bytes = await readFile(out, "utf8");
  const second = await mineRows(model, { ...options, heads });
  t.deepEqual((await readdir(heads)).sort(), ["fold-0.safetensors", "fold-1.safetensors"]);
  t.deepEqual(second.rows, first.rows);
  t.is(await readFile(out, "utf8"), bytes);
  const origin = async () => (await ToolHead.load(join(heads, "fold-1.safetensors"))).training;
  t.deepEqual(await origin(), { mined: { fold: 1, settings: first.info.settings } });

  const { mtimeMs } = await stat(join(heads, "fold-1.safetensors"));
  await mineRows(model, { ...options, heads });
  t.is((await stat(join(heads, "fold-1.safetensors"))).mtimeMs, mtimeMs, "nothing is left to do");

  const other = await mineRows(model, { ...options, out: join(folder, "other.jsonl"), bias: 1, heads });
  t.deepEqual(await origin(), { mined: { fold: 1, settings: other.info.settings } });
});

test("another run's parts and output are refused, and stay", async (t) => {
  const out = join(await scratchFolder(t), "mined.jsonl");
  const stop = new AbortController();
  const stopped = mineRows(model, {
    ...common,
    out,
    signal: stop.signal,
    onProgress: ({ phase }) => {
      if (phase === "rows") stop.abort();
    },
  });
  await rejectsWith(t, stopped, "ABORTED");
  for (const other of [
    { bias: 1 },
    { topTools: 2 },
    { folds: 2 },
    { examples: examples.slice(1) },
    { seed: 2 },
  ]) {
    await rejectsWith(t, mineRows(model, { ...common, out, ...other }), "FILE_INVALID", /another/);
  }
  await mineRows(model, { ...common, out });
  const bytes = await readFile(out, "utf8");
  await rejectsWith(t, mineRows(model, { ...common, out, bias: 1 }), "FILE_INVALID", /others/);
  t.is(await readFile(out, "utf8"), bytes);
  await writeFile(out, '{"a":1}\n');
  await rejectsWith(t, mineRows(model, { ...common, out }), "FILE_INVALID", /another file/);
});

test("kept features serve other settings", async (t) => {
  const features = join(await scratchFolder(t), "features");
  const first = await mineRows(model, { ...common, features, head });
  t.true(first.tokensPerSecond! > 0);
  const second = await mineRows(model, { ...common, features, head, bias: 2, topTools: 1 });
  t.is(second.tokensPerSecond, null);
  const others = await mineRows(model, { ...common, features, head, examples: examples.slice(1) });
  t.true(others.tokensPerSecond! > 0);
  const third = await mineRows(model, { ...common, features, head });
  t.is(third.tokensPerSecond, null);
  t.deepEqual(third.rows, first.rows);
});

// ---- bad input ----

for (const [title, options, what] of [
  ["more candidates than tools", { topTools: 4 }, /from 1 to 3 for topTools/],
  ["no candidates", { topTools: 0 }, /topTools/],
  ["one fold", { folds: 1 }, /folds/],
  ["more folds than texts", { folds: 19 }, /from 2 to 18/],
  ["a bias of NaN", { bias: NaN }, /bias/],
  ["a negative sample", { easy: -1 }, /easy/],
  ["no examples", { examples: [] }, /examples/],
  ["folds of a half split", { folds: 3, halfSplit: true }, /halfSplit/],
  ["a prompt without a slot", { prompt: "Q:" }, /prompt/],
  ["a head that is none", { head: 1 as unknown as ToolHead }, /head/],
  ["another format", { format: "csv" as "toolken" }, /format/],
  ["an output that is none", { out: "" }, /out/],
] as const) {
  test(`refuses ${title}`, async (t) => {
    await rejectsWith(t, mineRows(model, { ...common, ...options }), "INVALID_ARGUMENT", what);
  });
}

test("refuses heads of other tools or models, and texts of other tools", async (t) => {
  await rejectsWith(t, mineRows(model, { ...common, tools: ["add"] }), "UNKNOWN_TOOL");
  await rejectsWith(t, mineRows(model, { ...common, head: head.without("add") }), "UNKNOWN_TOOL", /add/);
  await rejectsWith(t, mineRows(model, { ...common, bias: { sing: 1 } }), "UNKNOWN_TOOL", /sing/);
  const { tools, weights, dimension } = head;
  const otherFile = { ...(await model.identity()), fingerprint: "0".repeat(64) };
  const other = ToolHead.create({ tools, weights, model: otherFile });
  await rejectsWith(t, mineRows(model, { ...common, head: other }), "MODEL_MISMATCH");
  await t.notThrowsAsync(mineRows(model, { ...common, head: other, force: true }));
  const narrow = ToolHead.create({ tools: ["add"], weights: new Float32Array(dimension - 1) });
  const adding = examples.filter(({ calls }) => calls[0]!.tool === "add");
  const narrowly = { ...common, examples: adding, tools: ["add"], head: narrow, force: true };
  await rejectsWith(t, mineRows(model, narrowly), "MODEL_MISMATCH");
  const missing = mineRows(model, { ...common, out: join("/nowhere", "at", "all.jsonl") });
  await rejectsWith(t, missing, "FILE_NOT_FOUND");
});
