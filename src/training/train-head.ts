// The training itself is loaded when it is called: most programs load a trained head.
import type { Model } from "../model/model.js";
import type { DefinitionHead } from "./definitions/train-definitions.js";
import type { TrainDefinitionsOptions } from "./definitions/options.js";
import type { TrainHeadOptions } from "./train-on-examples.js";
import type { TrainedHead } from "./train-on-features.js";

/**
 * Trains a head from tool definitions alone, see {@link trainOnDefinitions}.
 *
 * @example
 * const head = await trainHead(model, { tools });
 * await head.save("my-tools.safetensors");
 */
export async function trainHead(
  model: Model,
  options: TrainDefinitionsOptions & { readonly examples?: undefined },
): Promise<DefinitionHead>;
/**
 * Trains a tool head (ToolkenGPT, arXiv 2305.11554): one forward pass over the texts after the prompt of
 * inference, then a convex problem with one optimum. Equal input gives equal weights.
 *
 * @throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (a text calls a tool that is not given), `RECORD_INVALID` (file and
 * line), `FILE_NOT_FOUND`, `FILE_INVALID` (kept features of other texts), `MODEL_MISMATCH` (kept features of
 * another model), `ALIGNMENT_FAILED` (no text could be aligned), `IO`, `ABORTED`, `DISPOSED`.
 *
 * @example
 * const head = await trainHead(model, { examples: "train.jsonl", tools: mathTools });
 * console.log(formatTrainingReport(head.training));
 * await head.save("math.safetensors");
 */
export async function trainHead(model: Model, options: TrainHeadOptions): Promise<TrainedHead>;
export async function trainHead(
  model: Model,
  options: TrainHeadOptions | (TrainDefinitionsOptions & { readonly examples?: undefined }),
): Promise<TrainedHead | DefinitionHead> {
  if (options.examples === undefined) {
    const { trainOnDefinitions } = await import("./definitions/train-definitions.js");
    return trainOnDefinitions(model, options);
  }
  const { trainOnExamples } = await import("./train-on-examples.js");
  return trainOnExamples(model, options);
}
