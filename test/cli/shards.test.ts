// Shards of a job, merged, are what one process would have written.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { mineRows } from "../../src/lab/mining/mine.js";
import { mineShard } from "../../src/lab/mining/mine-shard.js";
import { mergeShards } from "../../src/utils/merge-shards.js";
import { rejectsWith } from "../support/errors.js";
import { loadTestModel, models } from "../support/models.js";
import { arithmeticPrompt, arithmeticTexts, arithmeticTools } from "../training/texts.js";
import { toolken } from "./spawn.js";

let folder: string;
const file = (name: string): string => join(folder, name);
const compute = ["--gpu", "cpu", "--threads", "1"];
const questions = Array.from({ length: 5 }, (_, i) => ({
  question: `What is ${12 + i} plus ${30 + 7 * i}?`,
  answer: 42 + 8 * i,
}));
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "toolken-shards-"));
  await writeFile(file("questions.jsonl"), questions.map((one) => `${JSON.stringify(one)}\n`).join(""));
  const solutions = questions.map(({ question, answer }) => ({ question, solution: `It is ${answer}.` }));
  await writeFile(file("solutions.jsonl"), solutions.map((one) => `${JSON.stringify(one)}\n`).join(""));
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

/** Lines without what differs from run to run. */
async function linesOf(path: string): Promise<unknown[]> {
  const text = await readFile(path, "utf8");
  const plain = (key: string, value: unknown): unknown => (key === "usage" ? undefined : value);
  const lines = text.trim().split("\n");
  return lines.map((line) => JSON.parse(line, plain) as unknown);
}

const evaluation = ["eval", "--data", "questions.jsonl", "--head", "nano", "--max-tokens", "48"];
const annotation = ["lab", "annotate", "solutions.jsonl", "--model", "nano"];

for (const [name, words] of [
  ["eval", evaluation],
  ["annotate", annotation],
] as const) {
  test.serial(
    `${name}: merged shards are one run's lines, which the next run reports without computing`,
    async (t) => {
      const given = words.map((word) => (word.endsWith(".jsonl") ? file(word) : word));
      const run = (...more: readonly string[]): ReturnType<typeof toolken> =>
        toolken([...given, ...compute, "--parallel", "1", "--json", ...more]);
      const single = await run("--out", file(`${name}-single.jsonl`));
      t.is(single.exitCode, 0, single.stderr);
      const parts = [0, 1].map((i) => file(`${name}-${i}.jsonl`));
      for (const [i, part] of parts.entries()) {
        const { exitCode, stderr } = await run("--out", part, "--shard", `${i}/2`);
        t.is(exitCode, 0, stderr);
        t.is((await linesOf(part)).length, i === 0 ? 3 : 2);
      }
      const out = file(`${name}-merged.jsonl`);
      const merged = await toolken(["merge", ...parts, "--out", out]);
      t.is(merged.exitCode, 0, merged.stderr);
      t.regex(merged.stdout, /: 5 items/u);
      t.deepEqual(await linesOf(out), await linesOf(file(`${name}-single.jsonl`)));
      const again = JSON.parse((await run("--out", out)).stdout) as Record<string, unknown>;
      t.is(again.resumed, 5);
      const expected = JSON.parse(single.stdout) as Record<string, unknown>;
      // Each process computes the prompt itself.
      const same = { resumed: 0, seconds: 0, tokensPerSecond: 0, decodedTokens: 0 };
      t.deepEqual({ ...again, ...same }, { ...expected, ...same });
    },
  );
}

test.serial("an experiment's shards run the cells in turn, and are joined to one run", async (t) => {
  const spec = {
    name: "shards",
    models: { path: "nano", prompts: "nano" },
    data: ["a", "b", "c"].map((name) => ({ name, eval: file("questions.jsonl"), tools: ["math"] })),
    methods: ["base"],
    answer: { maxTokens: 8 },
  };
  await writeFile(file("spec.json"), JSON.stringify(spec));
  const run = (out: string, ...more: readonly string[]): ReturnType<typeof toolken> =>
    toolken(["lab", "experiment", file("spec.json"), "--out", file(out), "--json", ...more]);
  const cells = (stdout: string): number => (JSON.parse(stdout) as { cells: unknown[] }).cells.length;
  const whole = await run("whole");
  t.is(whole.exitCode, 0, whole.stderr);
  const count = cells(whole.stdout);
  let sum = 0;
  for (const i of [0, 1]) {
    const { exitCode, stdout, stderr } = await run(`run-${i}`, "--shard", `${i}/2`);
    t.is(exitCode, 0, stderr);
    sum += cells(stdout);
  }
  t.is(sum, count);
  const { exitCode } = await toolken(["merge", file("run-0"), file("run-1"), "--out", file("run")]);
  t.is(exitCode, 0);
  const { stdout } = await run("run");
  t.is((JSON.parse(stdout) as { resumedCells: number }).resumedCells, count);
});

