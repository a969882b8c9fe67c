import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import {
  formatRerankReport,
  trainReranker,
  type RerankRow,
  type TrainedReranker,
  type TrainRerankerOptions,
} from "../../../src/training/index.js";
import { REJECT } from "../../../src/reranker/reranker.js";
import { Reranker, ToolHead, type ToolkenErrorCode } from "../../../src/index.js";
import { minedLines } from "../../../src/examples/mined-file.js";
import type { MinedRow } from "../../../src/examples/mined-row.js";
import { toolken } from "../../cli/spawn.js";
import { scratchFile, scratchFolder } from "../../utils/scratch.js";
import { rejectsWith } from "../../support/errors.js";
import { loadTestModel, models } from "../../support/models.js";
import { minedRows, outcomes, rowTools } from "./rows.js";

const model = await loadTestModel(models.nano);
const folder = await mkdtemp(join(tmpdir(), "toolken-test-"));
test.after.always(async () => {
  await model.dispose();
  await rm(folder, { recursive: true, force: true });
});

const rows = minedRows(45);
const threads = 1;
const train = (options: Partial<TrainRerankerOptions> = {}) =>
  trainReranker(model, { rows, tools: rowTools, threads, ...options });
const names = rowTools.map(({ name }) => name);

// One forward pass for all tests whose prompts are those of the rows.
const features = join(folder, "states.safetensors");
let trained: TrainedReranker;
test.before(async () => {
  trained = await train({ features });
});

test("learns to pick the tool and to reject, and reports it on held-out texts", async (t) => {
  const reranker = trained;
  const { heldOut, settings, rows: count, texts, learnt, tokens, outOfReach } = reranker.metadata;
  t.deepEqual([count, texts, learnt, outOfReach], [90, 45, 90, 0]);
  t.true(tokens > 0);
  t.is(settings.topK, 3);
  t.deepEqual([heldOut!.rows, heldOut!.rejectRows], [18, 9]);
  t.is(heldOut!.before.spurious, 9);
  t.true(heldOut!.after.accuracy > 0.85, "the texts are of three kinds, and easy");
  t.true(heldOut!.before.accuracy < 0.45);

  t.deepEqual([...reranker.tools], names);
  t.deepEqual(Object.keys(reranker.documentation), names);
  t.deepEqual(reranker.model, { ...(await model.identity()), fileName: "nano-Q8_0.gguf" });
  const text = formatRerankReport(reranker.metadata);
  t.regex(text, /Rows +90 of 45 texts, 90 learnt from/);
  t.regex(text, /held out, reranked +18 /);
  t.regex(text, /\nREJ +9 +0 /);
});

test("λ is the best of a cross-validation within the training part; a single one is taken as it is", async (t) => {
  const { trials, settings } = trained.metadata;
  t.deepEqual(
    trials.map(({ l2 }) => l2),
    [1, 1e-1, 1e-2, 1e-3, 1e-4],
  );
  t.true(trials.every(({ rows: count, right, loss }) => count === 72 && right <= count && loss > 0));
  const least = Math.min(...trials.map(({ loss }) => loss));
  t.is(settings.l2, trials.find(({ loss }) => loss === least)!.l2);
  // Without any pull a reranker of few rows is too sure, with a heavy one it says nothing.
  t.true(trials[0]!.loss > least);

  const given = await train({ features, advanced: { l2: 1e-2 } });
  t.deepEqual([given.metadata.settings.l2, given.metadata.trials], [1e-2, []]);
  t.regex(formatRerankReport(trained.metadata), /L2 \S+ \(best of 5 in a cross-validation\)/);
  await rejectsWith(t, train({ features, advanced: { l2: [] } }), "INVALID_ARGUMENT", /l2/);
  await rejectsWith(t, train({ features, advanced: { l2: [-1] } }), "INVALID_ARGUMENT", /l2/);
});

test("what is saved is what was trained, and fits its model", async (t) => {
  const path = join(await scratchFolder(t), "reranker.safetensors");
  const reranker = await train({ features, refit: false });
  await reranker.save(path);
  const loaded = await Reranker.load(path, { for: await model.identity(), tools: names });
  t.deepEqual(loaded.weights, reranker.weights);
  t.deepEqual(loaded.metadata, JSON.parse(JSON.stringify(reranker.metadata)));
});

