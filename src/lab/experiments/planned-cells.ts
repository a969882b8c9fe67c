// Every cell with all that its answers depend on: data read, prompts resolved, and a digest that names its folder.
import { digestOf } from "../../utils/digest.js";
import path from "node:path";
import { throwIfAborted } from "../../errors.js";
import { EMBEDDED_MODEL, embeddedOr, promptsOf } from "../../model/embedded.js";
import { fileFingerprint } from "../../model/fingerprint.js";
import { resolvePrompts } from "../../prompts/prompts.js";
import type { PlannedCell } from "./cell.js";
import { type ExperimentData, loadExperimentData } from "./experiment-data.js";
import { type Cell, cellTitle, defined, planCells, TRAINED } from "./plan.js";
import type { ReadExperiment } from "./read-spec.js";
import type { RunFolder } from "./run-folder.js";
import { slug } from "./slug.js";
import { ANSWER_DEFAULTS, RERANKER_DEFAULTS, SELECTION_DEFAULTS } from "./spec.js";

/** Most calls of an answer that is a plan, two of which are a step. */
const PLAN_CALLS = 100;

export interface PlanOptions {
  /** CPU threads of models that do not choose their own. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** @throws what reading data, prompts and model files throws; `ABORTED`. */
export async function plannedCells(
  { spec, directory }: ReadExperiment,
  folder: RunFolder,
  options: PlanOptions,
): Promise<PlannedCell[]> {
  const { signal } = options;
  const data = new Map<string, ExperimentData>();
  for (const one of spec.data) {
    const learns = {
      texts: spec.methods.some((method) => TRAINED.has(method)),
      requests: spec.methods.includes("selection"),
    };
    const places = { directory, ...learns, prepared: folder.file("data"), signal };
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
  const answer = {
    ...ANSWER_DEFAULTS,
    ...(loaded.plan === null ? {} : { maxCalls: PLAN_CALLS }),
    ...defined(spec.answer),
    ...defined(cell.data.answer ?? {}),
  };
  const { seed } = spec;
  const { method, training } = cell;
  const reranker = method === "reranker" ? { ...RERANKER_DEFAULTS, ...defined(spec.reranker) } : null;
  const selection = method === "selection" ? { ...SELECTION_DEFAULTS, ...defined(spec.selection) } : null;
  const { gpu, gpuLayers, chat } = model;
  // Without what no answer depends on: names, threads, the number of questions side by side.
  const counting = { ...answer, parallel: undefined };
  const digest = digestOf(
    { fingerprint, gpu, gpuLayers, chat },
    loaded.digest,
    // A method without a training keeps its answers when others with one come.
    TRAINED.has(method) ? loaded.trainingDigest : null,
    prompts,
    // A method's own settings count for that method alone.
    {
      ...{ method, training: training === null ? null : sorted(digested(training)), seed },
      reranker: reranker ?? undefined,
      plan: TRAINED.has(method) ? (loaded.plan ?? undefined) : undefined,
      selection:
        selection === null ? undefined : { ...digested(selection), requests: loaded.requests.digest },
    },
    answer.batchInvariant ? counting : answer,
  );
  const title = [model.name, cell.data.name, cellTitle(cell)].map(slug).join("--");
  const name = `${title}--${digest.slice(0, 8)}`;
  const settings = { answer, reranker, selection, seed };
  return { ...cell, experiment: spec.name, name, digest, loaded, prompts, ...settings };
}

/** Digests keep the first name of a setting, so that finished cells stay valid. */
function digested(settings: object): Record<string, unknown> {
  const entries = Object.entries(settings) as [string, unknown][];
  return Object.fromEntries(
    entries.map(([name, value]) => [name === "validationSplit" ? "heldOut" : name, value]),
  );
}

function sorted(settings: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(settings).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function withPath(cell: Cell, directory: string, threads: number | undefined): Cell {
  const { model } = cell;
  const file = model.path === EMBEDDED_MODEL ? model.path : path.resolve(directory, model.path);
  return { ...cell, model: { ...model, path: file, threads: model.threads ?? threads } };
}
