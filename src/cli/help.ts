// Help texts: of the program by groups of commands, of a command by yargs out of its schema.
import yargs, { type Options } from "yargs";
import type { Command } from "./command.js";
import { type Flag, flagsOf } from "./flag.js";

const NARROWEST = 60;
const WIDEST = 110;

/** Commands of research; `toolken --help` names them in one line. */
const RESEARCH = "lab";

/** `toolken --help`, or only the commands that begin with `prefix` ("train"). */
export function programHelp(commands: readonly Command[], version: string, prefix = ""): string {
  const shown = commands.filter(({ name }) =>
    prefix === "" ? !name.startsWith(`${RESEARCH} `) : name.startsWith(`${prefix} `),
  );
  const width = Math.max(...shown.map(({ name }) => name.length));
  const groups = [...new Set(shown.map(({ group }) => group))];
  return [
    `toolken ${version}: tool calling for local language models`,
    "",
    `Usage: toolken ${prefix === "" ? "" : `${prefix} `}<command> [flags]`,
    ...groups.flatMap((group) => [
      "",
      group,
      ...shown
        .filter((command) => command.group === group)
        .map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    ]),
    "",
    ...(prefix === ""
      ? [
          "Research",
          `  ${RESEARCH.padEnd(width)}  Data sets, annotation, mining, scoring, experiments, plots: toolken lab --help`,
          "",
        ]
      : []),
    "`toolken <command> --help` shows a command's flags and examples, --help-all its expert flags too.",
    "Flags may be written --max-tokens, --max_tokens or --maxTokens.",
  ].join("\n");
}

/** `toolken <command> --help`; with `all` the expert flags too. */
export async function commandHelp(command: Command, columns = 100, all = false): Promise<string> {
  const every = flagsOf(command.options);
  const { everyday } = command;
  const flags = all || everyday === undefined ? every : every.filter(({ key }) => everyday.includes(key));
  const parser = yargs([])
    .scriptName("toolken")
    .locale("en")
    .help(false)
    .version(false)
    .wrap(Math.min(WIDEST, Math.max(NARROWEST, columns)))
    .usage(`Usage: toolken ${usageLine(command, every)}\n\n${command.summary}.`);
  for (const flag of flags)
    parser.option(flag.name, helpOptions(flags.length < every.length ? { ...flag, group: "Options" } : flag));
  // In yargs' own columns a long command would break in the middle.
  const shownExamples = flags.length < every.length ? command.examples.slice(0, 1) : command.examples;
  const examples = shownExamples.map(({ command: line, does }) => `  # ${does}\n  ${line}\n`);
  const more = flags.length < every.length ? ["--help-all shows all flags and examples."] : [];
  const end = [...(examples.length > 0 ? [`Examples:\n${examples.join("\n")}`] : []), ...more];
  if (end.length > 0) parser.epilogue(end.join("\n"));
  return (await parser.getHelp()).trimEnd();
}

function helpOptions(flag: Flag): Options {
  const { kind, description, required, choices, aliases } = flag;
  const shownDefault = flag.defaultText ?? shown(flag.default);
  return {
    describe: aliases.length === 0 ? description : `${description} (also --${aliases.join(", --")})`,
    group: `${flag.group}:`,
    type: kind === "text" ? "string" : kind === "list" ? "array" : kind,
    demandOption: required,
    ...(choices === undefined ? {} : { choices }),
    ...(shownDefault === undefined ? {} : { default: flag.default, defaultDescription: shownDefault }),
  };
}

function shown(value: unknown): string | undefined {
  if (value === undefined || value === false) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

function usageLine(command: Command, flags: readonly Flag[]): string {
  const words = command.positionals.map((key) => {
    const { name, kind, required } = flags.find((flag) => flag.key === key)!;
    const word = kind === "list" ? `${name}..` : name;
    return required ? `<${word}>` : `[${word}]`;
  });
  return [command.name, ...words, "[flags]"].join(" ");
}
