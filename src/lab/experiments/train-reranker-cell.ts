// The second phase of a cell: rows are mined by heads that did not see them, and a reranker learns from them, once.
import { exists } from "../../utils/exists.js";
import type { ToolHead } from "../../head/tool-head.js";
import type { Model } from "../../model/model.js";
import type { Prompts } from "../../prompts/prompts.js";
import { Reranker } from "../../reranker/reranker.js";
import { mineRows } from "../mining/mine.js";
import type { TrainingProgress } from "../../training/options.js";
import type { RerankReport } from "../../training/reranker/rerank-report.js";
import { trainReranker } from "../../training/reranker/train-reranker.js";
import type { TrainingSource } from "./experiment-data.js";
import type { RelevantTraining } from "./plan.js";
import { readJson, writeJson } from "./run-folder.js";
import { type RerankerSettings, TRAINING_DEFAULTS } from "./spec.js";
import { solverOptions, textsOf } from "./train-cell.js";

export interface TrainedRerankerCell {
  readonly reranker: Reranker;
  readonly report: RerankReport;
}

export interface RerankerTraining {
  readonly model: Model;
  readonly head: ToolHead;
  readonly files: {
    readonly mined: string;
    /** Folder of the heads that mined: with them the reranker is judged. */
    readonly foldHeads: string;
    /** Folder of the features that rows are mined from. */
    readonly features: string;
    /** Hidden states of the reranker's prompts: a stopped pass goes on. */
    readonly states: string;
    readonly reranker: string;
    readonly report: string;
  };
  readonly settings: RerankerSettings;
  /** Of the head, which the heads that mine share. */
  readonly training: RelevantTraining;
  readonly source: TrainingSource;
  readonly prompts: Prompts;
  readonly chat: boolean;
  readonly seed: number;
  readonly threads: number | undefined;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (event: TrainingProgress) => void;
}

/** The cell's reranker: read where an earlier run has finished it, mined and trained otherwise. */
export async function trainRerankerCell(cell: RerankerTraining): Promise<TrainedRerankerCell> {
  const { model, head, files, settings, source, seed, threads, signal } = cell;
  const report = (await readJson(files.report)) as RerankReport | undefined;
  // The reranker is written last: where it is, its training was finished.
  if (report !== undefined && (await exists(files.reranker))) {
    return { reranker: await Reranker.load(files.reranker), report };
  }
  if (!(await exists(files.mined))) await mine(cell);
  const reranker = await trainReranker(model, {
    rows: files.mined,
    tools: source.tools,
    head,
    foldHeads: (await exists(files.foldHeads)) ? files.foldHeads : undefined,
    topK: Math.min(settings.topK, source.tools.length),
    seed,
    features: files.states,
    advanced: { outside: settings.outside, classWeights: settings.classWeights, l2: settings.l2 },
    threads,
    signal,
    onProgress: cell.onProgress,
  });
  await writeJson(files.report, reranker.metadata);
  await reranker.save(files.reranker);
  return { reranker, report: reranker.metadata };
}

async function mine(cell: RerankerTraining): Promise<void> {
  const { model, files, settings, source, prompts, chat, seed, threads, signal } = cell;
  const training = { ...TRAINING_DEFAULTS, ...cell.training };
  const texts = textsOf(source.examples, training.examples, seed);
  await mineRows(model, {
    examples: source.examples.filter((_, index) => texts?.has(index) ?? true),
    tools: source.tools,
    prompts,
    ...(training.prompt ? {} : { prompt: null }),
    chat,
    folds: settings.folds,
    advanced: solverOptions(training),
    calibrate: training.bias === "calibrated",
    bias: settings.miningBias + (training.bias === "calibrated" ? 0 : training.bias),
    topTools: Math.min(settings.topK, source.tools.length),
    easy: settings.easy,
    seed,
    out: files.mined,
    heads: files.foldHeads,
    features: files.features,
    threads,
    signal,
    onProgress: ({ phase, done, total }) => {
      cell.onProgress({ phase: phase === "rows" ? "evaluation" : phase, done, total });
    },
  });
}
