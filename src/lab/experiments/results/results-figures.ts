// The pictures of a results page: performance against model size, a dumbbell per model, published ones among them.
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { fileSystemError } from "../../../utils/file-error.js";
import { plotKinds } from "../../plots/kinds/index.js";
import { specOfRows, writePictures } from "../../plots/plot.js";
import type { RunRecord } from "../../plots/runs.js";
import type { CellMetrics } from "../cell-metrics.js";
import { cellTitle } from "../plan.js";
import { slug } from "../slug.js";
import { publishedFor } from "../../published/published.js";
import type { RunResults } from "./read-runs.js";

/** A data set whose table has something to compare. */
export interface ResultsFigure {
  readonly dataset: string;
  /** Begin of the file names: NAME-light.svg, NAME-dark.svg. */
  readonly name: string;
  readonly rows: readonly RunRecord[];
}

/** Those of a page's data sets that show a difference: with nothing but zeros there is nothing to see. */
export function resultsFigures(runs: readonly RunResults[]): ResultsFigure[] {
  return byDataset(runs).flatMap(({ dataset, cells }) => {
    const rows = [...cells.map(recordOf), ...publishedRecords(cells)];
    const shown = cells[0]!.figure.name;
    const values = new Set(rows.map((row) => row[shown as "exactMatch"]));
    return values.size < 2 ? [] : [{ dataset, name: `results-${slug(dataset)}`, rows }];
  });
}

/** Finished cells by data set, each once, data sets by their names. */
export function byDataset(
  runs: readonly RunResults[],
): { readonly dataset: string; readonly cells: readonly CellMetrics[] }[] {
  const cells = [...new Map(runs.flatMap((run) => run.cells).map((cell) => [cell.digest, cell])).values()];
  const datasets = [...new Set(cells.map(({ dataset }) => dataset))].sort();
  return datasets.map((dataset) => ({ dataset, cells: cells.filter((cell) => cell.dataset === dataset) }));
}

/**
 * Draws the figures into a folder, in light and dark.
 *
 * @returns the files written
 * @throws ToolkenError `IO`, `FILE_NOT_FOUND`, `ABORTED`
 */
export async function writeResultsFigures(
  figures: readonly ResultsFigure[],
  folder: string,
  signal?: AbortSignal,
): Promise<string[]> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw fileSystemError("write", folder, cause);
  });
  const written: string[] = [];
  for (const { name, rows, dataset } of figures) {
    const out = path.join(folder, `${name}.svg`);
    const look = { theme: "both", background: "transparent", subtitle: dataset, signal } as const;
    written.push(
      ...(await writePictures(out, look, (one) => specOfRows(plotKinds.size, rows as never, one))),
    );
  }
  return written;
}

function recordOf(cell: CellMetrics): RunRecord {
  const { model, parameters, figure, figures, intervals } = cell;
  const shares = Object.fromEntries(figures.map(({ name, value }) => [name, value]));
  return { ...shares, model, parameters, method: cellTitle(cell), figure, intervals };
}

function publishedRecords(cells: readonly CellMetrics[]): RunRecord[] {
  return publishedFor(cells).map(({ model, parameters, method, exactMatch, note }) => ({
    model: `${model}, published`,
    parameters,
    method: note === undefined ? method : `${method}, ${note}`,
    exactMatch,
    figure: { name: "exactMatch" },
  }));
}
