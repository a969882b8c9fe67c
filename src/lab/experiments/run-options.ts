import {
  callback,
  nonEmptyString,
  type Progress,
  signalField,
  threadsField,
  value,
} from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf } from "../../utils/options.js";
import { shardField } from "../../utils/shard.js";
import type { CellMetrics } from "./cell-metrics.js";

/** `done` counts texts, iterations or questions. */
export interface ExperimentProgress extends Progress<"features" | "training" | "answers"> {
  /** The cell that is being run. */
  readonly cell: string;
  readonly finishedCells: number;
  readonly cells: number;
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

export const runExperimentOptions = defineOptions({
  out: nonEmptyString()
    .optional()
    .describe("The run's folder")
    .meta({ defaultText: "`runs/<name>` in the working directory" }),
  variables: value<Readonly<Record<string, string>>>("an object", (given) => typeof given === "object")
    .default({})
    .describe("Values of `${name}` in the file; they replace its own"),
  shard: shardField.describe("Only these cells of the plan, for experiments on several machines"),
  mlflow: nonEmptyString()
    .optional()
    .describe("MLflow tracking URI; tracking errors never fail the run")
    .meta({ defaultText: "the file's" }),
  threads: threadsField.describe("CPU threads of models that do not choose their own"),
  signal: signalField,
  onProgress: callback<(progress: ExperimentProgress) => void>()
    .optional()
    .describe("Called while the experiment runs"),
  onNote: callback<(note: string) => void>()
    .optional()
    .describe("Human-readable warnings: a server that is not reached, a torn line that was dropped"),
});
export type RunExperimentOptions = OptionsOf<typeof runExperimentOptions>;
