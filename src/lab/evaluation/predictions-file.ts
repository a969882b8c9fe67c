import { locationText, type RecordLocation } from "../../examples/example.js";
import type { EvaluationQuestion } from "../../examples/questions.js";
import { ToolkenError, expected } from "../../errors.js";
import { type IndexedLine, type JsonObject, ResumableFile } from "../../utils/resumable-file.js";
import type { PredictionRecord } from "./record.js";

export interface OpenPredictionsOptions {
  readonly questions: readonly EvaluationQuestion[];
  readonly settings: string;
  readonly resume: boolean;
}

/** @throws what {@link ResumableFile.openIndexed} throws. */
export function openPredictions(
  path: string,
  { questions, settings, resume }: OpenPredictionsOptions,
): Promise<ResumableFile<PredictionRecord>> {
  return ResumableFile.openIndexed(path, {
    content: "predictions",
    item: "question",
    items: questions.map(({ question }) => question),
    settings,
    resume,
    read: readPrediction,
  });
}

function readPrediction(value: JsonObject, location: RecordLocation): IndexedLine<PredictionRecord> {
  const record = value as unknown as PredictionRecord;
  const { index, question, generation, calls, settings } = record;
  if (
    !Number.isSafeInteger(index) ||
    typeof question !== "string" ||
    typeof generation !== "string" ||
    !Array.isArray(calls)
  ) {
    const problem = expected("a prediction", "the line", value);
    throw new ToolkenError("RECORD_INVALID", `${locationText(location)}: ${problem}`, {
      hint: "Only prediction files written by an evaluation of this library can be resumed.",
    });
  }
  return { index, text: question, settings, record };
}
