// Hidden states vary much more in some directions than in others: an L2 term in their own units would hear the loud ones only.
import { setImmediate } from "node:timers/promises";
import { throwIfAborted } from "../errors.js";
import type { Steps } from "./steps.js";
import { WORK_PER_TURN } from "./score-steps.js";

/** Rows of a head over hidden states, with their biases. */
export interface BiasedRows {
  /** (K, d) */
  readonly weights: Float32Array;
  /** (K) */
  readonly bias: Float32Array;
}

/**
 * The map `x = [L⁻¹ (h − μ); c]`, where μ and Σ = L Lᵀ are mean and covariance of hidden states; Σ is shrunk towards
 * a multiple of the identity (Ledoit & Wolf 2004), so that few steps give a stable one. A head over x is a head over
 * h with biases: nothing of this is left at inference.
 */
export interface Whitening {
  /** d */
  readonly dimension: number;
  /** (d) */
  readonly mean: Float64Array;
  /** L, (d, d), lower triangle */
  readonly factor: Float64Array;
}

/** c: the constant's weight makes the bias, which the L2 term should hardly feel. */
const CONSTANT = 3;

/**
 * @param include (N): 1 for the steps that mean and covariance are taken of
 * @param shrinkage share of the identity, above 0 to 1
 * @throws `ABORTED`.
 */
export async function whiteningOf(
  { count, dimension: d, h }: Pick<Steps, "count" | "dimension" | "h">,
  include: Uint8Array,
  shrinkage: number,
  signal?: AbortSignal,
): Promise<Whitening> {
  const mean = new Float64Array(d);
  const steps = [...include.keys()].filter((step) => step < count && include[step] === 1);
  for (const step of steps) for (let j = 0; j < d; j++) mean[j]! += h[step * d + j]! / steps.length;
  const covariance = new Float64Array(d * d);
  const x = new Float64Array(d);
  await inTurns(steps, d * d, signal, (step) => {
    for (let j = 0; j < d; j++) x[j] = h[step * d + j]! - mean[j]!;
    for (let i = 0; i < d; i++) {
      const scaled = x[i]! / steps.length;
      for (let j = 0; j <= i; j++) covariance[i * d + j]! += scaled * x[j]!;
    }
  });
  let trace = 0;
  for (let i = 0; i < d; i++) trace += covariance[i * d + i]!;
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) covariance[i * d + j]! *= 1 - shrinkage;
    // All steps alike: any factor will do, but not zero.
    covariance[i * d + i]! += (shrinkage * (trace || 1)) / d;
  }
  return { dimension: d, mean, factor: choleskyFactor(covariance, d) };
}

/** The steps with x, (N, d + 1), in place of h. @throws `ABORTED`. */
export async function whiten<Rows extends Pick<Steps, "count" | "dimension" | "h">>(
  steps: Rows,
  whitening: Whitening,
  signal?: AbortSignal,
): Promise<Rows> {
  const { dimension: d, mean, factor } = whitening;
  const x = new Float32Array(steps.count * (d + 1));
  const y = new Float64Array(d);
  await inTurns([...Array(steps.count).keys()], d * d, signal, (step) => {
    for (let i = 0; i < d; i++) {
      let rest = steps.h[step * d + i]! - mean[i]!;
      for (let j = 0; j < i; j++) rest -= factor[i * d + j]! * y[j]!;
      y[i] = rest / factor[i * d + i]!;
    }
    x.set(y, step * (d + 1));
    x[step * (d + 1) + d] = CONSTANT;
  });
  return { ...steps, dimension: d + 1, h: x };
}

/** Rows over x, (K, d + 1), as rows over h: `w = L⁻ᵀ v`, `b = c v_d − w·μ`. */
export function unwhitenRows(whitenedRows: Float32Array, whitening: Whitening): BiasedRows {
  const { dimension: d, mean, factor } = whitening;
  const tools = whitenedRows.length / (d + 1);
  const weights = new Float32Array(tools * d);
  const bias = new Float32Array(tools);
  const w = new Float64Array(d);
  for (let k = 0; k < tools; k++) {
    const v = whitenedRows.subarray(k * (d + 1), (k + 1) * (d + 1));
    let shift = CONSTANT * v[d]!;
    for (let i = d - 1; i >= 0; i--) {
      let rest = v[i]!;
      for (let j = i + 1; j < d; j++) rest -= factor[j * d + i]! * w[j]!;
      w[i] = rest / factor[i * d + i]!;
      shift -= w[i]! * mean[i]!;
    }
    weights.set(w, k * d);
    bias[k] = shift;
  }
  return { weights, bias };
}

/** L of a positive definite matrix of which the lower triangle is given. */
function choleskyFactor(matrix: Float64Array, d: number): Float64Array {
  const factor = Float64Array.from(matrix);
  for (let i = 0; i < d; i++) {
    for (let j = 0; j <= i; j++) {
      let rest = factor[i * d + j]!;
      for (let k = 0; k < j; k++) rest -= factor[i * d + k]! * factor[j * d + k]!;
      factor[i * d + j] = i === j ? Math.sqrt(rest) : rest / factor[j * d + j]!;
    }
  }
  return factor;
}

/** Work on each step, with turns for the event loop. */
async function inTurns(
  steps: readonly number[],
  workPerStep: number,
  signal: AbortSignal | undefined,
  work: (step: number) => void,
): Promise<void> {
  const stepsPerTurn = Math.max(1, Math.floor(WORK_PER_TURN / workPerStep));
  for (const [place, step] of steps.entries()) {
    if (place % stepsPerTurn === 0) {
      await setImmediate();
      throwIfAborted(signal);
    }
    work(step);
  }
}
