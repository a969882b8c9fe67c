import type { ToolHead } from "../head/tool-head.js";
import type { Tokenizer } from "../model/tokenizer.js";
import type { EncodedPrompt } from "../prompts/encoder.js";
import type { ToolSet } from "../tools/index.js";
import type { StreamPart } from "./events.js";
import type { CachedPrompts } from "./prompt-cache.js";
import type { Sequence } from "./sequence.js";
import type { ResolvedSettings } from "./resolved-settings.js";

/** What a strategy decodes with. */
export interface StrategyContext {
  readonly tokenizer: Tokenizer;
  readonly head: ToolHead;
  readonly tools: ToolSet;
  readonly prompt: EncodedPrompt;
  readonly cache: CachedPrompts;
  /** Sets the bias (K) for the sequence's following steps. */
  readonly setBias: (bias: Float32Array) => Promise<void>;
}

/** One run of a strategy, from prompt to answer. */
export type StrategyRun = (
  context: StrategyContext,
  sequence: Sequence,
  settings: ResolvedSettings,
) => AsyncGenerator<StreamPart, void, undefined>;

/** Replaces free text generation by another order of steps, such as plans made of tools only. */
export interface DecodingStrategy {
  /** Default of `maxCalls`. */
  readonly maxCalls: number;
  /** Checks the question against head and tools before anything is decoded. */
  prepare(question: string, head: ToolHead | undefined, tools: ToolSet): StrategyRun;
}
