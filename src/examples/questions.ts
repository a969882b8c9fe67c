// Questions for evaluation come in every benchmark's own shape; they all end as question and answer.
import { invalidArgument } from "../errors.js";
import type { RecordLocation } from "./example.js";
import { bareToolName } from "../tools/tool-name.js";
import {
  objectOf,
  readLines,
  readRecords,
  recordFiles,
  recordInvalid,
  type SourceRecord,
} from "./records.js";
import { solutionCalls } from "./gold-calls.js";
import { keepFloats } from "./numbers.js";

export interface EvaluationQuestion {
  /** The record's `id`, or its place in the file counted from 0. */
  readonly id: string;
  /** As written, leading white space included. */
  readonly question: string;
  /**
   * The gold answer; absent in plain text files. A number written with a fraction of zeros (`32040.0`) stays
   * a text, because exact match treats integers differently.
   */
  readonly answer?: number | string;
  /** The only tool that the solution calls, where the record names one. */
  readonly tool?: string;
  /** Calls of the solution, `<add>(1, 2)=3`; empty where it needs none, absent where they are not known. */
  readonly goldCalls?: readonly string[];
  /** The question with its slots still in place (`{v_1}` of GSM8K-XL). */
  readonly template?: string;
}

/**
 * Reads evaluation questions: JSON or JSON Lines with `question` and `answer` (FuncQA with `func` or
 * `calculation`, GSM8K-XL with `{v_i}` slots for `enhanced_v` and `enhanced_result`), or a text file with one
 * question per line. Several paths are read as one list.
 *
 * @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID` (empty), `RECORD_INVALID` with file and line,
 * `INVALID_ARGUMENT`.
 */
export async function readQuestions(paths: string | readonly string[]): Promise<EvaluationQuestion[]> {
  return (await readLocatedQuestions(paths)).map(({ question }) => question);
}

/** The same, each with its place. */
export async function readLocatedQuestions(
  paths: string | readonly string[],
): Promise<{ readonly question: EvaluationQuestion; readonly location: RecordLocation }[]> {
  const locations = typeof paths === "string" ? [paths] : paths;
  if (!Array.isArray(locations) || locations.length === 0 || !locations.every((p) => typeof p === "string")) {
    throw invalidArgument("a path or an array of paths", "paths", paths);
  }
  const questions: { question: EvaluationQuestion; location: RecordLocation }[] = [];
  const ids = new Set<string>();
  for (const location of locations) {
    for (const file of await recordFiles(location)) {
      for (const record of await questionRecords(file)) {
        const question = readQuestion(record, questions.length);
        if (ids.has(question.id)) {
          throw recordInvalid(record.location, "an id that no earlier question has", "id", question.id);
        }
        ids.add(question.id);
        questions.push({ question, location: record.location });
      }
    }
  }
  return questions;
}

/** The records of one file; of plain text, one with a question per line. @throws what {@link readQuestions} throws */
export async function questionRecords(file: string): Promise<SourceRecord[]> {
  return (await isJson(file)) ? readRecords(file) : plainLines(file);
}

async function isJson(file: string): Promise<boolean> {
  if (/\.jsonl?$/i.test(file)) return true;
  const first = (await readLines(file)).find((line) => line.trim() !== "")?.trim();
  if (first === undefined) return true; // the JSON reader words the error for an empty file
  return first.startsWith("{") || first === "[" || first.startsWith("[{");
}

async function plainLines(file: string): Promise<SourceRecord[]> {
  const lines = (await readLines(file)).map((question, index) => ({
    location: { file, line: index + 1 },
    value: { question },
    json: "{}",
  }));
  return lines.filter(({ value }) => value.question.trim() !== "");
}

function readQuestion(record: SourceRecord, index: number): EvaluationQuestion {
  const fields = { ...objectOf(record), ...keepFloats(record) };
  const written = fields.question;
  if (typeof written !== "string" || written.trim() === "") {
    throw recordInvalid(record.location, "a non-empty string", "question", written);
  }
  const id = fields.id;
  if (id !== undefined && typeof id !== "string" && typeof id !== "number") {
    throw recordInvalid(record.location, "a text or a number", "id", id);
  }
  const question = fillSlots(record, written, fields.enhanced_v);
  const answer = "enhanced_result" in fields ? fields.enhanced_result : fields.answer;
  if (answer !== undefined && typeof answer !== "string" && typeof answer !== "number") {
    throw recordInvalid(record.location, "a number or a text", "answer", answer);
  }
  const tool = onlyTool(fields);
  const calls = solutionCalls(record);
  return {
    id: id === undefined ? String(index) : String(id),
    question,
    ...(answer === undefined ? {} : { answer }),
    ...(tool === undefined ? {} : { tool }),
    ...(calls === null ? {} : { goldCalls: calls }),
    ...(question === written ? {} : { template: written }),
  };
}

function fillSlots(record: SourceRecord, question: string, values: unknown): string {
  if (values === undefined) return question;
  if (!Array.isArray(values)) throw recordInvalid(record.location, "an array", "enhanced_v", values);
  return question.replaceAll(/\{v_(\d+)\}/g, (slot: string, place: string) => {
    const value = (values as unknown[])[Number(place) - 1];
    if (typeof value !== "string" && typeof value !== "number") {
      throw recordInvalid(record.location, `a value for the slot ${slot}`, "enhanced_v", values);
    }
    return String(value);
  });
}

function onlyTool(fields: Readonly<Record<string, unknown>>): string | undefined {
  const { tool, func, calculation } = fields;
  if (typeof tool === "string" && tool !== "") return bareToolName(tool);
  const calls = typeof func === "string" ? [func] : Array.isArray(calculation) ? calculation : [];
  const names = new Set<string>();
  for (const call of calls) {
    const name = typeof call === "string" ? /^\s*<([^<>\s]+)>\(/.exec(call)?.[1] : undefined;
    if (name !== undefined) names.add(name);
  }
  const [name] = names;
  return names.size === 1 ? name : undefined;
}
