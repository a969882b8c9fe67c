// `toolken lab score` in a process of its own: figures as JSON and as lines, comparison, refusals.
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import test, { type ExecutionContext } from "ava";
import { scratchFolder } from "../utils/scratch.js";
import { toolken } from "./spawn.js";

async function runs(t: ExecutionContext): Promise<{ good: string; poor: string }> {
  const folder = await scratchFolder(t);
  const line = (index: number, pred: string): string =>
    JSON.stringify({
      index,
      question: `What is ${index} plus 1?`,
      generation: "",
      pred,
      gold: index + 1,
      func_calls: ["<add>(1,1) = 2"],
      tool: index === 3 ? "ln" : "add",
      status: "success",
    });
  const [good, poor] = [join(folder, "good.jsonl"), join(folder, "poor.jsonl")];
  await writeFile(good, [0, 1, 2, 3].map((i) => line(i, String(i + 1))).join("\n"));
  await writeFile(poor, [0, 1, 2, 3].map((i) => line(i, i < 3 ? "0" : "4")).join("\n"));
  return { good, poor };
}

test("one JSON line per file, with the comparison", async (t) => {
  const { good, poor } = await runs(t);
  const words = ["lab", "score", good, poor, "--against", poor, "--json", "--resamples", "50"];
  const { stdout, stderr, exitCode } = await toolken(words);
  t.is(stderr, "");
  t.is(exitCode, 0);
  const [first, second] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  t.like(first, {
    file: good,
    kind: "answers",
    questions: 4,
    exactMatch: 1,
    calls: { calls: 4, perTool: { add: 4 } },
  });
  t.like(first, { callMetrics: { wrongTool: 1, confusion: [{ gold: "add", predicted: "add", count: 3 }] } });
  t.like(first, {
    comparison: {
      first: good,
      second: poor,
      measures: [{ difference: 0.75, mcNemar: { onlyFirst: 3, onlySecond: 0 } }],
    },
  });
  t.like(second, { file: poor, exactMatch: 0.25, comparison: { questions: 4 } });
  t.is((await toolken(words)).stdout, stdout, "the seed decides");
});

test("lines for people", async (t) => {
  const { good, poor } = await runs(t);
  const { stdout } = await toolken(["lab", "score", poor, "--against", good]);
  t.regex(stdout, /^Exact match +1 of 4 \(25\.0 %; 95 % from \d/m);
  t.regex(stdout, /^Calls per tool +add 4$/m);
  t.regex(stdout, /^Reference → predicted +ln → add 1$/m);
  t.regex(stdout, /only the first 0, only the second 3; McNemar p = 0\.2500/);
});

const fails = test.macro(async (t, words: readonly string[], exitCode: number, stderr: RegExp) => {
  const { good } = await runs(t);
  const ended = await toolken(["lab", "score", good, ...words]);
  t.regex(ended.stderr, stderr);
  t.is(ended.exitCode, exitCode);
  t.is(ended.stdout, "");
});
test("a file that is not there prints nothing of the others", fails, ["/no/run.jsonl"], 1, /No file/);
test("as many K as files", fails, ["--k", "30", "--k", "60"], 2, /one --k or 1, one per file/);
test("a K that is none", fails, ["--k", "many"], 2, /an integer from 1/);
test("a confidence of 1", fails, ["--confidence", "1"], 2, /below 1 for --confidence/);
test("gold that is not there", fails, ["--gold", "/no/gold.json"], 1, /No file/);

const outputs = resolve(process.env.TOOLKEN_DATA ?? "../shared/data", "outputs");
const expected = join(outputs, "expected_metrics.json");

(existsSync(expected) ? test : test.skip)("published figures, digit for digit", async (t) => {
  const figures = JSON.parse(await readFile(expected, "utf8")) as Record<string, Record<string, number>>;
  const files = Object.keys(figures);
  const { stdout } = await toolken([
    "lab",
    "score",
    ...files.map((file) => join(outputs, file)),
    "--json",
    "--resamples",
    "1",
  ]);
  const scores = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, number>);
  t.deepEqual(
    scores.map(({ questions, exactMatch, approximateMatch }) => ({
      n: questions,
      em: exactMatch,
      approx: approximateMatch,
    })),
    files.map((file) => figures[file]),
  );
});
