import type { ToolHead } from "../head/tool-head.js";
import type { Tokenizer } from "../model/tokenizer.js";
import type { EncodedPrompt } from "../prompts/encoder.js";
import type { ToolSet } from "../tools/index.js";
import type { CachedPrompts } from "./prompt-cache.js";
import type { RerankMode } from "./rerank-mode.js";
import type { Sequence } from "./sequence.js";
import type { ToolMode } from "./tool-mode.js";

/** What all runs of an engine share. */
export interface RunContext {
  readonly tokenizer: Tokenizer;
  readonly head: ToolHead | undefined;
  readonly tools: ToolSet;
  readonly prompt: EncodedPrompt;
  readonly cache: CachedPrompts;
  readonly toolMode: ToolMode;
  readonly rerankMode: RerankMode | undefined;
  /** Best tokens that a step gives. */
  readonly candidates: number;
}

/** The sequences that one run works on. */
export interface RunSequences {
  readonly reasoning: Sequence;
  readonly tool: Sequence;
  /** Those of tool mode, `tool` among them, the least recently used first: each holds the arguments of another tool. */
  readonly tools: Sequence[];
  /** Carries the reranker's rows; undefined without one. */
  readonly rerank: Sequence | undefined;
}
