// Given the steps, the head is the solution of a convex problem; Adam is there to repeat published trainings.
import { ToolkenError, invalidArgument } from "../errors.js";
import { ToolHead } from "../head/tool-head.js";
import type { NativeSolverProblem } from "../native/addon.js";
import { callNativeAsync } from "../native/call.js";
import { loadAddon } from "../native/load.js";
import { LEFT_OUT_STEP, type Steps } from "./features.js";

export const SOLVE_METHODS = ["lbfgs", "adam"] as const;
export type SolveMethod = (typeof SOLVE_METHODS)[number];

/** λ of the L2 term when the caller says nothing else. */
export const DEFAULT_L2 = 1e-4;

export const DEFAULT_MAX_ITERATIONS = 500;

export interface SolveOptions {
  /** "lbfgs": the optimum, without a learning rate or epochs. "adam": as published runs. Default: "lbfgs". */
  readonly method?: SolveMethod | undefined;
  /** (N): 1 for steps to learn from, 0 for others. Default: all. */
  readonly include?: Uint8Array | undefined;
  /** Leave the steps out whose target is a token. Default: false. */
  readonly onlyToolSteps?: boolean | undefined;
  /** Rows that the L2 term (or weight decay) pulls towards; tools that it lacks get zeros. Default: zeros. */
  readonly prior?: ToolHead | undefined;
  /** Where the search starts. Default: the prior. */
  readonly start?: ToolHead | undefined;

  // ---- L-BFGS ----
  /** λ of λ/2·‖W − W₀‖² beside the mean loss per step. Default: 1e-4. */
  readonly l2?: number | undefined;
  /** Default: 500; FuncQA (13 tools, d = 576) meets the tolerance after 276 to 295. */
  readonly maxIterations?: number | undefined;
  /** Ends when the gradient is this small beside the tools' own pull. Default: 1e-5. */
  readonly tolerance?: number | undefined;

  // ---- Adam ----
  /** Default: 1e-3. */
  readonly learningRate?: number | undefined;
  /** Default: 3. */
  readonly epochs?: number | undefined;
  /** Steps per update. Default: 64. */
  readonly batchSize?: number | undefined;
  /** Of the shuffles. Default: 0. */
  readonly seed?: number | undefined;
  /** Default: 0. */
  readonly weightDecay?: number | undefined;

  /** Default: the physical cores. The result does not depend on it. */
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called after each iteration (epoch of Adam), counted from 1. */
  readonly onProgress?: ((iteration: number, loss: number, gradientNorm: number) => void) | undefined;
}

export interface Solution {
  /** (K, d) */
  readonly weights: Float32Array;
  /** Mean loss per step at the weights; with L-BFGS the L2 term is part of it. */
  readonly loss: number;
  readonly gradientNorm: number;
  readonly iterations: number;
  /** Passes over all steps. */
  readonly evaluations: number;
  /** A tolerance was met; false when the iterations ran out, and for Adam. */
  readonly converged: boolean;
}

/**
 * Solves `min_W Σ (logsumexp([lse_i; W h_i]) − y_i)/N + λ/2 ‖W − W₀‖²` (ToolkenGPT's loss with a frozen model).
 * The same steps and options give the same weights on any number of threads.
 *
 * @throws `INVALID_ARGUMENT` (an option out of range, no steps, a number that is not finite), `MODEL_MISMATCH`
 * (prior or start of another dimension), `ABORTED`.
 */
export async function solveHead(steps: Steps, options: SolveOptions = {}): Promise<Solution> {
  const native = {
    method: oneOf(SOLVE_METHODS, options.method ?? "lbfgs", "method"),
    l2: nonNegative(options.l2 ?? DEFAULT_L2, "l2"),
    maxIterations: count(options.maxIterations ?? DEFAULT_MAX_ITERATIONS, "maxIterations", 1),
    tolerance: nonNegative(options.tolerance ?? 1e-5, "tolerance"),
    learningRate: nonNegative(options.learningRate ?? 1e-3, "learningRate"),
    epochs: count(options.epochs ?? 3, "epochs", 1),
    batchSize: count(options.batchSize ?? 64, "batchSize", 1),
    seed: count(options.seed ?? 0, "seed", 0),
    weightDecay: nonNegative(options.weightDecay ?? 0, "weightDecay"),
    threads: count(options.threads ?? 0, "threads", 0, 1024),
  };
  const weight = stepWeights(steps, options);
  const problem = native.method === "adam" ? gathered(steps, weight) : weighted(steps, weight);
  const prior = headRows(steps, options.prior, "prior");
  const start = headRows(steps, options.start, "start");
  const addon = await loadAddon();
  return callNativeAsync(addon, options.signal, (cancel) =>
    addon.solve(
      {
        ...problem,
        dimension: steps.dimension,
        tools: steps.tools.length,
        ...(prior === undefined ? {} : { prior }),
        ...(start === undefined ? {} : { start }),
      },
      native,
      cancel,
      options.onProgress,
    ),
  );
}