test("hidden states are kept, reused, and belong to their prompts", async (t) => {
  t.true((await stat(features)).size > 4 * 90 * 256);
  await t.throwsAsync(stat(`${features}.part`), { code: "ENOENT" });
  const again = await train({ features });
  t.deepEqual(again.weights, trained.weights);
  t.is(again.metadata.tokens, 0);
  t.is(again.metadata.tokensPerSecond, null);
  const heavier = await train({ features, advanced: { classWeights: { REJ: 5 }, l2: 1e-2 } });
  t.notDeepEqual(heavier.weights, trained.weights);
  t.is(heavier.metadata.tokens, 0, "labels and weights are no part of the prompts");
  await rejectsWith(t, train({ features, topK: 2 }), "FILE_INVALID", /found others/);
});

test("a pass that was cut off goes on where it stood", async (t) => {
  const path = join(await scratchFolder(t), "states.safetensors");
  const few = rows.slice(0, 30);
  const stop = new AbortController();
  const cut = train({
    rows: few,
    features: path,
    advanced: { featureBatchSize: 64 },
    signal: stop.signal,
    onProgress: ({ phase, done }) => {
      if (phase === "features" && done >= 10) stop.abort();
    },
  });
  await rejectsWith(t, cut, "ABORTED");
  const part = await readFile(`${path}.part`);
  // And half a record, as a machine that went down leaves it.
  await writeFile(`${path}.part`, Buffer.concat([part, Buffer.alloc(100)]));
  const continued = await train({ rows: few, features: path });
  const known = Math.floor(part.length / (4 * 257));
  t.true(known >= 10 && known < 30);
  const whole = await train({ rows: few });
  t.true(continued.metadata.tokens < whole.metadata.tokens);
  t.true(continued.metadata.tokens > 0);
  t.true(
    continued.weights.every((w, j) => Math.abs(w - whole.weights[j]!) < 0.05),
    "apart from rounding in other batches, the same",
  );
  await t.throwsAsync(stat(`${path}.part`), { code: "ENOENT" });

  await writeFile(`${path}2.part`, part);
  await rejectsWith(t, train({ rows: few, features: `${path}2`, topK: 2 }), "FILE_INVALID", /others/);
});

test("a gold tool outside of the candidates is added or left out, and never REJ", async (t) => {
  const outside = rows.map((row, at): RerankRow => {
    if (at % 10 !== 0) return row;
    return { ...row, tools: outcomes(names.filter((name) => name !== row.label).slice(0, 2)) };
  });
  const added = await train({ rows: outside });
  t.is(added.metadata.outOfReach, 9);
  t.is(added.metadata.learnt, 90);
  const left = await train({ rows: outside, advanced: { outside: "leave-out" } });
  t.is(left.metadata.outOfReach, 9);
  t.is(left.metadata.learnt, 81);
  t.notDeepEqual(left.weights, added.weights);
  for (const { metadata } of [added, left]) {
    const { train: part, heldOut } = metadata;
    t.is(part.rejectRows + heldOut!.rejectRows, 45, "no row became one of REJ");
    t.is(part.outOfReach + heldOut!.outOfReach, 9);
    t.is(part.rows + heldOut!.rows, 90, "they count as wrong");
  }
});

test("the head's rows are the prior", async (t) => {
  const weights = Float32Array.from({ length: 3 * 256 }, (_, j) => Math.sin(j));
  const head = ToolHead.create({ tools: names.toReversed(), weights });
  const strong = await train({ features, head, advanced: { l2: 1e6 } });
  t.true(strong.weights.subarray(0, 256).every((w, j) => Math.abs(w - head.row(names[0]!)[j]!) < 1e-3));
  t.true(strong.weights.subarray(3 * 256).every((w) => Math.abs(w) < 1e-3));
  t.true(strong.metadata.settings.prior);
  const without = await train({ features, head, advanced: { prior: false, l2: 1e6 } });
  t.true(without.weights.every((w) => Math.abs(w) < 1e-3));
});

