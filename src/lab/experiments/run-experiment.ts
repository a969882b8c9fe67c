// A whole experiment: read its file, plan its cells, run those that are not finished.
import path from "node:path";
import { throwIfAborted } from "../../errors.js";
import { nodeLlamaCpp } from "../../model/peer.js";
import { plannedCells } from "./planned-cells.js";
import { readExperiment } from "./read-spec.js";
import { renameCells } from "./renamed-cells.js";
import { RunFolder, writeJson } from "./run-folder.js";
import { type ExperimentResult, runExperimentOptions, type RunExperimentOptions } from "./run-options.js";
import { resolveOptions } from "../../utils/options.js";
import { inShard } from "../../utils/shard.js";
import { Session } from "./session.js";
import type { ExperimentInput } from "./spec.js";
import { Tracking } from "./tracking/tracking.js";
import { versions } from "./versions.js";

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
  given: RunExperimentOptions = {},
): Promise<ExperimentResult> {
  const options = resolveOptions(runExperimentOptions, given, "runExperiment");
  const read = await readExperiment(source, { variables: options.variables });
  const { spec } = read;
  throwIfAborted(options.signal);
  if (spec.methods.includes("function-calling")) await nodeLlamaCpp("Function calling needs");
  const info = await versions();
  await using folder = await RunFolder.take(path.resolve(options.out ?? path.join("runs", spec.name)));
  const cells = await plannedCells(read, folder, options);
  await renameCells(folder, cells);
  const overview = cells.map(({ name, digest }) => ({ name, digest }));
  await writeJson(folder.file("experiment.json"), { name: spec.name, spec, versions: info, cells: overview });
  await using tracking = await Tracking.open(folder, {
    mlflow: options.mlflow ?? spec.tracking.mlflow,
    experiment: spec.tracking.experiment ?? spec.name,
    onNote: (note) => options.onNote?.(note),
  });
  const own = cells.filter((_, i) => inShard(options.shard, i));
  return await new Session(own, folder, info, tracking, options).run(spec.name);
}
