// Cases of the Berkeley Function Calling Leaderboard from its files: JSON lines, answers in possible_answer/.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

export type Schema = Readonly<Record<string, unknown>>;

/** Per parameter the accepted values; "" says that the parameter may be left out. */
export type PossibleInput = Readonly<Record<string, readonly unknown[]>>;

export interface BfclFunction {
  readonly name: string;
  readonly description: string;
  /** JSON Schema. */
  readonly parameters: Schema;
}

export interface BfclCase {
  readonly id: string;
  readonly set: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
  readonly functions: readonly BfclFunction[];
  /** The right call; undefined: no function fits, there must be none. */
  readonly answer: { readonly name: string; readonly input: PossibleInput } | undefined;
}

interface Row {
  readonly id: string;
  readonly question: readonly (readonly { readonly role: string; readonly content: string }[])[];
  readonly function: readonly BfclFunction[];
}

interface AnswerRow {
  readonly id: string;
  readonly ground_truth: readonly Readonly<Record<string, PossibleInput>>[];
}

/** The first `count` cases of a set with one turn and at most one call. */
export async function readCases(folder: string, set: string, count: number): Promise<BfclCase[]> {
  const rows = await readLines<Row>(join(folder, `${set}.dev.jsonl`));
  const path = join(folder, "possible_answer", `${set}.dev.jsonl`);
  const answers = new Map(
    (existsSync(path) ? await readLines<AnswerRow>(path) : []).map(({ id, ground_truth: calls }) => [
      id,
      calls,
    ]),
  );
  return rows.slice(0, count).map(({ id, question, function: functions }) => {
    const [call] = answers.get(id) ?? [];
    const [name] = Object.keys(call ?? {});
    return {
      id,
      set,
      messages: question[0]!,
      functions: functions.map((one) => ({ ...one, parameters: jsonSchema(one.parameters) })),
      answer: name === undefined ? undefined : { name, input: call![name]! },
    };
  });
}

async function readLines<T>(path: string): Promise<T[]> {
  const lines = (await readFile(path, "utf8")).split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => JSON.parse(line) as T);
}

/** Python's names of types. */
const TYPES: Readonly<Record<string, string>> = { dict: "object", float: "number", tuple: "array" };

function jsonSchema(schema: Schema): Schema {
  const { type, properties, items, additionalProperties, ...rest } = schema;
  const isObject = (value: unknown): value is Schema => typeof value === "object" && value !== null;
  return {
    ...(typeof type === "string" && type !== "any" ? { type: TYPES[type] ?? type } : {}),
    ...rest,
    ...(isObject(properties)
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).map(([name, value]) => [name, jsonSchema(value as Schema)]),
          ),
        }
      : {}),
    ...(isObject(items) ? { items: jsonSchema(items) } : {}),
    ...(isObject(additionalProperties) ? { additionalProperties: jsonSchema(additionalProperties) } : {}),
  };
}
