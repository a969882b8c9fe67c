// From words on the command line to checked options: yargs splits them, the command's schema judges them.
import yargs from "yargs";
import type { z } from "zod";
import { ToolkenError, expected } from "../errors.js";
import type { Command } from "./command.js";
import { type Flag, flagsOf, kebabCase } from "./flag.js";
import { didYouMean } from "../utils/did-you-mean.js";
import { wanted } from "../utils/zod-issues.js";

/** @throws ToolkenError `USAGE` for unknown flags, values that do not fit, missing or superfluous words. */
export async function parseOptions(command: Command, words: readonly string[]): Promise<unknown> {
  const flags = flagsOf(command.options);
  const given = await split(command, flags, words);
  const result = await command.options.safeParseAsync(given);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const key = String(issue.path[0] ?? "");
  const flag = flags.find((candidate) => candidate.key === key);
  throw usageError(command, issueText(issue, flag, given[key]), meantChoice(issue, given[key]));
}

/** Which of a flag's choices a mistyped one stands for. */
function meantChoice(issue: Issue, value: unknown): string | undefined {
  if (issue.code !== "invalid_value" || typeof value !== "string") return undefined;
  return didYouMean(value, issue.values.map(String));
}

export function usageError(command: Command, message: string, hint?: string): ToolkenError {
  const help = `See \`toolken ${command.name} --help\`.`;
  return new ToolkenError("USAGE", message, { hint: hint === undefined ? help : `${hint} ${help}` });
}

/** `--max_tokens=5` and `--maxTokens=5` as `--max-tokens=5`, aliases as their flag; what follows `--` stays as it is. */
export function normaliseFlagNames(words: readonly string[], flags: readonly Flag[] = []): string[] {
  const aliases = new Map(flags.flatMap(({ name, aliases }) => aliases.map((alias) => [alias, name])));
  const end = words.indexOf("--");
  return words.map((word, index) => {
    if (!word.startsWith("--") || (end >= 0 && index >= end)) return word;
    const equals = word.indexOf("=");
    const name = kebabCase(equals < 0 ? word.slice(2) : word.slice(2, equals));
    return `--${aliases.get(name) ?? name}${equals < 0 ? "" : word.slice(equals)}`;
  });
}

async function split(
  command: Command,
  flags: readonly Flag[],
  words: readonly string[],
): Promise<Record<string, unknown>> {
  const parser = yargs([])
    .help(false)
    .version(false)
    .exitProcess(false)
    .locale("en")
    .parserConfiguration({
      "camel-case-expansion": false,
      "dot-notation": false,
      "greedy-arrays": false,
      "parse-numbers": false,
      "parse-positional-numbers": false,
      "short-option-groups": false,
    })
    .fail((message: string | undefined, error: Error | undefined) => {
      throw usageError(command, message ?? error?.message ?? "The command line could not be read");
    });
  for (const { name, kind } of flags) {
    const type = kind === "boolean" ? "boolean" : kind === "list" ? "array" : "string";
    parser.option(name, { type, ...(kind === "boolean" ? {} : { requiresArg: true }) });
  }
  const parsed: Record<string, unknown> = await parser.parseAsync(normaliseFlagNames(words, flags));
  const positional = parsed._ as unknown[];

  const given: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (name === "_" || name === "$0") continue;
    const flag = flags.find((candidate) => candidate.name === name);
    if (flag === undefined) throw unknownFlag(command, flags, name);
    if (value !== undefined) given[flag.key] = convert(flag, value);
  }
  placePositionals(command, flags, positional.map(String), given);
  return given;
}

function unknownFlag(command: Command, flags: readonly Flag[], name: string): ToolkenError {
  const written = `${name.length === 1 ? "-" : "--"}${name}`;
  const names = flags.map((flag) => `--${flag.name}`);
  return usageError(command, `Unknown flag ${written}`, didYouMean(written, names));
}

function placePositionals(
  command: Command,
  flags: readonly Flag[],
  words: readonly string[],
  given: Record<string, unknown>,
): void {
  const rest = [...words];
  for (const key of command.positionals) {
    if (rest.length === 0) return;
    const flag = flags.find((candidate) => candidate.key === key)!;
    if (given[key] !== undefined) {
      throw usageError(command, `${flag.name} is given twice: as --${flag.name} and as ${quoted(rest[0]!)}`);
    }
    given[key] = convert(flag, flag.kind === "list" ? rest.splice(0) : rest.shift());
  }
  if (rest.length > 0) {
    const hint = command.positionals.length > 0 ? "Put quotes around a text with spaces." : undefined;
    throw usageError(command, `Unexpected ${quoted(rest[0]!)}`, hint);
  }
}

const NUMBER = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?$/i;

/** Of a flag that is given twice the last one counts, unless it takes a list. */
function convert(flag: Flag, value: unknown): unknown {
  if (flag.kind === "list") return Array.isArray(value) ? value.map(String) : [String(value)];
  const last: unknown = Array.isArray(value) ? value.at(-1) : value;
  return flag.kind === "number" && typeof last === "string" && NUMBER.test(last) ? Number(last) : last;
}

type Issue = z.core.$ZodIssue;

function issueText(issue: Issue, flag: Flag | undefined, value: unknown): string {
  const name = flag === undefined ? issue.path.join(".") : `--${flag.name}`;
  if (value === undefined) return `Missing ${name}: ${flag?.description ?? issue.message}`;
  return expected(wanted(issue), name, value);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
