import { invalidArgument } from "../errors.js";
import { createEngine as createWithHead } from "../generation/create-engine.js";
import type { Engine } from "../generation/engine.js";
import { engineOptions as headEngineOptions } from "../generation/engine-options.js";
import { ToolHead } from "../head/tool-head.js";
import type { Model } from "../model/model.js";
import type { AutoHeadOptions } from "../training/definitions/auto-head.js";
import { value } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";

const engineOptions = defineOptions({
  ...headEngineOptions.shape,
  head: value<ToolHead | "auto">(
    'a tool head or "auto"',
    (head) => head === "auto" || head instanceof ToolHead,
  )
    .optional()
    .describe("Without a head the tools are listed in the prompt, and the model decides by its text")
    .meta({
      more: '"auto": the head of this model and these tools from the cache folder, trained from the tools\' definitions where there is none, and extended when tools were added or changed.',
    }),
  autoHead: value<Omit<AutoHeadOptions, "tools">>(
    "an object",
    (given) => typeof given === "object" && given !== null,
  )
    .optional()
    .describe('How `head: "auto"` trains, where it keeps heads, and what it reports'),
});
export type EngineOptions = OptionsOf<typeof engineOptions>;

/** See `createEngine`. */
export async function prepareEngine(model: Model, options: EngineOptions = {}): Promise<Engine> {
  const { head, autoHead: training, ...rest } = resolveOptions(engineOptions, options, "createEngine");
  if (head !== "auto") {
    if (training !== undefined) throw invalidArgument('head: "auto" beside it', "autoHead", training);
    return createWithHead(model, { ...rest, head });
  }
  const { autoHead } = await import("../training/definitions/auto-head.js");
  const trained = await autoHead(model, { threads: options.threads, ...training, tools: rest.tools });
  return createWithHead(model, { ...rest, head: trained });
}
