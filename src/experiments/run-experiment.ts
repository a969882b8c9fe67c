// A whole experiment: plan its cells, run those that are not finished, and tell what is going on.
import path from "node:path";
import { abortError, throwIfAborted } from "../errors.js";
import { exactMatch } from "../evaluation/answer.js";
import { settingsDigest } from "../evaluation/record.js";
import { embeddedOr, promptsOf } from "../model/embedded.js";
import { fileFingerprint } from "../model/fingerprint.js";
import { loadModel } from "../model/load-model.js";
import type { Model } from "../model/model.js";
import { nodeLlamaCpp } from "../model/peer.js";
import { EMBEDDED_MODEL } from "../model/embedded.js";
import { resolvePrompts } from "../prompts/prompts.js";
import type { CellMetrics } from "./cell-metrics.js";
import { type ExperimentData, loadExperimentData } from "./experiment-data.js";
import { FeatureStore } from "./feature-store.js";
import { type Cell, cellTitle, defined, planCells } from "./plan.js";
import { readExperiment, type ReadExperiment } from "./read-spec.js";
import { type CellSurroundings, finishedCell, type PlannedCell, runCell } from "./run-cell.js";
import { RunFolder, writeJson } from "./run-folder.js";
import { slug } from "./slug.js";
import { ANSWER_DEFAULTS, RERANKER_DEFAULTS, type ExperimentInput, type ModelSpec } from "./spec.js";
import { TimeLeft } from "./time-left.js";
import type { CellEnded, NewEvent } from "./tracking/events.js";
import { Tracking } from "./tracking/tracking.js";
import { type Versions, versions } from "./versions.js";

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

export interface ExperimentResult {
  readonly name: string;
  readonly folder: string;
  /** In order of the plan. */
  readonly cells: readonly CellMetrics[];
  /** Cells that an earlier session had finished. */
  readonly resumedCells: number;
}

/**
 * Runs an experiment: models × methods × data, trained methods with every combination of the sweep. Each cell has a
 * folder with its settings, versions, head, predictions and metrics. A run that was stopped at any moment goes on
 * where it was; the same settings give the same predictions.
 *
 * @param source a JSON or YAML file, or the same as a value
 * @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID`, `INVALID_ARGUMENT` (what does not fit, and where; a folder in
 * which another process works), `PACKAGE_MISSING` (a method's peer is not installed), `IO`, `ABORTED`, and what
 * loading, training and answering throw. What is finished stays in the folder.
 */
export async function runExperiment(
  source: string | ExperimentInput,
  options: RunExperimentOptions = {},
): Promise<ExperimentResult> {
  const read = await readExperiment(source, options);
  const { spec } = read;
  throwIfAborted(options.signal);
  if (spec.methods.includes("function-calling")) await nodeLlamaCpp("Function calling needs");
  const info = await versions();
  await using folder = await RunFolder.take(path.resolve(options.out ?? path.join("runs", spec.name)));
  const cells = await plan(read, folder, options);
  const overview = cells.map(({ name, digest }) => ({ name, digest }));
  await writeJson(folder.file("experiment.json"), { name: spec.name, spec, versions: info, cells: overview });
  await using tracking = await Tracking.open(folder, {
    mlflow: options.mlflow ?? spec.tracking.mlflow,
    experiment: spec.tracking.experiment ?? spec.name,
    onNote: (note) => options.onNote?.(note),
  });
  return await new Session(cells, folder, info, tracking, options).run(spec.name);
}

async function plan(
  { spec, directory }: ReadExperiment,
  folder: RunFolder,
  options: RunExperimentOptions,
): Promise<PlannedCell[]> {
  const { signal } = options;
  const data = new Map<string, ExperimentData>();
  for (const one of spec.data) {
    const places = { directory, prepared: folder.file("data"), signal };
    data.set(one.name, await loadExperimentData(one, places));
  }
  const fingerprints = new Map<string, string>();
  const planned: PlannedCell[] = [];
  for (const given of planCells(spec)) {
    throwIfAborted(signal);
    const cell = withPath(given, directory, options.threads);
    const { path: file } = cell.model;
    const fingerprint = fingerprints.get(file) ?? (await fileFingerprint(embeddedOr(file, "model"), signal));
    fingerprints.set(file, fingerprint);
    planned.push(await plannedCell(cell, data.get(cell.data.name)!, { fingerprint, spec, directory }));
  }
  return planned;
}

