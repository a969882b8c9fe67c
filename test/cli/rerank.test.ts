// The commands that answer, with a reranker that rejects the only call that the head proposes.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { mathTools, type GenerateResult } from "../../src/index.js";
import { REJECT } from "../../src/reranker/reranker.js";
import { toolSet } from "../../src/tools/index.js";
import type { Rerank } from "../../src/generation/events.js";
import type { PredictionRecord } from "../../src/lab/evaluation/record.js";
import { headFiringBehind } from "../support/firing-head.js";
import { models, loadTestModel } from "../support/models.js";
import { along, hiddenStateOf, rerankerWith } from "../support/rerankers.js";
import { toolken } from "./spawn.js";

const QUESTION = "A shop sells 67 pens a day. How many pens does it sell in 253 days?";
const GENERAL = "Q: [QUESTION]\nA:";

let folder: string;
let common: string[];
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "toolken-cli-"));
  await using model = await loadTestModel(models.nano);
  const head = await headFiringBehind(model, GENERAL.replace("[QUESTION]", QUESTION), ["multiply", "add"]);
  await head.save(join(folder, "head.safetensors"));
  const call = { candidates: ["multiply", "add"], question: QUESTION, text: "" };
  const h = await hiddenStateOf(model, toolSet(mathTools), call);
  for (const [name, winner] of [
    ["rejecting", REJECT],
    ["adding", "add"],
  ] as const) {
    await rerankerWith(["multiply", "add"], { [winner]: along(h, 100) }, 2).save(pathOf(name));
  }
  common = ["--model", model.path, "--threads", "1", "--gpu", "cpu", "--max-tokens", "6"];
  common.push("--head", join(folder, "head.safetensors"));
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

function pathOf(reranker: string): string {
  return join(folder, `${reranker}.safetensors`);
}

function withReranker(command: string, reranker: string, ...words: string[]): string[] {
  return [command, ...common, "--reranker", pathOf(reranker), ...words];
}

test.serial("run --reranker tells what it has rejected or replaced", async (t) => {
  for (const [reranker, decision] of [
    ["rejecting", REJECT],
    ["adding", "add"],
  ] as const) {
    const { stdout, stderr } = await toolken(withReranker("run", reranker, "--json", QUESTION));
    t.is(stderr, "");
    const { toolCalls: calls, reranks, usage } = JSON.parse(stdout) as GenerateResult;
    t.is(reranks[0]?.tentative, "multiply");
    t.is(reranks[0]?.decision, decision);
    t.is(calls[0]?.toolName, decision === REJECT ? undefined : "add");
    t.true(usage.details.rerankTokens > 0);
  }
});

test.serial("--top-k-tools, --rerank-below and --rerank-weight reach the run", async (t) => {
  const reranks = async (...words: string[]): Promise<readonly Rerank[]> =>
    (
      JSON.parse(
        (await toolken(withReranker("run", "rejecting", "--json", ...words, QUESTION))).stdout,
      ) as GenerateResult
    ).reranks;
  t.is((await reranks("--top-k-tools", "1"))[0]?.candidates.length, 1);
  t.is((await reranks("--rerank-below", "probability=0.5")).length, 0);
  t.is((await reranks("--rerank-below", "probability=0.5,margin=1000")).length, 1);
  t.is((await reranks("--rerank-weight", "0"))[0]?.decision, "multiply");
});

test.serial("inspect shows the scores of the step", async (t) => {
  const { stdout } = await toolken(withReranker("inspect", "rejecting", QUESTION));
  t.regex(stdout, /^ {6}<multiply> rejected \(multiply 0\.00, add 0\.00, REJ \d+\.\d\d\)$/mu);
  const json = await toolken(withReranker("inspect", "adding", "--json", QUESTION));
  const first = JSON.parse(json.stdout.split("\n")[0]!) as { tool: string; reranks: Rerank[] };
  t.is(first.tool, "add");
  t.is(first.reranks[0]?.decision, "add");
});

test.serial("eval counts what was reranked, and another reranker does not continue its file", async (t) => {
  const data = join(folder, "questions.json");
  const out = join(folder, "predictions.jsonl");
  await writeFile(data, JSON.stringify([{ question: QUESTION, answer: 16951 }]));
  const words = ["--data", data, "--out", out];
  const { stdout } = await toolken(withReranker("eval", "rejecting", ...words));
  t.regex(stdout, /^Reranked +1 calls, 0 replaced, 1 rejected$/mu);
  const record = JSON.parse(await readFile(out, "utf8")) as PredictionRecord;
  t.is(record.reranks?.[0]?.decision, REJECT);
  const again = await toolken(withReranker("eval", "rejecting", ...words, "--json"));
  t.like(JSON.parse(again.stdout), { resumed: 1, reranked: 1, replaced: 0, rejected: 1 });
  const other = await toolken(withReranker("eval", "adding", ...words));
  t.is(other.exitCode, 1);
  t.regex(other.stderr, /settings/u);
});

const fails = test.macro({
  exec: async (t, words: () => string[], exitCode: number, message: RegExp) => {
    const { exitCode: code, stdout, stderr } = await toolken(words());
    t.is(code, exitCode);
    t.is(stdout, "");
    t.regex(stderr, message);
  },
  title: (what) => `fails: ${what ?? ""}`,
});

test.serial("no such file", fails, () => withReranker("run", "none", QUESTION), 1, /none\.safetensors/u);
test.serial(
  "a head in place of a reranker",
  fails,
  () => withReranker("run", "head", QUESTION),
  1,
  /a reranker/u,
);
test.serial(
  "top-k above K",
  fails,
  () => withReranker("run", "adding", "--top-k-tools", "3", QUESTION),
  1,
  /from 1 to 2 for rerankTopK/u,
);
test.serial(
  "a threshold that is none",
  fails,
  () => withReranker("run", "adding", "--rerank-below", "logit=3", QUESTION),
  2,
  /probability=0\.9, margin=3/u,
);
test.serial(
  "a reranker without a head",
  fails,
  () => ["run", ...common.slice(0, -2), "--reranker", pathOf("adding"), QUESTION],
  1,
  /A reranker needs a head/u,
);
