// `toolken lab diagnose` and `toolken eval --diagnose` in processes of their own: table, lines, picture.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import type { QuestionDiagnosis } from "../../src/lab/evaluation/index.js";
import { scratchFolder } from "../utils/scratch.js";
import { toolken } from "./spawn.js";

const line = (index: number, pred: string, calls: readonly string[]): string =>
  JSON.stringify({
    index,
    question: `q${index}`,
    gold: 3,
    pred,
    generation: "",
    func_calls: calls,
    gold_calls: ["<add>(1,2)=3"],
  });

test("a run against another: table, lines and picture", async (t) => {
  const folder = await scratchFolder(t);
  const [head, both] = [join(folder, "head.jsonl"), join(folder, "both.jsonl")];
  await writeFile(head, [line(0, "3", ["<add>(1,2) = 3"]), line(1, "9", [])].join("\n"));
  await writeFile(both, [line(0, "3", ["<add>(1,2) = 3"]), line(1, "3", ["<add>(1,2) = 3"])].join("\n"));
  const [out, plot] = [join(folder, "lines.jsonl"), join(folder, "plot.svg")];
  const words = ["lab", "diagnose", head, "--against", both, "--out", out, "--out", plot];
  const { stdout, stderr, exitCode } = await toolken(words);
  t.is(stderr, "");
  t.is(exitCode, 0);
  t.regex(stdout, /^2 questions +1 +2 +only 1 +only 2$/m);
  t.regex(stdout, /^right answer +1 +2 +0 +1$/m);
  t.regex(stdout, /^missed call +1 +0 +1 +0$/m);
  const written = (await readFile(out, "utf8")).trim().split("\n");
  t.deepEqual(
    written.map((text) => (JSON.parse(text) as QuestionDiagnosis).findings.length),
    [0, 1, 0, 0],
  );
  t.true((await readFile(plot, "utf8")).includes(">missed call<"));

  const json = await toolken(["lab", "diagnose", head, "--json"]);
  t.like(JSON.parse(json.stdout), {
    runs: [{ run: head, questions: 2, right: 1, byKind: { missedCall: 1 } }],
  });
});

test("an evaluation of nano is diagnosed, with and without a file of predictions", async (t) => {
  const folder = await scratchFolder(t);
  const questions = join(folder, "questions.jsonl");
  const generated = await toolken([
    "lab",
    "word-problems",
    "--count",
    "6",
    "--split",
    "held-out",
    "--form",
    "evaluation",
    "--out",
    questions,
  ]);
  t.is(generated.exitCode, 0);
  const lineFile = join(folder, "lines.jsonl");
  const words = ["eval", "--head", "nano", "--data", questions, "--threads", "1", "--diagnose", lineFile];
  const { stdout, exitCode } = await toolken(words);
  t.is(exitCode, 0);
  t.regex(stdout, /^nano, 6 questions$/m);
  const lines = async (): Promise<QuestionDiagnosis[]> =>
    (await readFile(lineFile, "utf8"))
      .trim()
      .split("\n")
      .map((text) => JSON.parse(text) as QuestionDiagnosis);
  const first = await lines();
  t.is(first.length, 6);
  t.true(first.every(({ goldCalls }) => goldCalls !== null));
  t.regex(stdout, new RegExp(`^right answer +${first.filter(({ right }) => right).length} `, "m"));

  const picture = join(folder, "plot.svg");
  const kept = await toolken([
    ...words,
    "--diagnose",
    picture,
    "--out",
    join(folder, "predictions.jsonl"),
    "--json",
  ]);
  t.is(kept.exitCode, 0);
  t.true("diagnosis" in (JSON.parse(kept.stdout) as object));
  t.regex(await readFile(picture, "utf8"), /Where run and reference differ/);
  const findings = (of: readonly QuestionDiagnosis[]): unknown =>
    of.map(({ index, findings: f }) => [index, f]);
  t.deepEqual(findings((await lines()).sort((a, b) => a.index - b.index)), findings(first));
});
