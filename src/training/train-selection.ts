// From requests and their tools to a head that tells the tools apart: one step per request, the vocabulary left out.
import { assertToolsKnown, toolRequests } from "../examples/requests.js";
import { z } from "zod";
import { invalidArgument, throwIfAborted } from "../errors.js";
import { ToolHead } from "../head/tool-head.js";
import type { Model } from "../model/model.js";
import { advanced, defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import type { TrainingProblem } from "../examples/example.js";
import { onTrainingProgress, splitFields, toolNames, toolsField } from "./options.js";
import type { SolverReport } from "./report.js";
import { requestFeatures, requestFields, requestsField } from "./request-features.js";
import { type L2Trial, solveSelection } from "./solve-selection.js";
import { l2ListField, l2Values, solverFields } from "./solver.js";
import { splitTexts } from "./split-steps.js";
import { timed } from "./timed.js";

const MAX_NAMED = 10;

const { featureBatchSize, ...withoutBatch } = requestFields;

export const selectionFields = {
  l2: l2ListField([3e-2, 1e-2, 3e-3, 1e-3]).describe(
    "L2 regularization strength over whitened hidden states; of several, that which ranks the most held-out requests' tools first",
  ),
  shrinkage: z
    .number()
    .gt(0)
    .max(1)
    .default(0.2)
    .describe("Covariance shrinkage for whitening: 1 only centres the hidden states"),
};

export const trainSelectionOptions = defineOptions({
  requests: requestsField.describe("Requests, or files of them"),
  tools: toolsField.describe(
    "Tools or their names, in the order of the head's rows; those without a request get no row",
  ),
  ...splitFields,
  ...withoutBatch,
  onProgress: onTrainingProgress,
  advanced: advanced({
    ...selectionFields,
    maxIterations: solverFields.maxIterations,
    tolerance: solverFields.tolerance,
    featureBatchSize,
  }),
});
export type TrainSelectionOptions = OptionsOf<typeof trainSelectionOptions>;

export interface SelectionTraining {
  readonly settings: {
    readonly contest: "tools";
    readonly prompt: string;
    readonly chat: boolean;
    readonly heldOut: number;
    readonly seed: number;
    readonly shrinkage: number;
    readonly l2: number;
  };
  readonly requests: number;
  readonly heldOut: number;
  /** Rows of the head. */
  readonly tools: number;
  /** Tools without a request, which have no row. */
  readonly withoutRequests: readonly string[];
  /** Measured with heads that have not seen the held-out requests; empty when none were held out. */
  readonly trials: readonly L2Trial[];
  /** Of the head that is returned, on all requests. */
  readonly solver: SolverReport;
  readonly seconds: { readonly features: number; readonly solve: number; readonly total: number };
  /** Tokens of the forward pass, those of kept features included. */
  readonly tokens: number;
  /** Records that gave no request, requests that gave no step. */
  readonly problems: readonly TrainingProblem[];
}

/** A head with the report of its training. */
export type SelectionHead = ToolHead & { readonly training: SelectionTraining };

/**
 * Trains a head that says which tool answers a request: softmax regression over the tools on the whitened hidden
 * state after the prompt. It does not know when to call a tool (`trainHead` does): use it with `toolChoice: "required"`, or with
 * `evaluateSelection`. Equal input gives equal weights.
 *
 * @throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (a request needs a tool that is not given), `RECORD_INVALID` (file and
 * line), `FILE_NOT_FOUND`, `FILE_INVALID`, `MODEL_MISMATCH` (kept features of another model), `IO`, `ABORTED`,
 * `DISPOSED`.
 *
 * @example
 * const head = await trainSelection(model, { requests: "questions/train.jsonl", tools: ["weather", "calendar"] });
 * await head.save("selection.safetensors");
 */
export async function trainSelection(model: Model, given: TrainSelectionOptions): Promise<SelectionHead> {
  const begin = performance.now();
  const options = resolveOptions(trainSelectionOptions, given, "trainSelection");
  const { validationSplit, seed, prompt, chat, features: folder, threads, signal, onProgress } = options;
  const { shrinkage, maxIterations, tolerance, featureBatchSize } = options.advanced;
  const names = toolNames(options.tools);
  const values = l2Values(options.advanced.l2);
  if (validationSplit === 0 && values.length > 1) {
    throw invalidArgument("one value, because no request is held out,", "advanced.l2", values);
  }
  throwIfAborted(signal);
  const { requests, problems } = await toolRequests(options.requests);
  const known = new Set(names);
  const hint = `The list has ${names.slice(0, MAX_NAMED).join(", ")}${names.length > MAX_NAMED ? ", …" : ""}.`;
  assertToolsKnown(requests, (tool) => known.has(tool), "the list of tools", hint);

  const opened = await timed(() =>
    requestFeatures(model, {
      ...{ requests, prompt, chat, features: folder, featureBatchSize, threads, signal, onProgress },
    }),
  );
  await using features = opened.value;
  const { info } = features;
  const tools = names.filter((tool) => info.tools.includes(tool));
  const steps = await features.steps(tools);
  const solved = await timed(() =>
    solveSelection(steps, splitTexts(steps, [], info.texts, validationSplit, seed), {
      ...{ values, shrinkage, maxIterations, tolerance, threads, signal, onProgress },
    }),
  );
  throwIfAborted(signal);
  const { trials, l2, solution } = solved.value;
  const { loss, gradientNorm, iterations, evaluations, converged } = solution;
  const training: SelectionTraining = {
    settings: {
      contest: "tools",
      prompt,
      chat: info.chat,
      heldOut: validationSplit,
      seed,
      shrinkage,
      l2,
    },
    requests: steps.count,
    heldOut: trials[0]?.requests ?? 0,
    tools: tools.length,
    withoutRequests: names.filter((tool) => !info.tools.includes(tool)),
    trials,
    solver: { steps: steps.count, loss, gradientNorm, iterations, evaluations, converged },
    seconds: {
      features: opened.seconds,
      solve: solved.seconds,
      total: (performance.now() - begin) / 1000,
    },
    tokens: info.tokens,
    problems: [...problems, ...info.problems],
  };
  const { weights, bias } = solved.value.rows;
  const head = ToolHead.create({ tools, weights, bias, model: info.model, training: { ...training } });
  return head as SelectionHead;
}
