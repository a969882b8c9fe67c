// A results page is made from folders of runs: whatever cells in them are finished.
import { readdir } from "node:fs/promises";
import path from "node:path";
import { ToolkenError } from "../../errors.js";
import { fileSystemError } from "../../files/file-error.js";
import { type CellMetrics, readCellMetrics } from "../cell-metrics.js";
import { readJson } from "../run-folder.js";
import type { Versions } from "../versions.js";

export interface RunResults {
  readonly name: string;
  readonly versions: Versions | undefined;
  readonly cells: readonly CellMetrics[];
  /** Cells of the experiment that are not finished. */
  readonly unfinished: number;
}

/** @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID` (no run, no finished cell, metrics of another format), `IO`. */
export async function readRunFolder(folder: string): Promise<RunResults> {
  const experiment = (await readJson(path.join(folder, "experiment.json"))) as
    { name?: string; versions?: Versions; cells?: { name: string }[] } | undefined;
  if (experiment?.name === undefined) {
    throw new ToolkenError(
      "FILE_INVALID",
      `Expected the folder of an experiment at ${folder} but it is none`,
      {
        hint: "`toolken experiment` writes such folders; they hold experiment.json and cells.",
      },
    );
  }
  const cellsFolder = path.join(folder, "cells");
  const names = await readdir(cellsFolder).catch((cause: unknown) => {
    throw fileSystemError("read", cellsFolder, cause);
  });
  const cells: CellMetrics[] = [];
  for (const name of names.sort()) {
    const file = path.join(cellsFolder, name, "metrics.json");
    if ((await readJson(file)) !== undefined) cells.push(await readCellMetrics(file));
  }
  if (cells.length === 0) {
    throw new ToolkenError("FILE_INVALID", `Expected a finished cell in ${folder} but there is none`, {
      hint: "Run the experiment again: it goes on where it was.",
    });
  }
  const done = new Set(cells.map(({ cell }) => cell));
  const unfinished = (experiment.cells ?? []).filter(({ name }) => !done.has(name)).length;
  return { name: experiment.name, versions: experiment.versions, cells, unfinished };
}
