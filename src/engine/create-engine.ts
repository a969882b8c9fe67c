// The engine is loaded with the first one that is created: it is most of what importing this package would cost.
import type { Engine } from "../generation/engine.js";
import type { Model } from "../model/model.js";
import type { EngineOptions } from "./prepare-engine.js";

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
  const { prepareEngine } = await import("./prepare-engine.js");
  return prepareEngine(model, options);
}
