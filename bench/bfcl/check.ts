// BFCL's check of a call's syntax tree (ast_checker.py of the leaderboard): the function's name, required parameters,
// and every value among the accepted ones.
import type { BfclCase, PossibleInput, Schema } from "./cases.js";

export interface Call {
  readonly name: string;
  readonly input: unknown;
}

/** Why the calls are wrong; undefined: they are right. */
export function mistakeIn({ answer, functions }: BfclCase, calls: readonly Call[]): string | undefined {
  if (answer === undefined) return calls.length === 0 ? undefined : "a call where none fits";
  if (calls.length !== 1) return calls.length === 0 ? "no call" : `${calls.length} calls`;
  const [{ name, input }] = calls as readonly [Call];
  if (name !== answer.name) return `another function: ${name}`;
  if (!isRecord(input)) return "no object";
  const { parameters } = functions.find((one) => one.name === name)!;
  return mistakeInInput(input, answer.input, parameters);
}

function mistakeInInput(
  input: Readonly<Record<string, unknown>>,
  possible: PossibleInput,
  schema: Schema,
): string | undefined {
  for (const name of (schema.required ?? []) as string[]) if (!(name in input)) return `${name} is missing`;
  for (const [name, value] of Object.entries(input)) {
    const accepted = possible[name];
    if (accepted === undefined) return `${name} is not expected`;
    if (!accepted.some((one) => matches(value, one))) return `${name} is ${JSON.stringify(value)}`;
  }
  for (const [name, accepted] of Object.entries(possible)) {
    if (!(name in input) && !accepted.includes("")) return `${name} is missing`;
  }
  return undefined;
}

/** @param accepted one accepted value; in an object, the accepted values of each key */
function matches(value: unknown, accepted: unknown): boolean {
  if (typeof value === "string" && typeof accepted === "string") return plain(value) === plain(accepted);
  if (Array.isArray(value) && Array.isArray(accepted)) {
    return value.length === accepted.length && value.every((item, i) => matches(item, accepted[i]));
  }
  if (isRecord(value) && isRecord(accepted)) {
    const keys = Object.entries(accepted) as [string, readonly unknown[]][];
    return (
      Object.keys(value).every((key) => key in accepted) &&
      keys.every(([key, values]) =>
        key in value
          ? [values].flat().some((one) => matches(value[key], one))
          : Array.isArray(values) && values.includes(""),
      )
    );
  }
  return value === accepted;
}

/** Case, spaces and most punctuation do not count. */
function plain(text: string): string {
  return text
    .replaceAll(/[ ,./\-_*^]/gu, "")
    .toLowerCase()
    .replaceAll("'", '"');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
