import type { CellMetrics } from "./cell-metrics.js";

export interface ExperimentProgress {
  /** The cell that is being run. */
  readonly cell: string;
  readonly finishedCells: number;
  readonly cells: number;
  readonly phase: "features" | "training" | "answers";
  /** Texts, iterations or questions. */
  readonly done: number;
  readonly total: number;
  /** Until all questions are answered; null before the first answer of this session. */
  readonly secondsLeft: number | null;
}

export interface ExperimentResult {
  readonly name: string;
  readonly folder: string;
  /** In order of the plan. */
  readonly cells: readonly CellMetrics[];
  /** Cells that an earlier session had finished. */
  readonly resumedCells: number;
}

export interface RunExperimentOptions {
  /** The run's folder. Default: `runs/<name>` in the working directory. */
  readonly out?: string | undefined;
  /** Values of `${name}` in the file; they win over its own. */
  readonly variables?: Readonly<Record<string, string>> | undefined;
  /** Base address of an MLflow server, instead of the file's. */
  readonly mlflow?: string | undefined;
  /** CPU threads of models that do not choose their own. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: ExperimentProgress) => void) | undefined;
  /** Told in words: a server that is not reached, a torn line that was dropped. */
  readonly onNote?: ((note: string) => void) | undefined;
}
