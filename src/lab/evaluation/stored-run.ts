// A file of predictions counts as a run only when it is one: of one data set, each question once.
import { z } from "zod";
import { namedCalls, objectsField } from "../../examples/gold-calls.js";
import { storedPrediction, type StoredPrediction } from "./predictions.js";
import { objectOf, readRecords, recordInvalid, type SourceRecord } from "../../examples/records.js";
import { ToolkenError } from "../../errors.js";
import { type RecordLocation, locationText } from "../../examples/example.js";
import { approximateMatch, parseAnswer } from "../../metrics/answer.js";
import { parseCall } from "./call-text.js";
import type { GoldQuestion } from "./gold.js";
import { isPlan, parsePlan } from "./plan.js";
import { isRelation } from "./relations.js";
import { integerField, value } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";

/** What the gold answers of a run are: numbers and texts, plans (VirtualHome), or relations' facts (KAMEL). */
export type RunKind = "answers" | "plans" | "relations";

export interface RunPrediction extends StoredPrediction {
  readonly location: RecordLocation;
  /** Gold answers that are accepted; the first is `gold`. */
  readonly goldAnswers: readonly string[];
  /** null where the gold calls are not known */
  readonly goldCalls: readonly string[] | null;
  /** Tools that the model could choose from (K), where the record says it. */
  readonly toolCount: number | null;
  /** Why the run ended; null where the record does not say it. */
  readonly finishReason: string | null;
  /** Calls that the run went on without. */
  readonly failedCalls: readonly { readonly call: string; readonly code: string }[];
  /** Calls that a reranker has looked at: the head's tool, and what became of it, a tool or "REJ". */
  readonly reranks: readonly { readonly tentative: string; readonly decision: string }[];
}

export interface StoredRun {
  readonly file: string;
  readonly kind: RunKind;
  readonly predictions: readonly RunPrediction[];
  /** Questions of the gold that the run has no prediction for. */
  readonly missing: number;
  /** Predictions left out, because the reference does not have their questions (only with `partial`). */
  readonly leftOut: number;
}

export const readRunOptions = defineOptions({
  gold: value<readonly GoldQuestion[]>("questions", Array.isArray)
    .optional()
    .describe("The data set, from `readGold`")
    .meta({ defaultText: "what the predictions say themselves" }),
  partial: z
    .boolean()
    .default(false)
    .describe(
      "Leave out predictions whose question the reference does not have; otherwise they are an error",
    ),
  reparse: z
    .boolean()
    .default(false)
    .describe("Read answers from the generations again instead of taking the stored ones"),
  toolCount: integerField(1).optional().describe("K of a run that does not say it"),
});
export type ReadRunOptions = OptionsOf<typeof readRunOptions>;

/**
 * Reads a prediction file, under the published field names or this library's own, as one run.
 *
 * @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID` (empty), `RECORD_INVALID` with file and line (malformed, an
 * id twice, mixed data sets or settings, a question or an answer that the reference does not have), `INVALID_ARGUMENT`.
 */
export async function readRun(file: string, options: ReadRunOptions = {}): Promise<StoredRun> {
  const resolved = resolveOptions(readRunOptions, options, "readRun");
  return storedRun(file, await readRecords(file), resolved);
}

/** The same for records that are at hand. @param file their name in messages @throws as `readRun` */
export function storedRun(
  file: string,
  records: readonly SourceRecord[],
  options: ReadRunOptions = {},
): StoredRun {
  const read = records.map((record, place) => readPrediction(record, place, options));
  refuseMixed(records);
  // Before ids are compared: files put together have the same ids too, but that is not what is wrong with them.
  kindOf(read);
  refuseTwice(records, read);
  const { predictions, missing } =
    options.gold === undefined
      ? { predictions: read, missing: 0 }
      : join(file, read, options.gold, options.partial ?? false);
  const kind = kindOf(predictions);
  return { file, kind, predictions, missing, leftOut: read.length - predictions.length };
}

/** One key for the questions of two files: white space apart, and which occurrence it is. */
export function questionKeys(questions: readonly { readonly question: string }[]): string[] {
  const seen = new Map<string, number>();
  return questions.map(({ question }) => {
    const plain = question.replaceAll(/\s+/g, " ").trim();
    const occurrence = seen.get(plain) ?? 0;
    seen.set(plain, occurrence + 1);
    return `${plain}\n${occurrence}`;
  });
}

/** Whether two gold answers are the same number, the same plan, or the same text but for white space. */
export function isSameGold(a: number | string, b: number | string): boolean {
  if (isPlan(String(a)) && isPlan(String(b))) {
    // Some data sets write "Plan:" before a plan.
    return JSON.stringify(parsePlan(String(a))) === JSON.stringify(parsePlan(String(b)));
  }
  const plain = (value: number | string): string => String(value).replaceAll(/\s+/g, " ").trim();
  return plain(a) === plain(b) || (approximateMatch(a, b) && approximateMatch(b, a));
}

