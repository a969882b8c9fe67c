// Commands that need a model, on the smallest one at hand, with a head that fires where it is told to.
import { copyFile, mkdtemp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { type GenerateResult, ToolHead } from "../../src/index.js";
import type { PredictionRecord } from "../../src/lab/evaluation/record.js";
import { headFiringBehind } from "../support/firing-head.js";
import { models, loadTestModel } from "../support/models.js";
import { start, toolken } from "./spawn.js";

const QUESTION = "A shop sells 67 pens a day. How many pens does it sell in 253 days?";
const GENERAL = "Q: [QUESTION]\nA:";
const DEMONSTRATED = `Q: A hall has 12 rows of 30 seats. How many seats are there?
A: There are 12*30=<multiply>(12, 30)=360 seats.

${GENERAL}`;

let folder: string;
let common: string[];
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "toolken-cli-"));
  await mkdir(join(folder, "prompts"));
  await writeFile(join(folder, "prompts", "general.txt"), GENERAL);
  await writeFile(join(folder, "prompts", "multiply.txt"), DEMONSTRATED);
  await using model = await loadTestModel(models.nano);
  const head = await headFiringBehind(model, GENERAL.replace("[QUESTION]", QUESTION), ["multiply", "other"]);
  await head.save(join(folder, "head.safetensors"));
  common = ["--model", model.path, "--threads", "1", "--gpu", "cpu", "--prompts", join(folder, "prompts")];
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

function withHead(...words: string[]): string[] {
  return [...words, ...common, "--head", join(folder, "head.safetensors"), "--max_tokens", "6"];
}

test.serial("run --json prints one document and nothing else", async (t) => {
  const { exitCode, stdout, stderr } = await toolken([...withHead("run", "--json"), QUESTION]);
  t.is(stderr, "");
  t.is(exitCode, 0);
  t.true(stdout.endsWith("\n"));
  const answer = JSON.parse(stdout) as GenerateResult & { question: string };
  t.is(answer.question, QUESTION);
  t.is(answer.toolCalls[0]?.toolName, "multiply");
  t.true(answer.text.includes(answer.toolCalls[0]!.outputText));
  t.true(answer.transcript.includes("<multiply>("));
  t.true(answer.usage.details.decodedTokens > 0);
});

test.serial("run answers each line of standard input, as text with its calls", async (t) => {
  const { stdout, stderr } = await toolken(withHead("run"), `${QUESTION}\n\nWho are you?\n`);
  t.is(stderr, "");
  t.regex(stdout.split("\n")[0]!, /^<multiply>\(.*\)=\d+/);
  const streamed = await toolken(withHead("run", "--stream"), `${QUESTION}\n`);
  // As it comes, with the space that the model would have written before its first word.
  t.is(streamed.stdout.trim(), stdout.split("\n")[0]!.trim());
});

test.serial("tool-choice none and the bias reach the run", async (t) => {
  for (const more of [
    ["--tool-choice", "none"],
    ["--bias", "multiply=-Infinity"],
  ]) {
    const { stdout } = await toolken([...withHead("run", "--json", ...more), QUESTION]);
    t.deepEqual((JSON.parse(stdout) as GenerateResult).toolCalls, []);
  }
});

test.serial("inspect shows every step with the tool's probability", async (t) => {
  const { stdout } = await toolken([...withHead("inspect", "--json", "--top-tokens", "2"), QUESTION]);
  const lines = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  t.like(lines[0], { type: "step", step: 1, tool: "multiply" });
  t.is((lines[0]!.tokens as unknown[]).length, 2);
  t.like((lines[0]!.tools as unknown[])[0], { tool: "multiply" });
  t.is(lines.at(-1)!.type, "done");
  t.true(lines.slice(0, -1).every(({ type }) => type === "step"));
});

test.serial("eval writes a line per question, resumes, and refuses other settings", async (t) => {
  const data = join(folder, "questions.json");
  const out = join(folder, "predictions.jsonl");
  await writeFile(
    data,
    JSON.stringify([
      { question: QUESTION, answer: 16951 },
      { question: "How many legs has a cat?", answer: 4 },
    ]),
  );
  const words = withHead("eval", "--data", data, "--out", out, "--parallel", "2", "--json");
  const summary = JSON.parse((await toolken(words)).stdout) as Record<string, unknown>;
  t.like(summary, { questions: 2, resumed: 0, questionsWithCalls: 1 });
  const whole = await readFile(out, "utf8");
  const records = whole
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as PredictionRecord);
  t.deepEqual(records.map(({ index }) => index).sort(), [0, 1]);

  // As if the program had been killed in the middle of the second line.
  await writeFile(out, whole.slice(0, -30));
  const resumed = await toolken(words);
  t.regex(resumed.stderr, /^Dropped the last line of /);
  t.like(JSON.parse(resumed.stdout), { questions: 2, resumed: 1 });
  t.is((await readFile(out, "utf8")).trimEnd().split("\n").length, 2);

  const other = await toolken([...words, "--bias", "1"]);
  t.is(other.exitCode, 1);
  t.regex(other.stderr, /settings .*\n.*another file/);
});

test.serial("a head of another model is refused until it is forced", async (t) => {
  const copy = join(folder, "copy.gguf");
  await copyFile(models.nano, copy);
  // One more byte after the tensors: other fingerprint, same weights.
  await writeFile(copy, "\0", { flag: "a" });
  await using model = await loadTestModel(copy);
  const path = join(folder, "tied.safetensors");
  const head = await headFiringBehind(model, "x", ["multiply"]);
  const { tools, weights, bias } = head;
  await ToolHead.create({ tools, weights, bias, model: await model.identity() }).save(path);
  const words = ["run", ...common, "--head", path, "--max-tokens", "1", QUESTION];
  const refused = await toolken(words);
  t.is(refused.exitCode, 1);
  t.regex(refused.stderr, /another file/);
  t.is((await toolken([...words, "--force"])).exitCode, 0);
});

test.serial("an interrupt ends the program cleanly, waiting or writing", async (t) => {
  const waiting = start(withHead("run", "--json"), null);
  const writing = start(["run", ...common, "--max-tokens", "400", "--stream", QUESTION]);
  await writing.printed(" ");
  writing.kill("SIGINT");
  const written = await writing.ended;
  t.is(written.exitCode, 130);
  t.is(written.stderr, "Interrupted\n");
  waiting.kill("SIGINT");
  const waited = await waiting.ended;
  t.is(waited.exitCode, 130);
  t.is(waited.stdout, "");
});