const mining = (texts: number) => ({
  examples: arithmeticTexts(texts, 3),
  tools: arithmeticTools,
  prompt: arithmeticPrompt,
  threads: 1,
});

test.serial("a mining after its shards needs no forward pass, and has one run's rows", async (t) => {
  await using model = await loadTestModel(models.nano);
  const options = { ...mining(12), advanced: { textsPerPart: 3 } };
  const features = file("features");
  const counts = [];
  for (const index of [0, 1, 2, 3, 4]) {
    const shard = await mineShard(model, { ...options, features }, { index, count: 5 });
    t.is(shard.path, features);
    counts.push(shard.texts);
  }
  t.deepEqual(counts, [3, 3, 3, 3, 0]);
  const mined = await mineRows(model, { ...options, features });
  t.is(mined.tokensPerSecond, null);
  t.deepEqual(mined.rows, (await mineRows(model, options)).rows);
});

test.serial("a mining of own generations, written by shards, has one run's rows", async (t) => {
  await using model = await loadTestModel(models.nano);
  const options = mining(6);
  const own = { maxTokens: 24, parallel: 1 };
  const parts = [0, 1, 2].map((i) => file(`generations-${i}.jsonl`));
  for (const [index, path] of parts.entries()) {
    await mineShard(model, { ...options, onPolicy: { ...own, path } }, { index, count: 3 });
  }
  const merged = file("generations.jsonl");
  await mergeShards(parts, merged);
  const before = await readFile(merged, "utf8");
  const single = file("generations-single.jsonl");
  const expected = await mineRows(model, { ...options, onPolicy: { ...own, path: single } });
  t.deepEqual(before, await readFile(single, "utf8"));
  const mined = await mineRows(model, { ...options, onPolicy: { ...own, path: merged } });
  t.deepEqual(mined.rows, expected.rows);
  t.is(await readFile(merged, "utf8"), before);
  await rejectsWith(
    t,
    mineShard(model, { ...options, onPolicy: true }, { index: 0, count: 2 }),
    "INVALID_ARGUMENT",
  );
  // A shard without a question has its file.
  const empty = file("generations-empty.jsonl");
  const none = await mineShard(
    model,
    { ...options, onPolicy: { ...own, path: empty } },
    { index: 98, count: 99 },
  );
  t.deepEqual(none, { texts: 0, path: empty });
  t.is(await mergeShards([...parts, empty], merged), before.trim().split("\n").length - 1);
  t.is(await readFile(merged, "utf8"), before);
  await rejectsWith(t, mergeShards([parts[0]!, parts[0]!], file("twice.jsonl")), "RECORD_INVALID");
});

test.serial("a shard is i/n, and writing requests needs a writer", async (t) => {
  for (const shard of ["2/2", "a", "1", "-1/2", "0/0"]) {
    const words = ["eval", "--data", file("questions.jsonl"), `--shard=${shard}`];
    const { exitCode, stderr } = await toolken(words);
    t.is(exitCode, 2);
    t.regex(stderr, /i\/n with i from 0 below n/u);
  }
  const { exitCode, stderr } = await toolken(["train", "--shard", "0/2", "--out", file("x"), ...compute]);
  t.is(exitCode, 2);
  t.regex(stderr, /Expected a model that writes requests for --shard/u);
  const update = ["--update", "models/nano/math.safetensors"];
  const both = await toolken(["train", "--shard", "0/2", ...update, "--out", file("x"), ...compute]);
  t.is(both.exitCode, 2);
  t.regex(both.stderr, /--update/u);
});