async function plannedCell(
  cell: Cell,
  loaded: ExperimentData,
  { fingerprint, spec, directory }: { fingerprint: string; spec: ReadExperiment["spec"]; directory: string },
): Promise<PlannedCell> {
  const { model } = cell;
  const given =
    model.prompts === undefined || model.prompts === EMBEDDED_MODEL
      ? model.prompts
      : path.resolve(directory, model.prompts);
  const own = promptsOf({ path: embeddedOr(model.path, "model") });
  const prompts = await resolvePrompts(given ?? loaded.prompts ?? own, loaded.tools);
  const answer = { ...ANSWER_DEFAULTS, ...defined(spec.answer), ...defined(cell.data.answer ?? {}) };
  const { seed } = spec;
  const { method, training } = cell;
  const reranker = method === "reranker" ? { ...RERANKER_DEFAULTS, ...defined(spec.reranker) } : null;
  const { gpu, gpuLayers, chat } = model;
  // Without what no answer depends on: names, threads, the number of questions side by side.
  const counting = { ...answer, parallel: undefined };
  const digest = settingsDigest(
    { fingerprint, gpu, gpuLayers, chat },
    loaded.digest,
    prompts,
    reranker === null ? { method, training, seed } : { method, training, seed, reranker },
    answer.batchInvariant ? counting : answer,
  );
  const title = [model.name, cell.data.name, cellTitle(cell)].map(slug).join("--");
  const name = `${title}--${digest.slice(0, 8)}`;
  return { ...cell, experiment: spec.name, name, digest, loaded, prompts, answer, reranker, seed };
}

function withPath(cell: Cell, directory: string, threads: number | undefined): Cell {
  const { model } = cell;
  const file = model.path === EMBEDDED_MODEL ? model.path : path.resolve(directory, model.path);
  return { ...cell, model: { ...model, path: file, threads: model.threads ?? threads } };
}

/** One process's work on an experiment. */
class Session {
  readonly #cells: readonly PlannedCell[];
  readonly #folder: RunFolder;
  readonly #versions: Versions;
  readonly #tracking: Tracking;
  readonly #options: RunExperimentOptions;
  readonly #timeLeft = new TimeLeft();
  /** Questions that are not answered yet, by cell. */
  readonly #left: Map<PlannedCell, number>;
  #finished = 0;
  #model: { readonly path: string; readonly model: Model } | undefined;
  #logFailure: unknown;

  constructor(
    cells: readonly PlannedCell[],
    folder: RunFolder,
    info: Versions,
    tracking: Tracking,
    options: RunExperimentOptions,
  ) {
    this.#cells = cells;
    this.#folder = folder;
    this.#versions = info;
    this.#tracking = tracking;
    this.#options = options;
    this.#left = new Map(cells.map((cell) => [cell, cell.loaded.questions.length]));
  }

