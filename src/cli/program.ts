// The frame around every command: which one is meant, signals, errors and exit codes.
import { ToolkenError } from "../errors.js";
import { libraryVersion } from "../utils/library-version.js";
import type { Command } from "./command.js";
import { EXIT_FAILURE, EXIT_INTERRUPTED, EXIT_USAGE } from "./exit-codes.js";
import { commandHelp, programHelp } from "./help.js";
import { createIo, type Io, type Streams, hasColour, styled } from "./io.js";
import { parseOptions } from "./parse.js";
import { didYouMean } from "../utils/did-you-mean.js";

/** Runs the command that the words name; resolves with the exit code and never rejects. */
export async function runProgram(
  commands: readonly Command[],
  words: readonly string[],
  streams: Streams,
  signal: AbortSignal,
): Promise<number> {
  const io = createIo(streams, signal);
  try {
    return await dispatch(commands, words, io);
  } catch (error) {
    return report(error, streams, signal);
  }
}

async function dispatch(commands: readonly Command[], words: readonly string[], io: Io): Promise<number> {
  const [first] = words;
  if (
    first === undefined ||
    first === "--help" ||
    first === "-h" ||
    (first === "help" && words.length === 1)
  ) {
    io.print(programHelp(commands, libraryVersion()));
    return first === undefined ? EXIT_USAGE : 0;
  }
  if (first === "--version" || first === "-v" || first === "version") {
    io.print(libraryVersion());
    return 0;
  }
  const asked = first === "help" ? words.slice(1) : words;
  const wantsHelp = first === "help" || asksForHelp(words);
  const command = findCommand(commands, asked);
  if (command === undefined) {
    const group = asked[0]!;
    if (!commands.some(({ name }) => name.startsWith(`${group} `))) throw unknownCommand(commands, asked);
    const next = asked[1];
    if (next !== undefined && !next.startsWith("-")) throw unknownCommand(commands, asked);
    io.print(programHelp(commands, libraryVersion(), group));
    return wantsHelp ? 0 : EXIT_USAGE;
  }
  if (wantsHelp) {
    io.print(await commandHelp(command, io.columns, words.includes("--help-all")));
    return 0;
  }
  const options = await parseOptions(command, asked.slice(command.name.split(" ").length));
  return (await command.run(options, io)) ?? 0;
}

/** The command whose words the given ones begin with; the longest name wins. */
export function findCommand(commands: readonly Command[], words: readonly string[]): Command | undefined {
  const matching = commands.filter(({ name }) =>
    name.split(" ").every((word, i) => words[i]?.replaceAll("_", "-") === word),
  );
  return matching.sort((a, b) => b.name.length - a.name.length)[0];
}

function asksForHelp(words: readonly string[]): boolean {
  const end = words.indexOf("--");
  return words
    .slice(0, end < 0 ? undefined : end)
    .some((word) => word === "--help" || word === "--help-all" || word === "-h");
}

function unknownCommand(commands: readonly Command[], words: readonly string[]): ToolkenError {
  const names = commands.map(({ name }) => name);
  const isGroup = names.some((name) => name.startsWith(`${words[0]!} `));
  const written = words.slice(0, isGroup ? 2 : 1).join(" ");
  if (written.startsWith("-")) {
    return new ToolkenError("USAGE", `Expected a command before ${written}`, {
      hint: "See `toolken --help`.",
    });
  }
  const moved = names.find(
    (name) => name === `lab ${words.slice(0, 2).join("-")}` || name === `lab ${words[0]!}`,
  );
  const meant = moved === undefined ? didYouMean(written, names) : `Did you mean toolken ${moved}?`;
  const hints = [meant, "See `toolken --help`."];
  return new ToolkenError("USAGE", `Unknown command ${JSON.stringify(written)}`, {
    hint: hints.filter((hint) => hint !== undefined).join(" "),
  });
}

function report(error: unknown, { stderr, env }: Streams, signal: AbortSignal): number {
  if (signal.aborted) {
    // A closed pipe needs no message.
    if ((signal.reason as NodeJS.ErrnoException).code !== "EPIPE") stderr.write("Interrupted\n");
    return EXIT_INTERRUPTED;
  }
  const colour = hasColour(stderr, env);
  if (error instanceof ToolkenError && error.code !== "INTERNAL") {
    stderr.write(`${styled(colour, "red", "Error")}: ${error.message}\n`);
    if (error.hint !== undefined) stderr.write(`${error.hint}\n`);
    return error.code === "USAGE" ? EXIT_USAGE : EXIT_FAILURE;
  }
  // A bug: its stack helps to fix it.
  stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  return EXIT_FAILURE;
}
