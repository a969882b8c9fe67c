// `toolken lab mine` as a shell runs it, on the smallest model.
import { access, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { formatTrainingExample } from "../../src/examples/training-examples.js";
import type { MinedCounts, MinedRow } from "../../src/examples/mined-row.js";
import { readMinedRows } from "../../src/examples/read-mined.js";
import { models } from "../support/models.js";
import { arithmeticTexts } from "../training/texts.js";
import { start, toolken } from "./spawn.js";

let folder: string;
let common: string[];
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "toolken-mine-"));
  const data = join(folder, "train.jsonl");
  await writeFile(
    data,
    arithmeticTexts(9)
      .map((example) => `${formatTrainingExample(example)}\n`)
      .join(""),
  );
  common = [
    "lab",
    "mine",
    "--model",
    models.nano,
    "--threads",
    "1",
    "--gpu",
    "cpu",
    "--prompts",
    "nano",
    "--data",
    data,
  ];
});
test.after.always(() => rm(folder, { recursive: true, force: true }));

test.serial("rows under the published flags' names, with counts in words", async (t) => {
  const out = join(folder, "words.jsonl");
  const { exitCode, stdout, stderr } = await toolken([
    ...common,
    ...["--folds", "3", "--post_mine_top_k", "2", "--post_mine_output", out],
  ]);
  t.is(stderr, "");
  t.is(exitCode, 0);
  t.regex(stdout, /tool +reject +easy/);
  t.regex(stdout, /all +9 /);
  t.true(stdout.includes(`Saved ${out}`));
  const { rows, info } = await readMinedRows(out);
  t.is(info?.topTools, 2);
  t.is(rows.filter(({ kind }) => kind === "tool").length, 9);
});

test.serial("--json prints one document; published rows are written", async (t) => {
  const out = join(folder, "published.jsonl");
  const { stdout, stderr } = await toolken([
    ...common,
    ...["--half-split", "--easy", "3", "--bias", "1", "--format", "published", "--json", "--out", out],
  ]);
  t.is(stderr, "");
  const { counts } = JSON.parse(stdout) as { counts: MinedCounts };
  t.is(counts.easy, 3);
  const lines = (await readFile(out, "utf8")).trimEnd().split("\n");
  t.is(lines.length, counts.rows);
  for (const line of lines) t.true("prefix_text" in (JSON.parse(line) as MinedRow));
});

test.serial("a given head mines, and wrong use is named", async (t) => {
  const out = join(folder, "head.jsonl");
  const given = await toolken([...common, "--head", "nano", "--json", "--out", out]);
  t.is(given.exitCode, 0, given.stderr);
  t.is((JSON.parse(given.stdout) as { folds: unknown[] }).folds.length, 1);

  const other = await toolken([...common, "--head", "nano", "--bias", "1", "--out", out]);
  t.is(other.exitCode, 1);
  t.regex(other.stderr, /those of others/);
  const many = await toolken([...common, "--top-k-tools", "99", "--out", join(folder, "many.jsonl")]);
  t.regex(many.stderr, /from 1 to 13 for topTools/);
  const both = await toolken([...common, "--folds", "3", "--half-split", "--out", join(folder, "x.jsonl")]);
  t.regex(both.stderr, /folds/);
});

test.serial("interrupted, it leaves no output and goes on", async (t) => {
  const out = join(folder, "resumed.jsonl");
  const run = start([...common, "--out", out]);
  const timer = setTimeout(() => {
    run.kill("SIGINT");
  }, 1500);
  const { exitCode } = await run.ended;
  clearTimeout(timer);
  if (exitCode !== 0) await t.throwsAsync(access(out), { code: "ENOENT" });
  const again = await toolken([...common, "--out", out]);
  t.is(again.exitCode, 0, again.stderr);
  t.is((await readMinedRows(out)).rows.filter(({ kind }) => kind === "tool").length, 9);
  await t.throwsAsync(access(`${out}.parts`), { code: "ENOENT" });
});
