// The frame of the command line, without a process: parsing, help, suggestions, exit codes.
import { PassThrough } from "node:stream";
import test, { type ExecutionContext } from "ava";
import { z } from "zod";
import { type Command, defineCommand } from "../../src/cli/command.js";
import { flagsOf, kebabCase } from "../../src/cli/flag.js";
import { runFlags } from "../../src/cli/flags.js";
import { commandHelp, programHelp } from "../../src/cli/help.js";
import { createIo, hasColour, progressBar, type Streams } from "../../src/cli/io.js";
import { normaliseFlagNames, parseOptions } from "../../src/cli/parse.js";
import { findCommand, runProgram } from "../../src/cli/program.js";
import { editDistance, nearest } from "../../src/utils/did-you-mean.js";
import { ToolkenError } from "../../src/errors.js";

const sample = defineCommand({
  name: "paint wall",
  group: "Painting",
  summary: "Paint a wall",
  positionals: ["colour", "rooms"],
  examples: [{ command: "toolken paint wall red kitchen --coats 2", does: "two coats" }],
  options: z.object({
    colour: z.string().min(1).optional().describe("Colour of the paint"),
    rooms: z.array(z.string()).default([]).describe("Rooms"),
    coatsOfPaint: z.int().min(1).max(9).default(1).describe("Coats").meta({ group: "Work" }),
    size: z
      .union([z.literal("auto"), z.number()])
      .default("auto")
      .describe("Size in metres"),
    tool: z.enum(["brush", "roller"]).default("brush").describe("What to paint with"),
    dry: z.boolean().default(true).describe("Wait until it is dry"),
    secret: z.string().optional().describe("A text").meta({ defaultText: "none at all" }),
  }),
  run: (options, io) => {
    io.printJson(options);
    return Promise.resolve(options.coatsOfPaint === 9 ? 5 : undefined);
  },
});

const failing = defineCommand({
  name: "fail",
  group: "Painting",
  summary: "Fail in a way",
  positionals: ["how"],
  options: z.object({ how: z.enum(["known", "bug", "abort"]).describe("How") }),
  run: ({ how }, io) => {
    if (how === "known") throw new ToolkenError("FILE_NOT_FOUND", "No paint here", { hint: "Buy some." });
    if (how === "bug") throw new TypeError("a bug");
    io.signal.throwIfAborted();
    return Promise.resolve(undefined);
  },
});

const commands: readonly Command[] = [sample, failing];

async function run(
  words: readonly string[],
  signal = new AbortController().signal,
): Promise<{ exitCode: number; stdout: string; stderr: string }> {
  const stdout = new PassThrough();
  const stderr = new PassThrough();
  const streams = { stdin: process.stdin, stdout, stderr, env: {} } as unknown as Streams;
  const exitCode = await runProgram(commands, words, streams, signal);
  const text = (stream: PassThrough): string => ((stream.read() as Buffer | null) ?? "").toString();
  return { exitCode, stdout: text(stdout), stderr: text(stderr) };
}

const parses = test.macro(
  async (t: ExecutionContext, words: readonly string[], expected: Record<string, unknown>) => {
    t.like(await parseOptions(sample, words), expected);
  },
);

const refuses = test.macro(
  async (t: ExecutionContext, words: readonly string[], message: string, hint?: string) => {
    const error = await t.throwsAsync(parseOptions(sample, words), { instanceOf: ToolkenError });
    t.is(error.code, "USAGE");
    t.is(error.message, message);
    t.is(error.hint, `${hint ?? ""}See \`toolken paint wall --help\`.`);
  },
);

test("defaults", parses, [], { rooms: [], coatsOfPaint: 1, size: "auto", tool: "brush", dry: true });
test("kebab-case", parses, ["--coats-of-paint", "2"], { coatsOfPaint: 2 });
test("snake_case", parses, ["--coats_of_paint", "3"], { coatsOfPaint: 3 });
test("camelCase", parses, ["--coatsOfPaint=4"], { coatsOfPaint: 4 });
test("a negated flag", parses, ["--no-dry"], { dry: false });
test("a flag with its value", parses, ["--dry=false"], { dry: false });
test("the last of two values", parses, ["--tool", "brush", "--tool", "roller"], { tool: "roller" });
test("a number where a word may stand", parses, ["--size", "-2.5"], { size: -2.5 });
test("a word where a number may stand", parses, ["--size", "auto"], { size: "auto" });
test("positional words", parses, ["red", "hall", "attic"], { colour: "red", rooms: ["hall", "attic"] });
test("flags for positional words", parses, ["--rooms", "hall", "--colour", "red", "--rooms", "attic"], {
  colour: "red",
  rooms: ["hall", "attic"],
});
test("a number stays a text where a text is wanted", parses, ["007", "--secret", "1e3"], {
  colour: "007",
  secret: "1e3",
});
test("words that look like flags", parses, ["--", "--red"], { colour: "--red" });
test("text with underscores in a value", parses, ["--secret=a_b-cD=e"], { secret: "a_b-cD=e" });