test("judged by folds: each by a reranker of the others, whose prior is the head that mined it", async (t) => {
  // Texts go through the tools in turn: three of them, six rows, are a fold at a time.
  const foldOf = (at: number): number => Math.floor(at / 6) % 3;
  const folded = rows.map((row, at): RerankRow => ({ ...row, fold: foldOf(at) }));
  const plain = ToolHead.create({ tools: names, dimension: 256, weights: new Float32Array(3 * 256) });
  const folds = await train({ rows: folded, features, head: plain, foldHeads: [plain, plain, plain] });
  const { heldOut, train: learnt, trials, settings, refit } = folds.metadata;
  t.is(settings.judged, "folds");
  t.deepEqual([heldOut!.rows, heldOut!.toolRows, learnt.rows, refit], [90, 45, 90, null]);
  t.deepEqual(
    trials.map(({ rows: count }) => count),
    [90, 90, 90, 90, 90],
  );
  t.true(heldOut!.after.accuracy > heldOut!.before.accuracy + 0.3);
  t.regex(formatRerankReport(folds.metadata), /each fold, judged by a reranker of the others/);

  // A heavy pull leaves of a reranker what its prior says: the fold's own head alone decides its rows.
  const weights = Float32Array.from({ length: 3 * 256 }, (_, j) => Math.sin(j));
  const own = ToolHead.create({ tools: names, weights });
  const heavy = await train({
    rows: folded,
    features,
    head: own,
    foldHeads: [own, own, own],
    advanced: { l2: 1e6 },
  });
  const prior = await train({ rows: folded, features, head: own, validationSplit: 0, advanced: { l2: 1e6 } });
  t.deepEqual(heavy.metadata.heldOut!.after, prior.metadata.train.after);
  const other = await train({
    rows: folded,
    features,
    head: own,
    foldHeads: [own, plain, plain],
    advanced: { l2: 1e6 },
  });
  t.notDeepEqual(other.metadata.heldOut!.after, heavy.metadata.heldOut!.after);
});

test("heads of folds that do not fit the rows are told", async (t) => {
  const plain = ToolHead.create({ tools: names, dimension: 256, weights: new Float32Array(3 * 256) });
  const folded = rows.map((row, at): RerankRow => ({ ...row, fold: at % 2 }));
  const bad = (foldHeads: TrainRerankerOptions["foldHeads"], of = folded) =>
    train({ rows: of, features, head: plain, foldHeads });
  await rejectsWith(t, bad([plain]), "INVALID_ARGUMENT", /foldHeads\[1\]/);
  await rejectsWith(t, bad([plain, plain], [...rows]), "INVALID_ARGUMENT", /several folds/);
  const less = ToolHead.create({ tools: names.slice(1), dimension: 256, weights: new Float32Array(2 * 256) });
  await rejectsWith(t, bad([plain, less]), "UNKNOWN_TOOL", /fold 1/);
  await rejectsWith(t, bad(await scratchFolder(t)), "FILE_NOT_FOUND", /fold-0/);
  const of = (fold: number, settings: string) =>
    ToolHead.create({
      tools: names,
      dimension: 256,
      weights: new Float32Array(3 * 256),
      training: { mined: { fold, settings } },
    });
  await rejectsWith(t, bad([of(1, "a"), of(1, "a")]), "INVALID_ARGUMENT", /the head that mined fold 0/);
  const mining = { tools: names, model: await model.identity(), topTools: 3, settings: "these", folds: [] };
  const lines = minedLines(
    mining,
    folded.map((row, at) => ({ ...whole(row, at), fold: row.fold! })),
  );
  const file = await scratchFile(t, [...lines].join(""), "mined.jsonl");
  const others = train({ rows: file, head: plain, foldHeads: [of(0, "others"), of(1, "others")] });
  await rejectsWith(t, others, "INVALID_ARGUMENT", /mined fold 0 of these rows/);
  const headless = train({ rows: folded, features, foldHeads: [plain, plain] });
  await rejectsWith(t, headless, "INVALID_ARGUMENT", /for head but received undefined/);
});