function readPrediction(record: SourceRecord, place: number, options: ReadRunOptions): RunPrediction {
  const stored = storedPrediction(record, place);
  const fields = objectOf(record);
  const hasAnswer = !options.reparse && ("pred" in fields || "pred_val" in fields);
  const { k } = fields;
  if (k !== undefined && (!Number.isSafeInteger(k) || (k as number) < 1)) {
    throw recordInvalid(record.location, "an integer from 1", "k", k);
  }
  return {
    ...stored,
    prediction: hasAnswer ? stored.prediction : parseAnswer(stored.generation),
    location: record.location,
    goldAnswers: stored.gold === null ? [] : [String(stored.gold)],
    goldCalls: namedCalls(record),
    toolCount: (k as number | undefined) ?? options.toolCount ?? null,
    finishReason: typeof fields.finish_reason === "string" ? fields.finish_reason : null,
    failedCalls: (objectsField(record, "failed_calls", ["toolName", "inputText", "code"]) ?? []).map(
      ({ toolName, inputText, code }) => ({ call: `<${toolName!}>(${inputText!})`, code: code! }),
    ),
    reranks: (objectsField(record, "reranks", ["tentative", "decision"]) ?? []).map(
      ({ tentative, decision }) => ({ tentative: tentative!, decision: decision! }),
    ),
  };
}

/** Fields that are the same in all lines of a run. */
const RUN_FIELDS = ["dataset_name", "dataset", "settings"] as const;

function refuseMixed(records: readonly SourceRecord[]): void {
  for (const name of RUN_FIELDS) {
    const [first] = records;
    const wanted = objectOf(first!)[name];
    for (const record of records) {
      const value = objectOf(record)[name];
      if (JSON.stringify(value) === JSON.stringify(wanted)) continue;
      const shown = wanted === undefined ? "none" : JSON.stringify(wanted);
      throw mixed(record.location, `${shown}, as in line ${first!.location.line},`, name, value);
    }
  }
}

function mixed(location: RecordLocation, what: string, name: string, value: unknown): ToolkenError {
  const { message } = recordInvalid(location, what, name, value);
  return new ToolkenError("RECORD_INVALID", message, {
    hint: "A file must hold one run over one data set: score different ones from files of their own.",
  });
}

function refuseTwice(records: readonly SourceRecord[], predictions: readonly RunPrediction[]): void {
  const lines = { id: new Map<string, number>(), index: new Map<string, number>() };
  for (const [i, record] of records.entries()) {
    const { id } = objectOf(record);
    const values = {
      id: id === undefined ? undefined : JSON.stringify(id),
      index: String(predictions[i]!.index),
    };
    for (const name of ["id", "index"] as const) {
      const value = values[name];
      if (value === undefined) continue;
      const earlier = lines[name].get(value);
      if (earlier !== undefined) {
        const what = `one that line ${earlier} does not have`;
        throw recordInvalid(record.location, what, name, name === "id" ? id : predictions[i]!.index);
      }
      lines[name].set(value, record.location.line);
    }
  }
}

function join(
  file: string,
  predictions: readonly RunPrediction[],
  gold: readonly GoldQuestion[],
  partial: boolean,
): { predictions: RunPrediction[]; missing: number } {
  const keys = questionKeys(gold);
  const byKey = new Map(gold.map((entry, i) => [keys[i]!, entry]));
  const joined: RunPrediction[] = [];
  for (const [i, key] of questionKeys(predictions).entries()) {
    const prediction = predictions[i]!;
    const entry = byKey.get(key);
    if (entry !== undefined) joined.push(withGold(prediction, entry));
    else if (!partial) {
      const { message } = recordInvalid(
        prediction.location,
        "a question of the data set",
        "question",
        prediction.question,
      );
      throw new ToolkenError("RECORD_INVALID", message, {
        hint: "The predictions are of another data set, or the data set is a part of it: the option partial (--partial) scores the questions of both.",
      });
    }
  }
  if (joined.length === 0) {
    throw new ToolkenError(
      "RECORD_INVALID",
      `${file}: Expected predictions of the data set's questions but none is`,
      {
        hint: "The predictions are of another data set.",
      },
    );
  }
  return { predictions: joined, missing: gold.length - joined.length };
}

function withGold(prediction: RunPrediction, gold: GoldQuestion): RunPrediction {
  if (prediction.gold !== null && gold.answer !== null && !isSameGold(prediction.gold, gold.answer)) {
    const what = `${JSON.stringify(gold.answer)}, as in ${locationText(gold.location)},`;
    throw recordInvalid(prediction.location, what, "the reference answer", prediction.gold);
  }
  const answers = gold.answers.length > 0 ? gold.answers : prediction.goldAnswers;
  return {
    ...prediction,
    gold: prediction.gold ?? gold.answer,
    goldAnswers: answers,
    goldCalls: gold.calls ?? prediction.goldCalls,
  };
}

function kindOf(predictions: readonly RunPrediction[]): RunKind {
  // Lines without a gold answer fit everywhere.
  const judged = predictions.filter(({ gold, goldCalls: calls }) => gold !== null || calls !== null);
  const first = judged[0];
  if (first === undefined) return "answers";
  const kind = kindOfOne(first);
  for (const prediction of judged) {
    if (kindOfOne(prediction) === kind) continue;
    const what = `a reference answer of the kind of line ${first.location.line} (${kind})`;
    throw mixed(prediction.location, what, "the record", prediction.gold);
  }
  return kind;
}

function kindOfOne({ gold, goldCalls: calls }: RunPrediction): RunKind {
  if (typeof gold === "string" && isPlan(gold)) return "plans";
  const [call] = calls ?? [];
  return calls?.length === 1 && isRelation(parseCall(call!)?.tool ?? "") ? "relations" : "answers";
}
