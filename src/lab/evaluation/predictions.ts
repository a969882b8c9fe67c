// Stored predictions of published runs are scored without running them again.
import {
  objectOf,
  readRecords,
  recordInvalid,
  type SourceRecord,
  textField,
  textsField,
} from "../../examples/records.js";
import { keepFloats } from "../../examples/numbers.js";

/** One prediction line; published scripts name gold and prediction either `gold`, `pred` or `label`, `pred_val`. */
export interface StoredPrediction {
  readonly index: number;
  readonly question: string;
  /** null where the question has no gold answer */
  readonly gold: number | string | null;
  /** What the run took as its answer; null where it found none, which published scripts write as the number 0. */
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
  return (await readRecords(file)).map(storedPrediction);
}

/** @param place of the record in its file, from 0 @throws `RECORD_INVALID` */
export function storedPrediction(record: SourceRecord, place: number): StoredPrediction {
  const fields = { ...objectOf(record), ...keepFloats(record) };
  const gold = "gold" in fields ? fields.gold : fields.label;
  if (gold !== null && typeof gold !== "number" && typeof gold !== "string") {
    throw recordInvalid(record.location, "a number, a text or null", "gold", gold);
  }
  const prediction = fields.pred ?? fields.pred_val ?? null;
  if (prediction !== null && typeof prediction !== "number" && typeof prediction !== "string") {
    throw recordInvalid(record.location, "a number, a text or null", "pred", prediction);
  }
  const { index, generation, status } = fields;
  if (index !== undefined && !Number.isSafeInteger(index)) {
    throw recordInvalid(record.location, "an integer", "index", index);
  }
  if (typeof generation !== "string")
    throw recordInvalid(record.location, "a text", "generation", generation);
  return {
    index: index === undefined ? place : (index as number),
    question: textField(record, "question"),
    gold,
    prediction: fields.pred === 0 ? null : prediction,
    generation,
    calls: (fields.func_calls ?? null) === null ? [] : textsField(record, "func_calls"),
    status: typeof status === "string" ? status : "success",
  };
}
