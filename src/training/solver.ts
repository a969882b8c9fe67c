// The numbers that every solve takes, with their defaults and checks, and the one call of the native solver.
import { z } from "zod";
import type { NativeSolverOptions, NativeSolverProblem } from "../native/addon.js";
import { callNativeAsync } from "../native/call.js";
import { loadAddon } from "../native/load.js";
import { callback, integerField, type Progress, signalField, threadsField } from "../utils/option-fields.js";
import { defaultsOf, defineOptions, type OptionsOf, type ResolvedOptions } from "../utils/options.js";

export const SOLVE_METHODS = ["lbfgs", "adam"] as const;

/** The numbers of both solvers. Defaults of Adam are those of the published trainings. */
export const solverFields = {
  method: z
    .enum(SOLVE_METHODS)
    .default("lbfgs")
    .describe("lbfgs finds the optimum; adam repeats the published trainings"),
  l2: z
    .number()
    .min(0)
    .default(1e-4)
    .describe("L2 regularization strength: λ of λ/2·‖W − W₀‖², W₀ the prior, beside the mean loss"),
  // FuncQA (13 tools, d = 576) meets the tolerance after 276 to 295.
  maxIterations: integerField(1).default(500).describe("Maximum iterations of L-BFGS"),
  tolerance: z
    .number()
    .min(0)
    .default(1e-5)
    .describe("Gradient norm, relative to that of the tools' rows, at which L-BFGS ends"),
  learningRate: z
    .number()
    .min(0)
    .default(1e-3)
    .describe("Learning rate of Adam")
    .meta({ aliases: ["lr"] }),
  epochs: integerField(1)
    .default(3)
    .describe("Epochs of Adam")
    .meta({ aliases: ["num_epochs"] }),
  batchSize: integerField(1).default(64).describe("Positions per update of Adam"),
  weightDecay: z.number().min(0).default(0).describe("Weight decay of Adam, towards the prior"),
};

export interface SolverProgress extends Progress<"solve"> {
  readonly loss: number;
  readonly gradientNorm: number;
}

/** What every solve takes; `done` counts iterations of L-BFGS or epochs of Adam, from 1. */
export const solveFields = {
  ...solverFields,
  seed: integerField(0).default(0).describe("Seed of Adam's shuffles"),
  threads: threadsField,
  signal: signalField,
  onProgress: callback<(event: SolverProgress) => void>().optional().describe("Called after each iteration"),
};

export const solverSchema = defineOptions(solveFields);
export type SolverOptions = OptionsOf<typeof solverSchema>;
export type ResolvedSolver = ResolvedOptions<typeof solverSchema>;
export const SOLVER_DEFAULTS = defaultsOf(solveFields);

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

/** λ, or several of which the best is taken. @param defaults from strong to weak */
export function l2ListField(defaults: readonly number[]) {
  return z
    .union([solverFields.l2.unwrap(), z.array(solverFields.l2.unwrap()).min(1).readonly()])
    .default([...defaults]);
}

/** Different values of λ, from strong to weak. */
export function l2Values(given: number | readonly number[]): number[] {
  return [...new Set(typeof given === "number" ? [given] : given)].sort((a, b) => b - a);
}

/** Maximum iterations (epochs of Adam) of a solve: the total of its progress. */
export function maxIterationsOf(
  options: Pick<ResolvedSolver, "method" | "maxIterations" | "epochs">,
): number {
  return options.method === "adam" ? options.epochs : options.maxIterations;
}

/** @throws `INVALID_ARGUMENT` (a number that is not finite), `ABORTED`. */
export async function solveNative(problem: NativeSolverProblem, options: ResolvedSolver): Promise<Solution> {
  const { method, l2, maxIterations, tolerance, learningRate, epochs, batchSize, weightDecay, seed } =
    options;
  const { threads = 0, signal, onProgress } = options;
  const addon = await loadAddon();
  const numbers: NativeSolverOptions = {
    ...{ method, l2, maxIterations, tolerance, learningRate, epochs, batchSize, weightDecay },
    ...{ seed, threads },
  };
  const total = maxIterationsOf(options);
  return callNativeAsync(addon, signal, (cancel) =>
    addon.solve(
      problem,
      numbers,
      cancel,
      onProgress &&
        ((done, loss, gradientNorm) => {
          onProgress({ phase: "solve", done, total, loss, gradientNorm });
        }),
    ),
  );
}
