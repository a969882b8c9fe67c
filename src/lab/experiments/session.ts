// One process's work on an experiment: cell after cell, each model loaded once, progress and events on the way.
import { abortError, throwIfAborted } from "../../errors.js";
import { exactMatch } from "../../metrics/answer.js";
import { loadModel } from "../../model/load-model.js";
import type { Model } from "../../model/model.js";
import type { CellContext, PlannedCell } from "./cell.js";
import type { CellMetrics } from "./cell-metrics.js";
import { FeatureStore } from "./feature-store.js";
import { defined } from "./plan.js";
import { finishedCell, runCell } from "./run-cell.js";
import type { RunFolder } from "./run-folder.js";
import type { ModelSpec } from "./spec.js";
import { TimeLeft } from "./time-left.js";
import type { CellEnded, NewEvent } from "./tracking/events.js";
import type { Tracking } from "./tracking/tracking.js";
import type { Versions } from "./versions.js";
import type { ExperimentProgress } from "./run-options.js";
import type { ExperimentResult } from "./run-options.js";
import type { RunExperimentOptions } from "./run-options.js";

export class Session {
  readonly #cells: readonly PlannedCell[];
  readonly #folder: RunFolder;
  readonly #versions: Versions;
  readonly #tracking: Tracking;
  readonly #options: RunExperimentOptions;
  readonly #timeLeft = new TimeLeft();
  /** Questions that are not answered yet, by cell. */
  readonly #left: Map<PlannedCell, number>;
  #finished = 0;
  #model: { readonly place: string; readonly model: Model } | undefined;
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
      const metrics = await runCell(cell, this.#environment(cell, features));
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

  #environment(cell: PlannedCell, features: FeatureStore): CellContext {
    const { signal, onNote } = this.#options;
    const { loaded, training, model, prompts } = cell;
    const open = (): Promise<Model> => this.#openModel(cell.model);
    return {
      folder: this.#folder,
      versions: this.#versions,
      model: open,
      features: async () =>
        features.get({
          model: await open(),
          modelName: model.name,
          dataName: cell.data.name,
          training: loaded.training!,
          prompt: training?.prompt === false ? null : prompts.general,
          chat: model.chat,
          includeQuestion: training?.includeQuestion ?? false,
          threads: model.threads,
          signal,
          onProgress: ({ phase, done, total }) => {
            this.#progress(cell, phase, done, total);
          },
        }),
      signal,
      onTraining: ({ phase, done, total, loss }) => {
        this.#progress(cell, phase === "features" ? phase : "training", done, total);
        if (phase !== "solve" || loss === undefined) return;
        this.#log({ type: "training", cell: cell.name, digest: cell.digest, iteration: done, loss });
      },
      onAnswer: this.#answers(cell),
      onNote: (note) => onNote?.(note),
    };
  }

  /** Counts answers, and the time that they take. */
  #answers(cell: PlannedCell): CellContext["onAnswer"] {
    let last = performance.now();
    let right = 0;
    let judged = 0;
    return ({ done, total, record }) => {
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
    const { path, gpu, gpuLayers, threads } = spec;
    const place = JSON.stringify([path, gpu, gpuLayers, threads]);
    if (this.#model?.place === place) return this.#model.model;
    await this.#model?.model.dispose();
    this.#model = undefined;
    const model = await loadModel(path, {
      gpu,
      gpuLayers,
      ...defined({ threads, signal: this.#options.signal }),
    });
    this.#model = { place, model };
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
    ...Object.fromEntries(
      Object.entries(cell.selection ?? {}).map(([name, value]) => [`selection.${name}`, String(value)]),
    ),
    ...defined({ ...answer, stop: undefined, parallel: undefined }),
  };
}