test(
  "an unknown flag",
  refuses,
  ["--coats-of-pant", "2"],
  "Unknown flag --coats-of-pant",
  "Did you mean --coats-of-paint? ",
);
test("an unknown flag unlike any", refuses, ["--zzzzzzz"], "Unknown flag --zzzzzzz");
test(
  "no number",
  refuses,
  ["--coats-of-paint", "two"],
  'Expected a number for --coats-of-paint but received "two" of type string',
);
test(
  "no integer",
  refuses,
  ["--coats-of-paint", "1.5"],
  "Expected an integer for --coats-of-paint but received 1.5 of type number",
);
test(
  "too small",
  refuses,
  ["--coats-of-paint", "0"],
  "Expected a number of at least 1 for --coats-of-paint but received 0 of type number",
);
test(
  "too large",
  refuses,
  ["--coats-of-paint", "10"],
  "Expected a number of at most 9 for --coats-of-paint but received 10 of type number",
);
test(
  "no choice",
  refuses,
  ["--tool", "rag"],
  'Expected one of brush, roller for --tool but received "rag" of type string',
);
test(
  "neither of two kinds",
  refuses,
  ["--size", "big"],
  'Expected auto or a number for --size but received "big" of type string',
);
test("a value is missing", refuses, ["--tool"], "Not enough arguments following: tool");
test(
  "a word and its flag",
  refuses,
  ["red", "--colour", "blue"],
  'colour is given twice: as --colour and as "red"',
);

test("biases", async (t) => {
  const options = z.object(runFlags);
  const bias = async (text: string): Promise<unknown> =>
    ((await parseOptions({ ...sample, options, positionals: [] }, [`--bias=${text}`])) as { bias: unknown })
      .bias;
  t.is(await bias("2.5"), 2.5);
  t.is(await bias("-3"), -3);
  t.is(await bias("-Infinity"), -Infinity);
  t.deepEqual(await bias("add=2, log=-Infinity"), { add: 2, log: -Infinity });
  await t.throwsAsync(bias("add=two"), { message: /^Expected a number, or add=2/ });
  await t.throwsAsync(bias("add="), { message: /^Expected a number, or add=2/ });
});

test("flag names are normalised up to --", (t) => {
  const words = ["a_b", "--a_b=c_d", "--topK", "-x_y", "--", "--a_b"];
  t.deepEqual(normaliseFlagNames(words), ["a_b", "--a-b=c_d", "--top-k", "-x_y", "--", "--a_b"]);
  t.is(kebabCase("gpuLayers"), "gpu-layers");
  t.is(kebabCase("topK"), "top-k");
  t.is(kebabCase("topKTools"), "top-k-tools");
  t.is(kebabCase("l2"), "l2");
});

test("a flag may have names of published programs", async (t) => {
  const options = z.object({
    topKTools: z
      .int()
      .default(3)
      .describe("Tools")
      .meta({ aliases: ["post_mine_top_k"] }),
  });
  const command = { ...sample, options, positionals: [] };
  for (const words of [
    ["--post_mine_top_k", "5"],
    ["--post-mine-top-k=5"],
    ["--topKTools", "4", "--postMineTopK=5"],
  ]) {
    t.deepEqual(await parseOptions(command, words), { topKTools: 5 });
  }
  t.regex(await commandHelp(command), /Tools \(also --post-mine-top-k\)/);
});

test("a flag's facts come from its schema", (t) => {
  const flags = new Map(flagsOf(sample.options).map((flag) => [flag.key, flag]));
  t.like(flags.get("coatsOfPaint"), {
    name: "coats-of-paint",
    kind: "number",
    required: false,
    description: "Coats",
    default: 1,
    group: "Work",
  });
  t.like(flags.get("tool"), { kind: "text", choices: ["brush", "roller"], group: "Options" });
  t.is(flags.get("rooms")?.kind, "list");
  t.is(flags.get("dry")?.kind, "boolean");
  t.is(flags.get("size")?.kind, "number");
  t.true(flagsOf(failing.options)[0]?.required);
});

test("help of a command", async (t) => {
  const help = await commandHelp(sample);
  t.true(help.startsWith("Usage: toolken paint wall [colour] [rooms..] [flags]\n\nPaint a wall.\n"));
  t.regex(help, /Work:\n\s+--coats-of-paint\s+Coats\s+\[number\] \[default: 1\]/);
  t.regex(help, /--tool\s.*\[choices: "brush", "roller"\] \[default: brush\]/s);
  t.regex(help, /--secret\s.*\[default: none at all\]/);
  t.true(help.endsWith("Examples:\n  # two coats\n  toolken paint wall red kitchen --coats 2"));
  t.regex(await commandHelp(failing), /Usage: toolken fail <how> \[flags\].*\[required\]/s);
});

