// One cell from its settings to its metrics; whatever of it is there already is kept.
import { mkdir } from "node:fs/promises";
import { scoreRun } from "../evaluation/score-run.js";
import { fileSystemError } from "../../utils/file-error.js";
import { answerCell } from "./answer-cell.js";
import type { CellContext, PlannedCell } from "./cell.js";
import { type CellMetrics, METRICS_FORMAT, METRICS_FORMAT_VERSION, readCellMetrics } from "./cell-metrics.js";
import { approximateOnly } from "./figures.js";
import { readJson, type RunFolder, writeJson } from "./run-folder.js";
import { selectCell } from "./select-cell.js";
import type { Versions } from "./versions.js";

/** The metrics of a cell that is finished; undefined for one that has still to be run. */
export async function finishedCell(folder: RunFolder, cell: PlannedCell): Promise<CellMetrics | undefined> {
  const file = folder.file("cells", cell.name, "metrics.json");
  if ((await readJson(file)) === undefined) return undefined;
  const stored = await readCellMetrics(file);
  if (stored.digest !== cell.digest) return undefined;
  const metrics = asNamed(stored, cell);
  if (JSON.stringify(metrics) !== JSON.stringify(stored)) await writeJson(file, metrics);
  return metrics;
}

/** Names and the choice of the first figure may have changed since: no answer depends on them. */
function asNamed(stored: CellMetrics, { experiment, name, model, swept, data }: PlannedCell): CellMetrics {
  const figures = stored.figures.toSorted(
    (a, b) => Number(b.name === data.figure) - Number(a.name === data.figure),
  );
  return {
    ...stored,
    experiment,
    cell: name,
    model: model.name,
    dataset: data.name,
    parts: data.eval,
    swept,
    figure: figures[0] ?? stored.figure,
    figures,
  };
}

/** Trains, answers, scores. @throws what these throw; what is in the folder stays. */
export async function runCell(cell: PlannedCell, around: CellContext): Promise<CellMetrics> {
  const { folder } = around;
  const place = (name: string): string => folder.file("cells", cell.name, name);
  await mkdir(place("."), { recursive: true }).catch((cause: unknown) => {
    throw fileSystemError("write", place("."), cause);
  });
  await begin(cell, place("cell.json"), around);
  const outcome =
    cell.method === "selection"
      ? await selectCell(cell, place, around)
      : await answerCell(cell, cell.method, place, around);
  const model = await around.model();
  const { architecture, quantization, parameters } = model.facts;
  const { run, figures } = outcome;
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
    questions: outcome.questions,
    tools: outcome.tools,
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
    report: outcome.report ?? null,
    rerankReport: outcome.rerankReport ?? null,
    selectionReport: outcome.selectionReport ?? null,
    cost: outcome.cost,
  };
  // Written last: a cell with metrics is finished.
  await writeJson(place("metrics.json"), metrics);
  return metrics;
}

/** Settings as they stand, and a word when an earlier session had other versions. */
async function begin(cell: PlannedCell, file: string, around: CellContext): Promise<void> {
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
  const { model, data, method, training, reranker, selection, answer: settings, seed } = cell;
  const { digest, prompts } = cell;
  const { versions } = around;
  await writeJson(file, {
    digest,
    seed,
    model: { name: model.name, file: model.path, gpu: model.gpu, chat: model.chat },
    data,
    method,
    training,
    reranker,
    selection,
    answer: settings,
    prompts,
    versions,
  });
}
