// What the parts of an experiment know of a cell: all that its answers depend on, and what a method makes of it.
import type { EvaluationProgress } from "../evaluation/evaluate.js";
import type { StoredRun } from "../evaluation/stored-run.js";
import type { Model } from "../../model/model.js";
import type { Prompts } from "../../prompts/prompts.js";
import type { TrainingReport } from "../../training/report.js";
import type { RerankReport } from "../../training/reranker/rerank-report.js";
import type { SelectionTraining } from "../../training/train-selection.js";
import type { CellMetrics, Figure } from "./cell-metrics.js";
import type { ExperimentData } from "./experiment-data.js";
import type { Cell } from "./plan.js";
import type { RunFolder } from "./run-folder.js";
import type { AnswerSettings, RerankerSettings, SelectionSettings } from "./spec.js";
import type { CellTraining } from "./train-cell.js";
import type { Versions } from "./versions.js";

/** A cell with all that its answers depend on. */
export interface PlannedCell extends Cell {
  readonly experiment: string;
  /** Name of its folder. */
  readonly name: string;
  readonly digest: string;
  readonly loaded: ExperimentData;
  readonly prompts: Prompts;
  readonly answer: AnswerSettings;
  /** null for methods without one. */
  readonly reranker: RerankerSettings | null;
  /** null for methods without one. */
  readonly selection: SelectionSettings | null;
  readonly seed: number;
}

/** Of answers, or of requests that have no answer. */
type AnswerProgress = Omit<EvaluationProgress, "phase">;

export interface CellContext {
  readonly folder: RunFolder;
  readonly versions: Versions;
  readonly model: () => Promise<Model>;
  readonly features: CellTraining["features"];
  readonly signal: AbortSignal | undefined;
  readonly onTraining: CellTraining["onProgress"];
  readonly onAnswer: (event: AnswerProgress) => void;
  readonly onNote: (note: string) => void;
}

/** What a method has made of the questions. */
export interface CellOutcome {
  readonly run: StoredRun;
  readonly figures: readonly Figure[];
  readonly questions: number;
  readonly tools: number;
  readonly report?: TrainingReport | undefined;
  readonly rerankReport?: RerankReport | undefined;
  readonly selectionReport?: SelectionTraining | undefined;
  readonly cost: CellMetrics["cost"];
}

/** The path of a file in the cell's folder. */
export type Place = (name: string) => string;