test("documentation of the caller's stands in the prompts, and goes with the reranker", async (t) => {
  const docs = await scratchFile(t, '{ "<add>": "Adds." }', "docs.json");
  const reranker = await train({ documentation: docs, rows: rows.slice(0, 6) });
  t.is(reranker.documentation.add, "add: Adds.");
  t.true(reranker.documentation.multiply!.startsWith("multiply(a, b, …): "));
});

test("K = 1: a reranker that only accepts or rejects", async (t) => {
  const [add] = rowTools;
  const alone = rows
    .filter(({ tools, label }) => tools[0]!.tool === "add" && (label === "add" || label === REJECT))
    .map((row) => ({ ...row, tools: outcomes(["add"]) }));
  const reranker = await train({ rows: alone, tools: [add!] });
  t.deepEqual([reranker.topK, reranker.weights.length], [1, 2 * 256]);
  t.true(reranker.metadata.heldOut!.after.accuracy > reranker.metadata.heldOut!.before.accuracy);
  await rejectsWith(t, train({ rows: alone, tools: [add!], topK: 2 }), "INVALID_ARGUMENT", /from 1 to 1/);
});

test("nothing held out: the reranker is the one that is measured", async (t) => {
  const { metadata } = await train({ features, validationSplit: 0 });
  t.is(metadata.heldOut, null);
  t.is(metadata.refit, null);
  t.is(metadata.train.rows, 90);
});

