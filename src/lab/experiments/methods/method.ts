import type { ToolHead } from "../../../head/tool-head.js";
import type { Model } from "../../../model/model.js";
import type { Prompts } from "../../../prompts/prompts.js";
import type { Reranker } from "../../../reranker/reranker.js";
import type { Tool } from "../../../tools/index.js";
import type { Answering } from "../../evaluation/evaluate.js";
import type { AnswerSettings } from "../spec.js";

/** What a method may need; which of it, depends on the method. */
export interface MethodSetup {
  readonly model: Model;
  readonly tools: readonly Tool[];
  readonly prompts: Prompts;
  readonly chat: boolean;
  readonly answer: AnswerSettings;
  readonly head: ToolHead | undefined;
  readonly reranker: Reranker | undefined;
}

export type OpenMethod = Answering & AsyncDisposable;
