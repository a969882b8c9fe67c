// What a finished cell says of itself, `metrics.json`: tables, plots and tracking read nothing else.
import { z } from "zod";
import { ToolkenError } from "../../errors.js";
import { invalidFile } from "../../utils/file-error.js";
import type { Interval } from "../evaluation/bootstrap.js";
import type { EvaluationSummary } from "../evaluation/evaluate.js";
import type { RunScore } from "../evaluation/score-run.js";
import type { TrainingReport } from "../../training/report.js";
import type { RerankReport } from "../../training/reranker/rerank-report.js";
import type { RelevantTraining } from "./plan.js";
import { readJson } from "./run-folder.js";
import type { Method } from "./spec.js";
import type { SelectionTraining } from "../../training/train-selection.js";

export const METRICS_FORMAT = "toolken.metrics";
export const METRICS_FORMAT_VERSION = 1;

/** A share of right questions (or steps) with its interval. */
export interface Figure {
  /** `exactMatch`, `accuracy`, `planMatch`, `toolMatch`, … */
  readonly name: string;
  /** 0…1 */
  readonly value: number;
  /** 95 %, bootstrapped over questions; null without questions. */
  readonly low: number | null;
  readonly high: number | null;
}

export interface CellMetrics {
  readonly format: typeof METRICS_FORMAT;
  readonly version: typeof METRICS_FORMAT_VERSION;
  readonly experiment: string;
  /** Name of the cell's folder. */
  readonly cell: string;
  /** Of all settings that answers depend on. */
  readonly digest: string;
  readonly method: Method;

  readonly model: string;
  readonly architecture: string;
  readonly quantization: string;
  readonly parameters: number;
  /** SHA-256 of the model's file. */
  readonly fingerprint: string;

  /** The entry of `data`. */
  readonly dataset: string;
  /** The published data set that it is of, if any, and its parts or the files that were asked. */
  readonly published: string | null;
  readonly parts: readonly string[];
  readonly questions: number;
  /** Tools that could be called (K). */
  readonly tools: number;

  /** Of Adam; absent for other methods. */
  readonly learningRate?: number;
  /** Settings of the training that count; null for methods without one. */
  readonly training: RelevantTraining | null;
  /** Those of them that the experiment varies. */
  readonly swept: RelevantTraining;
  /** The figure that tables and plots show first. */
  readonly figure: Figure;
  /** All shares of the score; each stands under its name as well, which is how plots read them. */
  readonly figures: readonly Figure[];
  /** Of `answers`: approximate and not exact. Not a difference of shares, since integers truncate. */
  readonly approximateOnly?: number;
  readonly intervals: Readonly<Record<string, Interval | null>>;
  readonly score: RunScore;
  readonly report: TrainingReport | null;
  readonly rerankReport: RerankReport | null;
  readonly selectionReport: SelectionTraining | null;
  readonly cost: Pick<EvaluationSummary, "calls" | "questionsWithCalls" | "tokens" | "decodedTokens">;
}

const head = z.looseObject({
  format: z.literal(METRICS_FORMAT),
  version: z.literal(METRICS_FORMAT_VERSION),
  experiment: z.string(),
  cell: z.string(),
  digest: z.string(),
  method: z.string(),
  model: z.string(),
  dataset: z.string(),
  questions: z.int(),
  figure: z.object({
    name: z.string(),
    value: z.number(),
    low: z.number().nullable(),
    high: z.number().nullable(),
  }),
});

/** Reads a cell's metrics. @throws `FILE_NOT_FOUND`, `FILE_INVALID`, `IO`. */
export async function readCellMetrics(file: string): Promise<CellMetrics> {
  const value = await readJson(file);
  if (value === undefined) {
    throw new ToolkenError("FILE_NOT_FOUND", `Expected metrics of a cell at ${file} but found none`, {
      hint: "A cell has them when it is finished: run the experiment again to finish it.",
    });
  }
  const result = head.safeParse(value);
  if (result.success) return value as CellMetrics;
  const [issue] = result.error.issues;
  throw invalidFile(file, "metrics of a cell", `${issue!.path.join(".")}: ${issue!.message}`);
}
