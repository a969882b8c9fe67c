// Every method answers questions in the same way, so that one evaluation serves all of them.
import { createEngine } from "../../../generation/create-engine.js";
import type { Engine } from "../../../generation/engine.js";
import type { Method } from "../spec.js";
import { openFunctionCalling } from "./function-calling.js";
import { openInContext } from "./in-context.js";
import type { MethodSetup, OpenMethod } from "./method.js";

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
