// Stored predictions of published runs are scored without running them again.
import { objectOf, readRecords, recordInvalid, type SourceRecord, textField } from "./records.js";
import { keepFloats } from "./numbers.js";

/** One prediction line; published scripts name gold and prediction either `gold`, `pred` or `label`, `pred_val`. */
export interface StoredPrediction {
  readonly index: number;
  readonly question: string;
  readonly gold: number | string;
  /** What the run took as its answer; null where it found none. */
  readonly prediction: number | string | null;
  readonly generation: string;
  /** Calls as the run wrote them: `<power>(0.89,8) = 0.39`. */
  readonly calls: readonly string[];
  readonly status: string;
}

/**
 * Reads a prediction file (JSON Lines or one JSON array).
 *
 * @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID`, `RECORD_INVALID` with file and line.
 */
export async function readPredictions(file: string): Promise<StoredPrediction[]> {
  return (await readRecords(file)).map(readPrediction);
}

function readPrediction(record: SourceRecord, place: number): StoredPrediction {
  const fields = { ...objectOf(record), ...keepFloats(record) };
  const gold = fields.gold ?? fields.label;
  if (typeof gold !== "number" && typeof gold !== "string") {
    throw recordInvalid(record.location, "a number or a text", "gold", gold);
  }
  const prediction = fields.pred ?? fields.pred_val ?? null;
  if (prediction !== null && typeof prediction !== "number" && typeof prediction !== "string") {
    throw recordInvalid(record.location, "a number, a text or null", "pred", prediction);
  }
  const { index, generation, func_calls: calls, status } = fields;
  if (index !== undefined && !Number.isSafeInteger(index)) {
    throw recordInvalid(record.location, "an integer", "index", index);
  }
  if (typeof generation !== "string")
    throw recordInvalid(record.location, "a text", "generation", generation);
  return {
    index: index === undefined ? place : (index as number),
    question: textField(record, "question"),
    gold,
    prediction,
    generation,
    calls: Array.isArray(calls) ? calls.map(String) : [],
    status: typeof status === "string" ? status : "success",
  };
}
