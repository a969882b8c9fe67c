// One cell from its settings to its metrics; whatever of it is there already is kept.
import { mkdir } from "node:fs/promises";
import { writeFileAtomically } from "../files/atomic.js";
import { fileSystemError } from "../files/file-error.js";
import { readTextFile } from "../files/open-file.js";
import { evaluate, type EvaluationSummary } from "../evaluation/evaluate.js";
import type { PredictionRecord } from "../evaluation/record.js";
import { scoreRun } from "../evaluation/score-run.js";
import { readRun } from "../evaluation/stored-run.js";
import type { RunOptions, ToolChoice } from "../generation/options.js";
import type { Model } from "../model/model.js";
import type { Prompts } from "../prompts/prompts.js";
import { type CellMetrics, METRICS_FORMAT, METRICS_FORMAT_VERSION, readCellMetrics } from "./cell-metrics.js";
import type { ExperimentData } from "./experiment-data.js";
import { approximateOnly, figuresOf } from "./figures.js";
import { type MethodSetup, openMethod } from "./methods/open-method.js";
import type { Cell } from "./plan.js";
import { readJson, type RunFolder, writeJson } from "./run-folder.js";
import type { AnswerSettings, RerankerSettings } from "./spec.js";
import { trainRerankerCell, type TrainedRerankerCell } from "./train-reranker-cell.js";
import { type CellTraining, trainCell, type TrainedCell } from "./train-cell.js";
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
  readonly seed: number;
}

export interface CellSurroundings {
  readonly folder: RunFolder;
  readonly versions: Versions;
  readonly model: () => Promise<Model>;
  readonly features: CellTraining["features"];
  readonly signal: AbortSignal | undefined;
  readonly onTraining: CellTraining["onProgress"];
  readonly onAnswer: (done: number, total: number, record?: PredictionRecord) => void;
  readonly onNote: (note: string) => void;
}

/** The metrics of a cell that is finished; undefined for one that has still to be run. */
export async function finishedCell(folder: RunFolder, cell: PlannedCell): Promise<CellMetrics | undefined> {
  const file = folder.file("cells", cell.name, "metrics.json");
  if ((await readJson(file)) === undefined) return undefined;
  const metrics = await readCellMetrics(file);
  return metrics.digest === cell.digest ? metrics : undefined;
}

/** Trains, answers, scores. @throws what these throw; what is in the folder stays. */
export async function runCell(cell: PlannedCell, around: CellSurroundings): Promise<CellMetrics> {
  const { folder } = around;
  const place = (name: string): string => folder.file("cells", cell.name, name);
  await mkdir(place("."), { recursive: true }).catch((cause: unknown) => {
    throw fileSystemError("write", place("."), cause);
  });
  await begin(cell, place("cell.json"), around);
  const trained = await train(cell, place, around);
  const model = await around.model();
  const reranked = await rerank(cell, model, trained, place, around);
  const summary = await answer(
    cell,
    model,
    { head: trained?.head, reranker: reranked?.reranker },
    place("predictions.jsonl"),
    around,
  );
  await sortPredictions(place("predictions.jsonl"));
  const { gold } = cell.loaded;
  const run = await readRun(place("predictions.jsonl"), { gold, toolCount: cell.loaded.tools.length });
  const figures = figuresOf(run, cell.data.figure);
  const { architecture, quantization, parameters } = model.facts;
  const { calls, questionsWithCalls, tokens, decodedTokens } = summary;
  const metrics: CellMetrics = {
    format: METRICS_FORMAT,
    version: METRICS_FORMAT_VERSION,
    experiment: cell.experiment,
    cell: cell.name,
    digest: cell.digest,
    method: cell.method,
    model: cell.model.name,
    architecture,
    quantization,
    parameters,
    fingerprint: await model.fingerprint(),
    dataset: cell.data.name,
    published: cell.loaded.dataSet,
    parts: cell.data.eval,
    questions: cell.loaded.questions.length,
    tools: cell.loaded.tools.length,
    ...(cell.training?.lr === undefined ? {} : { learningRate: cell.training.lr }),
    training: cell.training,
    swept: cell.swept,
    figure: figures[0] ?? { name: "none", value: 0, low: null, high: null },
    figures,
    ...Object.fromEntries(figures.map(({ name, value }) => [name, value])),
    ...approximateOnly(run),
    intervals: Object.fromEntries(
      figures.map(({ name, low, high }) => [name, low === null || high === null ? null : { low, high }]),
    ),
    score: { ...scoreRun(run), file: "predictions.jsonl" },
    report: trained?.report ?? null,
    rerankReport: reranked?.report ?? null,
    cost: { calls, questionsWithCalls, tokens, decodedTokens },
  };
  // Written last: a cell with metrics is finished.
  await writeJson(place("metrics.json"), metrics);
  return metrics;
}

