// Experiments: one file, one command, and folders that tables and plots read.
export {
  type CellMetrics,
  type Figure,
  METRICS_FORMAT,
  METRICS_FORMAT_VERSION,
  readCellMetrics,
} from "./cell-metrics.js";
export type { RelevantTraining } from "./plan.js";
export { readExperiment, type ReadExperiment } from "./read-spec.js";
export { runExperiment } from "./run-experiment.js";
export { readRunFolder, type RunResults } from "./results/read-runs.js";
export { resultsPage, type ResultsPageOptions } from "./results/results-page.js";
export { type ExperimentInput, type ExperimentSpec, METHODS, type Method } from "./spec.js";
export { formatCells } from "./table.js";
export type { ExperimentProgress } from "./run-options.js";
export type { ExperimentResult } from "./run-options.js";
export type { RunExperimentOptions } from "./run-options.js";