test("rows whose prompt is longer than the context are left out and named", async (t) => {
  const long = { ...rows[0]!, id: "long", text: " and so on".repeat(1000) };
  const { metadata } = await train({ features, rows: [...rows, long] });
  t.is(metadata.problems.length, 1);
  t.is(metadata.tokens, 0, "the others are the same");
  t.regex(metadata.problems[0]!.reason, /row long has \d+ tokens, the model's context 2048/);
  t.is(metadata.learnt, 90);
  t.regex(formatRerankReport(metadata), /1 rows were left out:\n {2}row 91: the prompt of row long/);
  await rejectsWith(t, train({ rows: [long] }), "CONTEXT_FULL", /None of 1 rows fits: .*row long/);
});

const refused = test.macro(
  async (t, options: Partial<TrainRerankerOptions>, code: ToolkenErrorCode, message: RegExp) => {
    await rejectsWith(t, train(options), code, message);
  },
);
const [first] = rows;
const changed = (row: Partial<RerankRow>): RerankRow[] => [{ ...first!, ...row }, ...rows.slice(1)];
const headOf = (tools: readonly string[], d = 256) =>
  ToolHead.create({ tools, weights: new Float32Array(tools.length * d) });

test(
  "refused: rows of another tool set",
  refused,
  { rows: changed({ tools: outcomes(["add", "gcd"]) }) },
  "UNKNOWN_TOOL",
  /Row 0:call was mined with the tool "gcd"/,
);
test(
  "refused: a label of another tool set",
  refused,
  { rows: changed({ label: "gcd" }) },
  "UNKNOWN_TOOL",
  /"gcd"/,
);
test(
  "refused: REJ as a candidate",
  refused,
  { rows: changed({ tools: outcomes(["add", REJECT]) }) },
  "UNKNOWN_TOOL",
  /"REJ"/,
);
test(
  "refused: a candidate twice",
  refused,
  { rows: changed({ tools: outcomes(["add", "add"]) }) },
  "INVALID_ARGUMENT",
  /tools of row 0:call/,
);
test(
  "refused: a row without candidates",
  refused,
  { rows: changed({ tools: [] }) },
  "INVALID_ARGUMENT",
  /tools of row 0:call/,
);
test(
  "refused: a head that lacks a tool",
  refused,
  { head: headOf(["add", "multiply"]) },
  "UNKNOWN_TOOL",
  /no tool "subtract"/,
);
test(
  "refused: a head with more tools",
  refused,
  { head: headOf([...names, "gcd"]) },
  "UNKNOWN_TOOL",
  /has the tool "gcd"/,
);
test("refused: a head of another model", refused, { head: headOf(names, 8) }, "MODEL_MISMATCH", /8 weights/);
test("refused: top-k above the tools", refused, { topK: 4 }, "INVALID_ARGUMENT", /from 1 to 3/);
test("refused: top-k 0", refused, { topK: 0 }, "INVALID_ARGUMENT", /topK/);
test(
  "refused: top-k above what was mined",
  refused,
  { rows: rows.map((row) => ({ ...row, tools: row.tools.slice(0, 2) })), topK: 3 },
  "INVALID_ARGUMENT",
  /at most 2/,
);
test(
  "refused: documentation that is empty",
  refused,
  { documentation: { add: "" } },
  "INVALID_ARGUMENT",
  /documentation of tool add/,
);
test(
  "refused: documentation of unknown tools",
  refused,
  { documentation: { gcd: "x" } },
  "UNKNOWN_TOOL",
  /gcd/,
);
test("refused: no rows", refused, { rows: [] }, "INVALID_ARGUMENT", /at least one mined row/);
test(
  "refused: rows of REJ alone",
  refused,
  { rows: rows.filter(({ label }) => label === REJECT) },
  "INVALID_ARGUMENT",
  /row of a tool/,
);
test("refused: no tools", refused, { tools: [] }, "INVALID_ARGUMENT", /at least one tool/);
test(
  "refused: another word for outside",
  refused,
  { advanced: { outside: "reject" as never } },
  "INVALID_ARGUMENT",
  /outside/,
);
test("refused: all texts held out", refused, { validationSplit: 1 }, "INVALID_ARGUMENT", /validationSplit/);
test(
  "refused: a file that is not there",
  refused,
  { rows: "/no/mined.jsonl" },
  "FILE_NOT_FOUND",
  /mined\.jsonl/,
);
test(
  "refused: no folder for features",
  refused,
  { features: "/no/states.safetensors" },
  "FILE_NOT_FOUND",
  /\/no/,
);

test("toolken train reranker writes a file and its report; published names of flags", async (t) => {
  const scratch = await scratchFolder(t);
  const [mined, dict, out] = ["mined.jsonl", "func_dict.json", "reranker.safetensors"].map((name) =>
    join(scratch, name),
  );
  const info = { tools: names, model: await model.identity(), topTools: 3, settings: "", folds: [] };
  await writeFile(mined!, [...minedLines(info, rows.slice(0, 30).map(whole))].join(""));
  await writeFile(dict!, JSON.stringify(Object.fromEntries(names.map((name, at) => [`<${name}>`, at]))));
  const words = [
    "train",
    "reranker",
    "--model",
    "nano",
    "--threads",
    "1",
    "--mined_jsonl",
    mined!,
    "--func_dict",
    dict!,
  ];
  const { exitCode, stdout, stderr } = await toolken([...words, "--save_path", out!, "--json"]);
  t.is(exitCode, 0, stderr);
  const report = JSON.parse(stdout) as Record<string, unknown>;
  t.like(report, { out, tools: names, dimension: 256, topK: 3, rows: 30, learnt: 30 });
  t.deepEqual([...(await Reranker.load(out!)).tools], names);

  const unknown = await toolken([...words, "--out", out!, "--tools", "math", "--class-weights", "REJ=lots"]);
  t.is(unknown.exitCode, 1);
  t.regex(unknown.stderr, /a number of 0 or more for class weight of REJ/);
});

/** With the fields that training does not read. */
function whole(row: RerankRow, index: number): MinedRow {
  const isTool = row.label !== REJECT;
  return {
    ...row,
    index,
    offset: row.text.length,
    position: 1,
    generated: false,
    kind: isTool ? "tool" : "reject",
    goldInTop: true,
    goldRank: isTool ? row.tools.findIndex(({ tool }) => tool === row.label) + 1 : null,
    goldTool: isTool ? row.tools.find(({ tool }) => tool === row.label)! : null,
    toolProbability: 0.9,
    tokens: [],
    rank: 1,
    entropy: null,
    toolEntropy: 0,
    fold: 0,
  };
}
