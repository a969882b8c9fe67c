// A results page is made from folders of runs: whatever cells in them are finished.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { ToolkenError } from "../../../errors.js";
import { fileSystemError } from "../../../utils/file-error.js";
import { type CellMetrics, readCellMetrics } from "../cell-metrics.js";
import { cellTitle } from "../plan.js";
import { readJson } from "../run-folder.js";
import type { Versions } from "../versions.js";

export interface RunResults {
  readonly name: string;
  /** What the cells were begun with, each once. */
  readonly versions: readonly Versions[];
  readonly cells: readonly CellMetrics[];
  /** Cells of the experiment that are not finished. */
  readonly unfinished: number;
}

/** @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID` (no run, no finished cell, metrics of another format), `IO`. */
export async function readRunFolder(folder: string): Promise<RunResults> {
  const experiment = (await readJson(path.join(folder, "experiment.json"))) as
    { name?: string; cells?: { name: string }[] } | undefined;
  if (experiment?.name === undefined) {
    throw new ToolkenError(
      "FILE_INVALID",
      `Expected the folder of an experiment at ${folder} but it is none`,
      {
        hint: "`toolken lab experiment` writes such folders; they hold experiment.json and cells.",
      },
    );
  }
  const cellsFolder = path.join(folder, "cells");
  const names = await readdir(cellsFolder).catch((cause: unknown) => {
    throw fileSystemError("read", cellsFolder, cause);
  });
  const finished: CellMetrics[] = [];
  const versions = new Map<string, Versions>();
  for (const name of names.sort()) {
    const file = path.join(cellsFolder, name, "metrics.json");
    if ((await readJson(file)) === undefined) continue;
    finished.push(await readCellMetrics(file));
    const begun = (await readJson(path.join(cellsFolder, name, "cell.json"))) as
      { versions?: Versions } | undefined;
    if (begun?.versions !== undefined) versions.set(JSON.stringify(begun.versions), begun.versions);
  }
  if (finished.length === 0) {
    throw new ToolkenError("FILE_INVALID", `Expected a finished cell in ${folder} but there is none`, {
      hint: "Run the experiment again: it goes on where it was.",
    });
  }
  const done = new Set(finished.map(({ cell }) => cell));
  const planned = (experiment.cells ?? []).map(({ name }) => name);
  const unfinished = planned.filter((name) => !done.has(name)).length;
  const cells = withoutSuperseded(finished, new Set(planned));
  return { name: experiment.name, versions: [...versions.values()], cells, unfinished };
}

/** A cell of earlier settings gives way to the one that the experiment has in its place by now. */
function withoutSuperseded(cells: readonly CellMetrics[], planned: ReadonlySet<string>): CellMetrics[] {
  const place = (cell: CellMetrics): string => JSON.stringify([cell.model, cell.dataset, cellTitle(cell)]);
  const taken = new Set(cells.filter(({ cell }) => planned.has(cell)).map(place));
  return cells.filter((one) => planned.has(one.cell) || !taken.has(place(one)));
}