  async run(name: string): Promise<ExperimentResult> {
    this.#log({ type: "experiment", name, cells: this.#cells.length, versions: this.#versions });
    const kept = new Map<PlannedCell, CellMetrics>();
    for (const cell of this.#cells) {
      const metrics = await finishedCell(this.#folder, cell);
      if (metrics === undefined) continue;
      kept.set(cell, metrics);
      this.#left.delete(cell);
    }
    const resumedCells = kept.size;
    this.#finished = resumedCells;
    const metrics: CellMetrics[] = [];
    await using features = new FeatureStore(this.#folder.file("features"));
    try {
      for (const cell of this.#cells) {
        throwIfAborted(this.#options.signal);
        metrics.push(kept.get(cell) ?? (await this.#runCell(cell, features)));
      }
    } catch (error) {
      this.#log({ type: "experiment-end", status: this.#endOfFailure() });
      throw error;
    } finally {
      await this.#model?.model.dispose();
    }
    this.#log({ type: "experiment-end", status: "finished" });
    return { name, folder: this.#folder.path, cells: metrics, resumedCells };
  }

  async #runCell(cell: PlannedCell, features: FeatureStore): Promise<CellMetrics> {
    const { name, digest } = cell;
    const of = { cell: name, digest };
    this.#log({ type: "cell", ...of, params: paramsOf(cell) });
    try {
      const metrics = await runCell(cell, this.#surroundings(cell, features));
      const shares = Object.fromEntries(metrics.figures.map((figure) => [figure.name, figure.value]));
      const step = cell.loaded.questions.length;
      this.#log({ type: "metrics", ...of, metrics: { ...shares, ...metrics.cost }, step });
      this.#log({ type: "cell-end", ...of, status: "finished" });
      // A full disk is told before the next cell begins.
      if (this.#logFailure !== undefined) throw this.#logFailure as Error;
      this.#left.delete(cell);
      this.#finished++;
      return metrics;
    } catch (error) {
      this.#log({ type: "cell-end", ...of, status: this.#endOfFailure() });
      const { signal } = this.#options;
      throw signal?.aborted === true ? abortError(signal) : error;
    }
  }

  #surroundings(cell: PlannedCell, features: FeatureStore): CellSurroundings {
    const { signal, onNote } = this.#options;
    const { loaded, training, model, prompts } = cell;
    const model_ = (): Promise<Model> => this.#openModel(cell.model);
    return {
      folder: this.#folder,
      versions: this.#versions,
      model: model_,
      features: async () =>
        features.get({
          model: await model_(),
          modelName: model.name,
          dataName: cell.data.name,
          training: loaded.training!,
          prompt: training?.prompt === false ? null : prompts.general,
          chat: model.chat,
          includeQuestion: training?.includeQuestion ?? false,
          threads: model.threads,
          signal,
          onProgress: (done, total) => {
            this.#progress(cell, "features", done, total);
          },
        }),
      signal,
      onTraining: ({ phase, done, total, loss }) => {
        this.#progress(cell, "training", done, total);
        if (phase !== "solve" || loss === undefined) return;
        this.#log({ type: "training", cell: cell.name, digest: cell.digest, iteration: done, loss });
      },
      onAnswer: this.#answers(cell),
      onNote: (note) => onNote?.(note),
    };
  }

  /** Counts answers, and the time that they take. */
  #answers(cell: PlannedCell): CellSurroundings["onAnswer"] {
    let last = performance.now();
    let right = 0;
    let judged = 0;
    return (done, total, record) => {
      const now = performance.now();
      if (record !== undefined) this.#timeLeft.add(cell.model.name, 1, (now - last) / 1000);
      last = now;
      this.#left.set(cell, total - done);
      this.#progress(cell, "answers", done, total);
      if (record === undefined || record.label === null) return;
      judged++;
      if (exactMatch(record.pred_val, record.label)) right++;
      if (judged % ANSWERS_PER_EVENT !== 0) return;
      const metrics = { exactMatchSoFar: right / judged };
      this.#log({ type: "metrics", cell: cell.name, digest: cell.digest, metrics, step: done });
    };
  }

  #progress(cell: PlannedCell, phase: ExperimentProgress["phase"], done: number, total: number): void {
    const left = new Map<string, number>();
    for (const [{ model }, questions] of this.#left) {
      left.set(model.name, (left.get(model.name) ?? 0) + questions);
    }
    this.#options.onProgress?.({
      cell: cell.name,
      finishedCells: this.#finished,
      cells: this.#cells.length,
      phase,
      done,
      total,
      secondsLeft: this.#timeLeft.estimate(left),
    });
  }

  async #openModel(spec: ModelSpec): Promise<Model> {
    if (this.#model?.path === spec.path) return this.#model.model;
    await this.#model?.model.dispose();
    this.#model = undefined;
    const { gpu, gpuLayers, threads } = spec;
    const model = await loadModel(spec.path, {
      gpu,
      gpuLayers,
      ...defined({ threads, signal: this.#options.signal }),
    });
    this.#model = { path: spec.path, model };
    return model;
  }

  #log(event: NewEvent): void {
    this.#tracking.log(event).catch((error: unknown) => {
      this.#logFailure ??= error;
    });
  }

  #endOfFailure(): CellEnded["status"] {
    return this.#options.signal?.aborted === true ? "stopped" : "failed";
  }
}

const ANSWERS_PER_EVENT = 10;

/** What a tracking server shows of a cell's settings. */
function paramsOf(cell: PlannedCell): Record<string, string | number | boolean> {
  const { model, data, method, training, seed, answer, loaded } = cell;
  return {
    model: model.name,
    data: data.name,
    method,
    seed,
    questions: loaded.questions.length,
    tools: loaded.tools.length,
    ...training,
    ...Object.fromEntries(
      Object.entries(cell.reranker ?? {}).map(([name, value]) => [`reranker.${name}`, value]),
    ),
    ...defined({ ...answer, stop: undefined }),
  };
}