test("help of the program and of a group", (t) => {
  t.regex(
    programHelp(commands, "1.2.3"),
    /^toolken 1\.2\.3:.*\nPainting\n {2}paint wall {2}Paint a wall\n {2}fail /s,
  );
  t.notRegex(programHelp(commands, "1.2.3", "paint"), /Fail in a way/);
});

test("the longest command name wins, in either spelling", (t) => {
  const short = { ...sample, name: "paint" };
  t.is(findCommand([short, sample], ["paint", "wall", "red"]), sample);
  t.is(findCommand([short, sample], ["paint", "red"]), short);
  t.is(findCommand([{ ...sample, name: "paint old-wall" }], ["paint", "old_wall"])?.name, "paint old-wall");
  t.is(findCommand([sample], ["wall"]), undefined);
});

test("results go to standard output", async (t) => {
  const { exitCode, stdout, stderr } = await run(["paint", "wall", "red"]);
  t.is(exitCode, 0);
  t.is(stderr, "");
  t.like(JSON.parse(stdout), { colour: "red", coatsOfPaint: 1 });
});

test("a command chooses its exit code", async (t) => {
  t.is((await run(["paint", "wall", "--coats-of-paint", "9"])).exitCode, 5);
});

test("an error of the library: message and hint, no stack", async (t) => {
  const { exitCode, stdout, stderr } = await run(["fail", "known"]);
  t.deepEqual(
    { exitCode, stdout, stderr },
    { exitCode: 1, stdout: "", stderr: "Error: No paint here\nBuy some.\n" },
  );
});

test("a bug shows its stack", async (t) => {
  const { exitCode, stderr } = await run(["fail", "bug"]);
  t.is(exitCode, 1);
  t.regex(stderr, /^TypeError: a bug\n\s+at /);
});

test("an interrupted command", async (t) => {
  const { exitCode, stderr } = await run(["fail", "abort"], AbortSignal.abort(new Error("SIGINT")));
  t.is(exitCode, 130);
  t.is(stderr, "Interrupted\n");
});

test("a closed pipe is quiet", async (t) => {
  const closed = Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
  t.is((await run(["fail", "abort"], AbortSignal.abort(closed))).stderr, "");
});

test("unknown commands", async (t) => {
  const command = await run(["fial"]);
  t.is(command.exitCode, 2);
  t.is(command.stderr, 'Error: Unknown command "fial"\nDid you mean fail? See `toolken --help`.\n');
  const second = await run(["paint", "wal"]);
  t.is(second.exitCode, 2);
  t.regex(second.stderr, /Unknown command "paint wal"\nDid you mean paint wall\?/);
  t.regex((await run(["--dry", "paint"])).stderr, /Expected a command before --dry/);
});

test("nothing at all, or half a command, shows the help and is wrong use", async (t) => {
  for (const words of [[], ["paint"]]) {
    const { exitCode, stdout } = await run(words);
    t.is(exitCode, 2);
    t.regex(stdout, /paint wall/);
  }
  t.is((await run(["paint", "--help"])).exitCode, 0);
});

test("nearest", (t) => {
  t.is(nearest("--modle", ["--model", "--mode-of-transport"]), "--model");
  t.is(nearest("--qqqqqqqq", ["--model", "--seed"]), undefined);
  t.is(editDistance("", "abc"), 3);
  t.is(editDistance("kitten", "sitting"), 3);
  t.is(editDistance("same", "same"), 0);
});

test("colour", (t) => {
  t.true(hasColour({ isTTY: true }, {}));
  t.false(hasColour({}, {}));
  t.false(hasColour({ isTTY: true }, { NO_COLOR: "1", FORCE_COLOR: "1" }));
  t.true(hasColour({}, { FORCE_COLOR: "1" }));
  t.false(hasColour({ isTTY: true }, { FORCE_COLOR: "0" }));
  t.false(hasColour({ isTTY: true }, { TERM: "dumb" }));
});

test("a progress bar keeps its width", (t) => {
  t.is(progressBar(0, 10), "░".repeat(24));
  t.is(progressBar(5, 10), "█".repeat(12) + "░".repeat(12));
  t.is(progressBar(20, 10), "█".repeat(24));
});

test("a terminal without a width gets no progress line, and help of a usual width", (t) => {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const blind = { isTTY: true, columns: 0 };
  const streams = { stdin: process.stdin, stdout: Object.assign(stdout, blind), env: {} };
  const io = createIo(
    { ...streams, stderr: Object.assign(stderr, blind) } as unknown as Streams,
    new AbortController().signal,
  );
  t.is(io.columns, 100);
  const progress = io.progress("Working");
  progress.update(1, 2);
  progress.stop();
  t.is(stderr.read(), null);
});
