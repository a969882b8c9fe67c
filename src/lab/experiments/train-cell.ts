// The training of one cell: from the shared features to a head of its own, once.
import { exists } from "../../utils/exists.js";
import { splitExamples } from "../../examples/split.js";
import { ToolkenError } from "../../errors.js";
import { ToolHead } from "../../head/tool-head.js";
import type { TrainingExample } from "../../examples/example.js";
import type { FeatureSource } from "../../training/steps.js";
import type { TrainingProgress } from "../../training/options.js";
import type { TrainingReport } from "../../training/report.js";
import { trainHeadOnFeatures } from "../../training/train-on-features.js";
import type { RelevantTraining } from "./plan.js";
import { readJson, writeJson } from "./run-folder.js";
import { TRAINING_DEFAULTS, type TrainingSettings } from "./spec.js";

export interface TrainedCell {
  readonly head: ToolHead;
  readonly report: TrainingReport;
}

/** Where a cell keeps its head, and the report beside it (which `toolken lab plot training-curve` reads). */
export interface CellFiles {
  readonly head: string;
  readonly training: string;
}

export interface CellTraining {
  readonly files: CellFiles;
  readonly settings: RelevantTraining;
  readonly tools: readonly string[];
  readonly examples: readonly TrainingExample[];
  readonly seed: number;
  readonly threads: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (event: TrainingProgress) => void;
  /** Called when the cell has no head yet. */
  readonly features: () => Promise<FeatureSource>;
}

/** The cell's head: read where an earlier run has finished it, trained otherwise. */
export async function trainCell(training: CellTraining): Promise<TrainedCell> {
  const { files } = training;
  const report = (await readJson(files.training)) as TrainingReport | undefined;
  // The head is written last: where it is, the training was finished.
  if (report !== undefined && (await exists(files.head))) {
    return { head: await ToolHead.load(files.head), report };
  }
  const trained = await solve(training);
  await writeJson(files.training, trained.report);
  await trained.head.save(files.head);
  return trained;
}

/** The solver's options under the names that an experiment file gives them. */
export function solverOptions({
  solver,
  lr,
  l2,
  maxIterations,
  epochs,
  batchSize,
  weightDecay,
}: TrainingSettings) {
  return { method: solver, learningRate: lr, l2, maxIterations, epochs, batchSize, weightDecay };
}

async function solve(training: CellTraining): Promise<TrainedCell> {
  const settings = { ...TRAINING_DEFAULTS, ...training.settings };
  const head = await trainHeadOnFeatures(await training.features(), {
    tools: training.tools,
    validationSplit: settings.validationSplit,
    advanced: { ...solverOptions(settings), onlyToolSteps: settings.onlyToolSteps },
    calibrate: settings.bias === "calibrated",
    texts: textsOf(training.examples, settings.examples, training.seed),
    seed: training.seed,
    threads: training.threads,
    signal: training.signal,
    onProgress: training.onProgress,
  });
  const { bias } = settings;
  const biased = bias === "calibrated" ? head : head.withBias(head.tools.map(() => bias));
  return { head: biased, report: head.training };
}

/** The given number of texts by their index, stratified by tool; undefined for all. */
export function textsOf(
  examples: readonly TrainingExample[],
  wanted: number | "all",
  seed: number,
): ReadonlySet<number> | undefined {
  if (wanted === "all" || wanted === examples.length) return undefined;
  if (wanted > examples.length) {
    throw new ToolkenError(
      "INVALID_ARGUMENT",
      `Expected at most ${examples.length} examples, as the data has, but received ${wanted}`,
    );
  }
  const { train } = splitExamples(examples, { validationSplit: 1 - wanted / examples.length, seed });
  const chosen = new Set(train);
  return new Set([...examples.keys()].filter((index) => chosen.has(examples[index]!)));
}