/** In order of the questions, as scoring counts those that are asked twice; whole or not at all. */
async function sortPredictions(file: string): Promise<void> {
  const lines = (await readTextFile(file)).split("\n").filter((line) => line !== "");
  const index = (line: string): number => (JSON.parse(line) as PredictionRecord).index;
  const sorted = lines.toSorted((a, b) => index(a) - index(b));
  if (sorted.every((line, i) => line === lines[i])) return;
  await writeFileAtomically(file, sorted.map((line) => `${line}\n`).join(""));
}

/** Settings as they stand, and a word when an earlier session had other versions. */
async function begin(cell: PlannedCell, file: string, around: CellSurroundings): Promise<void> {
  const earlier = (await readJson(file)) as { digest?: string; versions?: Versions } | undefined;
  if (earlier?.digest === cell.digest) {
    const differing = (["toolken", "node", "llama"] as const).filter(
      (name) => earlier.versions?.[name] !== around.versions[name],
    );
    if (differing.length > 0) {
      const words = differing.map((name) => `${name} ${earlier.versions?.[name] ?? "unknown"}`).join(", ");
      around.onNote(`${cell.name} was begun with ${words}: its rows may differ in rounding.`);
    }
    return;
  }
  const { model, data, method, training, reranker, answer: settings, seed, digest, prompts } = cell;
  const { versions } = around;
  await writeJson(file, {
    digest,
    seed,
    model: { name: model.name, file: model.path, gpu: model.gpu, chat: model.chat },
    data,
    method,
    training,
    reranker,
    answer: settings,
    prompts,
    versions,
  });
}

async function train(
  cell: PlannedCell,
  place: (name: string) => string,
  around: CellSurroundings,
): Promise<TrainedCell | undefined> {
  const { training, loaded, model, seed } = cell;
  if (training === null || loaded.training === null) return undefined;
  const { examples, tools } = loaded.training;
  return trainCell({
    files: { head: place("head.safetensors"), training: place("training.json") },
    settings: training,
    tools: tools.map(({ name }) => name),
    examples,
    seed,
    threads: model.threads,
    signal: around.signal,
    onProgress: around.onTraining,
    features: around.features,
  });
}

async function rerank(
  cell: PlannedCell,
  model: Model,
  trained: TrainedCell | undefined,
  place: (name: string) => string,
  around: CellSurroundings,
): Promise<TrainedRerankerCell | undefined> {
  const { reranker: settings, training, loaded, prompts, seed } = cell;
  if (settings === null || training === null || trained === undefined) return undefined;
  return trainRerankerCell({
    model,
    head: trained.head,
    files: {
      mined: place("mined.jsonl"),
      states: place("states.safetensors"),
      reranker: place("reranker.safetensors"),
      report: place("reranker.json"),
    },
    settings,
    training,
    source: loaded.training!,
    prompts,
    chat: cell.model.chat,
    seed,
    threads: cell.model.threads,
    signal: around.signal,
    onProgress: around.onTraining,
  });
}

async function answer(
  cell: PlannedCell,
  model: Model,
  trained: Pick<MethodSetup, "head" | "reranker">,
  out: string,
  around: CellSurroundings,
): Promise<EvaluationSummary> {
  const { loaded, prompts, digest } = cell;
  await using method = await openMethod(cell.method, {
    model,
    tools: loaded.tools,
    prompts,
    chat: cell.model.chat,
    answer: cell.answer,
    ...trained,
  });
  return await evaluate(method, loaded.questions, {
    ...runOptions(cell),
    out,
    settings: { cell: digest },
    signal: around.signal,
    onNote: around.onNote,
    onProgress: around.onAnswer,
  });
}

function runOptions({ method, answer: settings, seed }: PlannedCell): RunOptions {
  const { maxTokens, maxCalls, temperature, topK, topP, minP, repeatPenalty, stop } = settings;
  const options = { maxTokens, maxCalls, temperature, topK, topP, minP, repeatPenalty, seed, stop };
  return method === "head" || method === "reranker"
    ? { ...options, toolChoice: readToolChoice(settings.toolChoice) }
    : options;
}

function readToolChoice(choice: string): ToolChoice {
  return choice === "auto" || choice === "none" || choice === "required" ? choice : { tool: choice };
}