type ProblemSteps = Pick<NativeSolverProblem, "h" | "lse" | "target" | "targetLogit" | "weights">;

/** 1 or 0 per step, or undefined when all count. */
function stepWeights(steps: Steps, options: SolveOptions): Float32Array | undefined {
  const { include, onlyToolSteps = false } = options;
  if (include !== undefined && include.length !== steps.count) {
    throw invalidArgument(`${steps.count} values, one per step`, "include", include.length);
  }
  const weight = new Float32Array(steps.count);
  let learnt = 0;
  let toolSteps = 0;
  for (let step = 0; step < steps.count; step++) {
    const target = steps.target[step]!;
    if (include?.[step] === 0 || target === LEFT_OUT_STEP || (onlyToolSteps && target < 0)) continue;
    weight[step] = 1;
    learnt++;
    if (target >= 0) toolSteps++;
  }
  if (toolSteps === 0) {
    throw new ToolkenError("INVALID_ARGUMENT", "Expected at least one step of a tool to learn from", {
      hint: "The texts need calls of the given tools.",
    });
  }
  return learnt === steps.count ? undefined : weight;
}

/** Steps that don't count weigh nothing: the hidden states, by far the largest part, are not copied. */
function weighted(steps: Steps, weight: Float32Array | undefined): ProblemSteps {
  const { h, lse, targetLogit } = steps;
  const target = steps.target.map((k) => Math.max(k, -1));
  return { h, lse, target, targetLogit, ...(weight === undefined ? {} : { weights: weight }) };
}

/** Adam's batches are made of the steps that count alone, or their size would vary. */
function gathered(steps: Steps, weight: Float32Array | undefined): ProblemSteps {
  if (weight === undefined) return weighted(steps, weight);
  const d = steps.dimension;
  const rows = steps.target.map((_, step) => step).filter((step) => weight[step] === 1);
  const h = new Float32Array(rows.length * d);
  rows.forEach((step, to) => {
    h.set(steps.h.subarray(step * d, (step + 1) * d), to * d);
  });
  const floats = (column: Float32Array): Float32Array => Float32Array.from(rows, (step) => column[step]!);
  return {
    h,
    lse: floats(steps.lse),
    targetLogit: floats(steps.targetLogit),
    target: rows.map((step) => steps.target[step]!),
  };
}

/** (K, d): a head's rows in the order of the steps' tools. */
function headRows(steps: Steps, head: ToolHead | undefined, name: string): Float32Array | undefined {
  if (head === undefined) return undefined;
  if (!(head instanceof ToolHead)) throw invalidArgument("a tool head", name, head);
  if (head.dimension !== steps.dimension) {
    throw new ToolkenError(
      "MODEL_MISMATCH",
      `The ${name} has rows of ${head.dimension} weights, the steps have ${steps.dimension}`,
    );
  }
  const rows = new Float32Array(steps.tools.length * steps.dimension);
  steps.tools.forEach((tool, k) => {
    if (head.has(tool)) rows.set(head.row(tool), k * steps.dimension);
  });
  return rows;
}

function oneOf<T extends string>(choices: readonly T[], value: T, name: string): T {
  if (choices.includes(value)) return value;
  throw invalidArgument(`one of ${choices.join(", ")}`, name, value);
}

function nonNegative(value: number, name: string): number {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value;
  throw invalidArgument("a number of 0 or more", name, value);
}

function count(value: number, name: string, least: number, most = 2 ** 31 - 1): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw invalidArgument(`an integer from ${least} to ${most}`, name, value);
}
