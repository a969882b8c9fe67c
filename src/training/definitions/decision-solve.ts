import { type Solution, SOLVER_DEFAULTS, solveNative, type SolverOptions } from "../solver.js";
import type { UnitRows } from "./unit-rows.js";

/** Outcomes of texts: tool k, or K for "no tool"; -1: unlabelled. */
export interface LabelledRows {
  readonly rows: UnitRows;
  /** K */
  readonly tools: number;
  /** (N) */
  readonly target: Int32Array;
  /** (N): 0 leaves a row out. */
  readonly weight: Float32Array;
  /** (N): 1 for rows of definitions, whose directions are the prior. */
  readonly isDefinition: Uint8Array;
}

export interface DecisionSolveOptions extends Pick<
  SolverOptions,
  "maxIterations" | "tolerance" | "threads" | "signal"
> {
  /** λ of λ/2·‖W − W₀‖². */
  readonly l2: number;
  /** Logit that a tool's prior row gives its own definition; 0: no prior. */
  readonly prior: number;
  readonly start?: Float32Array | undefined;
  readonly onProgress?: SolverOptions["onProgress"];
}

/**
 * Softmax regression over K tools and "no tool", its L2 term centred on the tools' definitions (arXiv 2506.14248):
 * weights (K + 1, d + 1).
 *
 * @throws `INVALID_ARGUMENT`, `ABORTED`.
 */
export async function solveDecision(
  labelled: LabelledRows,
  options: DecisionSolveOptions,
): Promise<Solution> {
  const { rows, tools, target, weight } = labelled;
  const d = rows.dimension;
  const used = [...target.keys()].filter((i) => target[i]! >= 0 && weight[i]! > 0);
  const h = new Float32Array(used.length * d);
  used.forEach((i, to) => {
    h.set(rows.h.subarray(i * d, (i + 1) * d), to * d);
  });
  const prior = options.prior === 0 ? undefined : priorRows(labelled, options.prior);
  const { l2, maxIterations = 200, tolerance = 1e-4, threads, signal, onProgress, start } = options;
  return solveNative(
    {
      h,
      target: Int32Array.from(used, (i) => target[i]!),
      weights: Float32Array.from(used, (i) => weight[i]!),
      dimension: d,
      tools: tools + 1,
      ...(prior === undefined ? {} : { prior }),
      ...(start === undefined ? {} : { start }),
    },
    { ...SOLVER_DEFAULTS, l2, maxIterations, tolerance, threads, signal, onProgress },
  );
}

/** (K + 1, d + 1): the mean direction of each tool's definition texts; zeros for "no tool". */
export function priorRows({ rows, tools, target, isDefinition }: LabelledRows, logit: number): Float32Array {
  const d = rows.dimension;
  const prior = new Float32Array((tools + 1) * d);
  const counts = new Int32Array(tools + 1);
  target.forEach((k, i) => {
    if (isDefinition[i] === 1 && k >= 0) counts[k]!++;
  });
  const scale = logit / rows.space.length ** 2;
  target.forEach((k, i) => {
    if (isDefinition[i] !== 1 || k < 0 || k === tools) return;
    for (let j = 0; j < d; j++) prior[k * d + j]! += (scale * rows.h[i * d + j]!) / counts[k]!;
  });
  return prior;
}
