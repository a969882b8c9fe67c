// Every method answers questions in the same way, so that one evaluation serves all of them.
import type { Answering } from "../../evaluation/evaluate.js";
import { createEngine } from "../../../generation/create-engine.js";
import type { Engine } from "../../../generation/engine.js";
import type { ToolHead } from "../../../head/tool-head.js";
import type { Model } from "../../../model/model.js";
import type { Prompts } from "../../../prompts/prompts.js";
import type { Reranker } from "../../../reranker/reranker.js";
import type { Tool } from "../../../tools/index.js";
import type { AnswerSettings, Method } from "../spec.js";
import { openFunctionCalling } from "./function-calling.js";
import { openInContext } from "./in-context.js";

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

/** The methods that write answers. */
export type AnsweringMethod = Exclude<Method, "selection">;

const OPEN: Readonly<Record<AnsweringMethod, (setup: MethodSetup) => Promise<OpenMethod>>> = {
  base: (setup) => openEngine({ ...setup, tools: [], head: undefined }),
  head: openEngine,
  reranker: openEngine,
  "in-context": openInContext,
  "function-calling": openFunctionCalling,
};

/** @throws what creating a toolken throws; `PACKAGE_MISSING` when a method's peer dependency is missing. */
export function openMethod(method: AnsweringMethod, setup: MethodSetup): Promise<OpenMethod> {
  return OPEN[method](setup);
}

function openEngine(setup: MethodSetup): Promise<Engine> {
  const { model, head, reranker, tools, prompts, chat, answer } = setup;
  const { grammar, parallel, batchInvariant, contextSize } = answer;
  return createEngine(model, {
    head,
    reranker,
    tools,
    prompts,
    chat,
    constrainInput: grammar,
    parallel,
    batchInvariant,
    contextSize,
  });
}
