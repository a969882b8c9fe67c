// The built program in a process of its own: help, wrong use, files in and out, pipes.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test, { type ExecutionContext } from "ava";
import { commands } from "../../src/cli/commands/index.js";
import { flagsOf } from "../../src/cli/flag.js";
import { readQuestions } from "../../src/lab/evaluation/index.js";
import { readTrainingExamples } from "../../src/training/index.js";
import { ToolHead } from "../../src/index.js";
import { scratchFolder } from "../utils/scratch.js";
import { start, toolken } from "./spawn.js";

const failsWith = test.macro(
  async (t: ExecutionContext, words: readonly string[], exitCode: number, stderr: RegExp) => {
    const ended = await toolken(words);
    t.regex(ended.stderr, stderr);
    t.is(ended.exitCode, exitCode);
    t.is(ended.stdout, "");
    t.notRegex(ended.stderr, /\n\s+at /, "no stack");
  },
);

test("an unknown flag", failsWith, ["run", "--modle", "x"], 2, /--modle\nDid you mean --model\?/);
test("an unknown command", failsWith, ["evla"], 2, /"evla"\nDid you mean eval\?/);
test(
  "a model that is not there",
  failsWith,
  ["run", "--model", "/no/model.gguf", "q"],
  1,
  /\/no\/model\.gguf/,
);
test(
  "questions that are not there",
  failsWith,
  ["eval", "--model", "x", "--data", "/no/data.json"],
  1,
  /No file/,
);
test("a head that is not there", failsWith, ["head", "show", "/no/head.safetensors"], 1, /No file/);
test(
  "a checkpoint that is none",
  failsWith,
  ["import", "package.json", "--out", "/tmp/never.safetensors"],
  1,
  /Invalid file/,
);
test("a count of zero", failsWith, ["lab", "word-problems", "--count", "0"], 2, /at least 1 for --count/);
test("an unknown operator", failsWith, ["lab", "word-problems", "--operators", "modulo"], 2, /one of add/);
test("an unknown split", failsWith, ["lab", "word-problems", "--split", "dev"], 2, /one of train, held-out/);

test("help names all commands, the version is the package's", async (t) => {
  const { exitCode, stdout, stderr } = await toolken(["--help"]);
  t.is(exitCode, 0);
  t.is(stderr, "");
  const research = (await toolken(["lab", "--help"])).stdout;
  for (const { name } of commands) {
    const isResearch = name.startsWith("lab ");
    t.is(stdout.includes(`  ${name} `), !isResearch, name);
    t.is(research.includes(`  ${name} `), isResearch, name);
  }
  const { version } = JSON.parse(await readFile("package.json", "utf8")) as { version: string };
  t.is((await toolken(["--version"])).stdout, `${version}\n`);
});

test("the help of run fits a screen, --help-all has every flag, an old command its new name", async (t) => {
  const short = (await toolken(["run", "--help"])).stdout;
  t.true(short.trimEnd().split("\n").length <= 24);
  t.false(short.includes("--placement"));
  t.true((await toolken(["run", "--help-all"])).stdout.includes("--placement"));
  const { exitCode, stderr } = await toolken(["score", "x.jsonl"]);
  t.is(exitCode, 2);
  t.regex(stderr, /Did you mean toolken lab score\?/);
});

test("help of a nested command has its examples", async (t) => {
  const { exitCode, stdout } = await toolken(["train", "head", "--help"]);
  t.is(exitCode, 0);
  t.regex(stdout, /--validation-split\s[^]*?\[default: 0\.2\]/);
  t.regex(stdout, /Examples:\n {2}# .*\n {2}toolken train head --model/);
});

for (const command of commands) {
  test(`every flag of ${command.name} is described, and its positional words are flags`, (t) => {
    const flags = flagsOf(command.options);
    for (const { key, description } of flags) t.not(description, "", key);
    t.is(new Set(flags.map(({ name }) => name)).size, flags.length);
    for (const key of command.positionals)
      t.true(
        flags.some((flag) => flag.key === key),
        key,
      );
    if (!["chat", "mcp", "serve"].includes(command.name)) t.true(flags.some(({ key }) => key === "json"));
    t.true(command.examples.length > 0);
    for (const { command: line } of command.examples)
      t.true(line.startsWith(`toolken ${command.name}`), line);
  });
}

test("word problems are read back as training texts and as questions", async (t) => {
  const folder = await scratchFolder(t);
  const [texts, asked] = [join(folder, "texts.jsonl"), join(folder, "questions.jsonl")];
  const words = ["lab", "word_problems", "--count", "8", "--steps", "1", "--operators", "add", "--json"];
  const saved = await toolken([...words, "--out", texts]);
  t.deepEqual(JSON.parse(saved.stdout), { out: texts, problems: 8, lines: 8 });
  const { examples, problems } = await readTrainingExamples(texts);
  t.is(examples.length, 8);
  t.deepEqual(problems, []);
  t.true(examples.every(({ calls }) => calls.length === 1 && calls[0]?.tool === "add"));
  const { stdout } = await toolken([...words, "--form", "evaluation", "--split", "held-out"]);
  await writeFile(asked, stdout);
  t.is((await readQuestions(asked)).length, 8);
});

test("heads are shown, renamed, thinned out and merged", async (t) => {
  const folder = await scratchFolder(t);
  const path = (name: string): string => join(folder, `${name}.safetensors`);
  const head = ToolHead.create({
    tools: ["add", "log", "<x>"],
    weights: Float32Array.of(3, 4, 0, 0, 1, 0),
    bias: [0.5, -Infinity, 0],
  });
  await head.save(path("a"));
  const shown = await toolken(["head", "show", path("a")]);
  t.regex(shown.stdout, /Tools\s+3, 2 weights each/);
  t.regex(shown.stdout, /add\s+bias 0\.5, norm 5\.000/);
  const json = JSON.parse((await toolken(["head", "show", "--json", path("a")])).stdout) as object;
  t.like(json, { tools: ["add", "log", "<x>"], dimension: 2, bias: [0.5, "-Infinity", 0], model: null });

  await toolken(["head", "rename", path("a"), "add=plus", "<x>=x", "--out", path("b")]);
  t.deepEqual((await ToolHead.load(path("b"))).tools, ["plus", "log", "x"]);
  await toolken(["head", "remove", path("b"), "log", "--out", path("c")]);
  t.deepEqual((await ToolHead.load(path("c"))).tools, ["plus", "x"]);
  const merged = await toolken(["head", "merge", path("a"), path("c"), "--out", path("d"), "--json"]);
  t.deepEqual(JSON.parse(merged.stdout), {
    out: path("d"),
    tools: ["add", "log", "<x>", "plus", "x"],
    dimension: 2,
  });
  const unknown = await toolken(["head", "remove", path("b"), "sine", "--out", path("e")]);
  t.is(unknown.exitCode, 1);
  t.regex(unknown.stderr, /no tool "sine"\nIt has plus, log, x\./);
  t.is((await toolken(["head", "rename", path("b"), "plus", "--out", path("e")])).exitCode, 2);
});

test("a reader that closes the pipe early is no error", async (t) => {
  const program = start(["lab", "word-problems", "--count", "3000"]);
  await program.printed("\n");
  program.closeOutput();
  const { exitCode, stderr } = await program.ended;
  t.is(exitCode, 0);
  t.is(stderr, "");
});
