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

/**
 * Prepares a model to answer conversations and questions with tools.
 *
 * @throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (a tool without a row in head or reranker), `MODEL_MISMATCH`,
 * `GRAMMAR_INVALID` (a tool's schema has a form that no grammar can be made for), `CONTEXT_CREATE_FAILED`, what
 * reading prompts throws, and with `head: "auto"` what `trainHead` throws
 *
 * @example
 * const engine = await createEngine(model, { tools });
 * const { text, toolCalls } = await engine.generate({ messages: [{ role: "user", content: "Wake me at 7." }] });
 */
export async function createEngine(model: Model, options: EngineOptions = {}): Promise<Engine> {
  const { head, autoHead: training, ...rest } = resolveOptions(engineOptions, options, "createEngine");
  if (head !== "auto") {
    if (training !== undefined) throw invalidArgument('head: "auto" beside it', "autoHead", training);
    return createWithHead(model, { ...rest, head });
  }
  // Loaded by those who train: most of what importing this package would cost.
  const { autoHead } = await import("../training/definitions/auto-head.js");
  const trained = await autoHead(model, { threads: options.threads, ...training, tools: rest.tools });
  return createWithHead(model, { ...rest, head: trained });
}
