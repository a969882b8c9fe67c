// A run's predictions can be held against the data set itself: its gold answers, and the calls that lead there.
import { objectsField, solutionCalls } from "../../examples/gold-calls.js";
import { questionRecords, readQuestions } from "../../examples/questions.js";
import {
  objectOf,
  recordFiles,
  recordInvalid,
  type SourceRecord,
  textField,
} from "../../examples/records.js";
import type { RecordLocation } from "../../examples/example.js";

export interface GoldQuestion {
  readonly question: string;
  /** null where the data set names no answer */
  readonly answer: number | string | null;
  /** Other texts that are right too, as KAMEL has them; `answer` is the first. */
  readonly answers: readonly string[];
  /** Calls that the solution makes, `<add>(1, 2)=3` or bare names; null where they are not known. */
  readonly calls: readonly string[] | null;
  readonly location: RecordLocation;
}

const PLAN = /(?:^|\n)(?=Plan:)/;

/**
 * Reads a data set as gold for stored predictions: what `readQuestions` reads (gold calls from `calls`, as prepared
 * questions have them, `gold_calls`, `calculation`, `func` or `tool`; plans from `plan`), KAMEL's lines (`result`),
 * and VirtualHome's texts (question and plan in one). Of plain text there is no gold but the questions.
 *
 * @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID` (empty), `RECORD_INVALID` with file and line.
 */
export async function readGold(paths: string | readonly string[]): Promise<GoldQuestion[]> {
  const gold: GoldQuestion[] = [];
  const locations = typeof paths === "string" ? [paths] : paths;
  const files = await Promise.all(locations.map((location) => recordFiles(location)));
  for (const file of files.flat()) {
    const records = await questionRecords(file);
    const [first] = records;
    if (typeof objectOf(first!).question !== "string" && "text" in objectOf(first!)) {
      gold.push(...records.map(readPlan));
      continue;
    }
    const questions = await readQuestions(file);
    for (const [i, record] of records.entries()) {
      const { question, answer = null } = questions[i]!;
      const plan = preparedPlan(record);
      const answers = plan !== null ? [plan] : answer === null ? readResults(record) : [String(answer)];
      gold.push({
        question,
        answer: plan ?? answer ?? answers[0] ?? null,
        answers,
        calls: solutionCalls(record),
        location: record.location,
      });
    }
  }
  return gold;
}

function readPlan(record: SourceRecord): GoldQuestion {
  const text = textField(record, "text");
  const [question = "", plan, more] = text.split(PLAN);
  if (plan === undefined || more !== undefined) {
    throw recordInvalid(record.location, "a text with one plan after Plan:", "text", text);
  }
  return { question, answer: plan, answers: [plan], calls: null, location: record.location };
}

function readResults(record: SourceRecord): string[] {
  const { result } = objectOf(record);
  if (result === undefined || result === null) return [];
  const results: unknown[] = Array.isArray(result) ? result : [result];
  return results.map((entry) => {
    if (typeof entry === "string" || typeof entry === "number") return String(entry);
    throw recordInvalid(record.location, "a text, a number, or an array of them", "result", result);
  });
}

/** The plan of a prepared question, `{ action, object }` step by step, as VirtualHome writes it. */
function preparedPlan(record: SourceRecord): string | null {
  const steps = objectsField(record, "plan", ["action", "object"]);
  if (steps === null) return null;
  return [...steps.map(({ action, object }) => `[${action!}] <${object!}>`), "[END]"].join("\n");
}
