// `toolken train selection` and `toolken lab eval-selection` in processes of their own, on the embedded model.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { scratchFolder } from "../utils/scratch.js";
import { requestTools, toolRequestsOf } from "../training/requests.js";
import { toolken } from "./spawn.js";

const common = ["--model", "nano", "--gpu", "cpu", "--threads", "1"];

test.serial("a head is trained, and asked for the tools of other requests", async (t) => {
  const folder = await scratchFolder(t);
  const file = async (name: string, lines: readonly unknown[]): Promise<string> => {
    const path = join(folder, name);
    await writeFile(path, lines.map((line) => JSON.stringify(line)).join("\n"));
    return path;
  };
  const train = await file("train.jsonl", [...toolRequestsOf(40), { id: "none", question: "Why?" }]);
  const dev = await file("dev.jsonl", toolRequestsOf(20, 2));
  const tools = join(folder, "tools.mjs");
  const definitions = requestTools.map((name) => ({ name, description: name, parameters: {} }));
  await writeFile(
    tools,
    `export default ${JSON.stringify(definitions)}.map((tool) => ({ ...tool, parameters: { type: "object" }, execute: () => "" }));`,
  );
  const head = join(folder, "head.safetensors");
  const words = ["train", "selection", ...common, "--data", train, "--tools", tools, "--out", head];
  const trained = await toolken([
    ...words,
    "--prompt",
    "[QUESTION] Tool:",
    "--l2",
    "1e-2",
    "--l2",
    "1e-3",
    "--json",
  ]);
  t.is(trained.exitCode, 0, trained.stderr);
  const report = JSON.parse(trained.stdout) as { trials: { l2: number }[]; problems: unknown[] };
  t.like(report, { out: head, requests: 40, heldOut: 8, tools: 4, settings: { prompt: "[QUESTION] Tool:" } });
  t.deepEqual(
    report.trials.map(({ l2 }) => l2),
    [1e-2, 1e-3],
  );
  t.deepEqual(report.problems, [{ file: train, line: 41, reason: "names no tool that alone answers it" }]);

  const out = join(folder, "selected.jsonl");
  const ask = ["lab", "eval-selection", ...common, "--head", head, "--data", dev];
  const asked = await toolken([...ask, "--k", "2", "--out", out, "--json"]);
  t.is(asked.exitCode, 0, asked.stderr);
  const { scores } = JSON.parse(asked.stdout) as { scores: { toolCount: number; first: number }[] };
  t.deepEqual(
    scores.map(({ toolCount }) => toolCount),
    [2, 4],
  );
  const lines = (await readFile(out, "utf8")).trim().split("\n");
  const ranks = lines.map((line) => (JSON.parse(line) as { rank: number }).rank);
  t.is(ranks.filter((rank) => rank === 1).length, scores[1]!.first);

  const shown = await toolken([...ask, "--k", "2"]);
  t.regex(shown.stdout, /^Tools +2, 10 requests, 10 of other tools left out$/m);
  t.regex(shown.stdout, /^Top 1 +\d+ of 20 \(\d+\.\d %; 95 % from \d/m);
  t.regex(shown.stdout, /^Top 5 +20 of 20 \(100\.0 %/m);

  const unknown = await file("other.jsonl", [{ question: "Sing!", tool: "sing" }]);
  const refused = await toolken([...ask.slice(0, -1), unknown]);
  t.is(refused.exitCode, 1);
  t.regex(refused.stderr, /other\.jsonl:1: needs sing, which the head does not have\n.*--partial/);
  const many = await toolken([...ask, "--k", "9"]);
  t.regex(many.stderr, /Expected integers from 1 to 4 for toolCounts but received 9/);
});

test.serial("an unknown flag and a λ that is no number", async (t) => {
  const wrong = await toolken(["train", "selection", "--data", "x", "--out", "y", "--l2", "strong"]);
  t.is(wrong.exitCode, 2);
  t.regex(wrong.stderr, /a number of 0 or more/);
});
