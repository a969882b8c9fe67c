// The numbers that every solve takes, with their defaults and checks, and the one call of the native solver.
import { invalidArgument } from "../errors.js";
import type { NativeSolverOptions, NativeSolverProblem } from "../native/addon.js";
import { callNativeAsync } from "../native/call.js";
import { loadAddon } from "../native/load.js";
import { integer } from "../utils/integer.js";

export const SOLVE_METHODS = ["lbfgs", "adam"] as const;
export type SolveMethod = (typeof SOLVE_METHODS)[number];

/** λ of the L2 term when the caller says nothing else. */
export const DEFAULT_L2 = 1e-4;

export const DEFAULT_MAX_ITERATIONS = 500;

export interface SolverOptions {
  /** "lbfgs": the optimum, without a learning rate or epochs. "adam": as published runs. Default: "lbfgs". */
  readonly method?: SolveMethod | undefined;

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

/** Defaults and checks. @throws `INVALID_ARGUMENT`. */
export function nativeOptions(options: SolverOptions): NativeSolverOptions {
  return {
    method: oneOf(SOLVE_METHODS, options.method ?? "lbfgs", "method"),
    l2: nonNegative(options.l2 ?? DEFAULT_L2, "l2"),
    maxIterations: integer(options.maxIterations ?? DEFAULT_MAX_ITERATIONS, "maxIterations", 1),
    tolerance: nonNegative(options.tolerance ?? 1e-5, "tolerance"),
    learningRate: nonNegative(options.learningRate ?? 1e-3, "learningRate"),
    epochs: integer(options.epochs ?? 3, "epochs", 1),
    batchSize: integer(options.batchSize ?? 64, "batchSize", 1),
    seed: integer(options.seed ?? 0, "seed", 0),
    weightDecay: nonNegative(options.weightDecay ?? 0, "weightDecay"),
    threads: integer(options.threads ?? 0, "threads", 0, 1024),
  };
}

/** Different values of λ, from strong to weak. @throws `INVALID_ARGUMENT`. */
export function l2Values(given: number | readonly number[]): number[] {
  const values: unknown = given;
  const list: readonly unknown[] = Array.isArray(values) ? values : [values];
  if (list.length === 0 || !list.every((l2) => typeof l2 === "number" && l2 >= 0 && Number.isFinite(l2))) {
    throw invalidArgument("a number of 0 or more, or several", "l2", given);
  }
  return [...new Set(list as number[])].sort((a, b) => b - a);
}

/** Iterations (epochs of Adam) that a solve takes at most: the end of its progress. */
export function mostIterations(options: Pick<SolverOptions, "method" | "maxIterations" | "epochs">): number {
  const { method, maxIterations = DEFAULT_MAX_ITERATIONS, epochs = 3 } = options;
  return method === "adam" ? epochs : maxIterations;
}

/** @throws `INVALID_ARGUMENT` (a number that is not finite), `ABORTED`. */
export async function solveNative(
  problem: NativeSolverProblem,
  native: NativeSolverOptions,
  { signal, onProgress }: Pick<SolverOptions, "signal" | "onProgress">,
): Promise<Solution> {
  const addon = await loadAddon();
  return callNativeAsync(addon, signal, (cancel) => addon.solve(problem, native, cancel, onProgress));
}

export function oneOf<T extends string>(choices: readonly T[], value: T, name: string): T {
  if (choices.includes(value)) return value;
  throw invalidArgument(`one of ${choices.join(", ")}`, name, value);
}

export function nonNegative(value: number, name: string): number {
  if (typeof value === "number" && value >= 0 && Number.isFinite(value)) return value;
  throw invalidArgument("a number of 0 or more", name, value);
}
