import type { ToolHead } from "../head/tool-head.js";
import type { EncodedPrompt } from "../prompts/encoder.js";
import type { Prompts } from "../prompts/prompts.js";
import type { ToolSet } from "../tools/index.js";
import type { Layout } from "./layout.js";
import type { PlacedHead, PlacementOptions } from "./placement.js";
import type { RerankSetup } from "./rerank-setup.js";

/** What `createEngine` has checked and made. */
export interface Prepared {
  readonly tools: ToolSet;
  readonly prompts: Prompts;
  readonly general: EncodedPrompt;
  readonly toolPrompts: ReadonlyMap<string, EncodedPrompt>;
  readonly parallel: number;
  readonly layout: Layout;
  readonly kvUnified: boolean;
  readonly batchInvariant: boolean;
  /** Most sequences of a decode of next tokens; undefined: all of them. */
  readonly widest: number | undefined;
  readonly candidates: number;
  /** Jinja; undefined: the model's own. */
  readonly chatTemplate: string | undefined;
  /** Prompts are wrapped in the chat template. */
  readonly chat: boolean;
  readonly toolPromptBudget: number;
  readonly placement: PlacementOptions;
  readonly placed: PlacedHead;
  readonly head: ToolHead | undefined;
  readonly reranking: RerankSetup | undefined;
}
