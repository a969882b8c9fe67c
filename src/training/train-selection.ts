// From requests and their tools to a head that tells the tools apart: one step per request, the vocabulary left out.
import { assertToolsKnown, type ToolRequest, toolRequests } from "../examples/requests.js";
import { invalidArgument, throwIfAborted } from "../errors.js";
import { ToolHead } from "../head/tool-head.js";
import type { Model } from "../model/model.js";
import type { Tool } from "../tools/index.js";
import type { TrainingProblem } from "../examples/example.js";
import { checkTrainOptions, toolNames, type TrainingProgress } from "./options.js";
import type { SolverReport } from "./report.js";
import { requestFeatures, type RequestFeaturesOptions, SELECTION_PROMPT } from "./request-features.js";
import { type L2Trial, solveSelection } from "./solve-selection.js";
import { l2Values, type SolverOptions } from "./solver.js";
import { splitTexts } from "./split-steps.js";
import { timed } from "./timed.js";

const MOST_NAMED = 10;

/** Values of λ that are tried when the caller names none. */
export const SELECTION_L2: readonly number[] = [3e-2, 1e-2, 3e-3, 1e-3];

/** Of the hidden states' covariance, when the caller says nothing else. */
export const DEFAULT_SHRINKAGE = 0.2;

export interface TrainSelectionOptions
  extends
    Omit<RequestFeaturesOptions, "requests" | "onProgress">,
    Pick<SolverOptions, "maxIterations" | "tolerance"> {
  /** Requests, or files of them. */
  readonly requests: string | readonly string[] | readonly ToolRequest[];
  /** Tools or their names, in the order of the head's rows. Those that no request needs get no row. */
  readonly tools: readonly (Tool | string)[];
  /**
   * λ of λ/2·‖W‖² over whitened hidden states (see `Whitening`). Of several, that which ranks the most held-out requests' tools first is taken (of equals
   * the largest), and the head is solved once more on all requests. Default: {@link SELECTION_L2}.
   */
  readonly l2?: number | readonly number[] | undefined;
  /**
   * How far the covariance that hidden states are whitened by is drawn to a multiple of the identity, above 0 to 1
   * (only centred). Default: {@link DEFAULT_SHRINKAGE}.
   */
  readonly shrinkage?: number | undefined;
  /** Share of the requests that is held out, stratified by tool. Default: 0.2. */
  readonly heldOut?: number | undefined;
  /** Of the split. Default: 1. */
  readonly seed?: number | undefined;
  readonly onProgress?: ((event: TrainingProgress) => void) | undefined;
}

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
 * state behind the prompt. It does not know when to call a tool (`trainHead` does): use it with `toolChoice: "required"`, or with
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
export async function trainSelection(model: Model, options: TrainSelectionOptions): Promise<SelectionHead> {
  const begin = performance.now();
  const names = toolNames(options.tools);
  const values = l2Values(options.l2 ?? SELECTION_L2);
  const { heldOut = 0.2, seed = 1, shrinkage = DEFAULT_SHRINKAGE } = options;
  checkTrainOptions({ heldOut, seed });
  if (typeof shrinkage !== "number" || !(shrinkage > 0 && shrinkage <= 1)) {
    throw invalidArgument("a number above 0 to 1", "shrinkage", shrinkage);
  }
  if (heldOut === 0 && values.length > 1) {
    throw invalidArgument("one value, because no request is held out,", "l2", values);
  }
  throwIfAborted(options.signal);
  const { requests, problems } = await toolRequests(options.requests);
  const known = new Set(names);
  const hint = `The list has ${names.slice(0, MOST_NAMED).join(", ")}${names.length > MOST_NAMED ? ", …" : ""}.`;
  assertToolsKnown(requests, (tool) => known.has(tool), "the list of tools", hint);

  const opened = await timed(() =>
    requestFeatures(model, {
      ...options,
      requests,
      onProgress: (done, total) => options.onProgress?.({ phase: "features", done, total }),
    }),
  );
  await using features = opened.value;
  const { info } = features;
  const tools = names.filter((tool) => info.tools.includes(tool));
  const steps = await features.steps(tools);
  const solved = await timed(() =>
    solveSelection(steps, splitTexts(steps, [], info.texts, heldOut, seed), {
      ...options,
      shrinkage,
      values,
    }),
  );
  throwIfAborted(options.signal);
  const { trials, l2, solution } = solved.value;
  const { loss, gradientNorm, iterations, evaluations, converged } = solution;
  const training: SelectionTraining = {
    settings: {
      contest: "tools",
      prompt: options.prompt ?? SELECTION_PROMPT,
      chat: info.chat,
      heldOut,
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
