// What a head says at every step: its best tool against the best token, and the loss.
import { z } from "zod";
import { forceField } from "../head/options.js";
import { signalField, value } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import { setImmediate } from "node:timers/promises";
import { throwIfAborted } from "../errors.js";
import { type SelectionMetrics, selectionMetrics, TOKEN_OUTCOME } from "../metrics/selection.js";
import type { ToolHead } from "../head/tool-head.js";
import { type Features } from "./features.js";
import { LEFT_OUT_STEP, type Steps } from "./steps.js";

/** K rows and their biases, in the order of the steps' tools. */
export interface ScoredRows {
  /** (K, d) */
  readonly weights: Float32Array;
  /** (K); default: zeros. */
  readonly bias?: Float32Array | undefined;
}

export interface StepScores {
  /** (N): the tool of the highest logit. */
  readonly tool: Int32Array;
  /** (N): that logit, bias included. */
  readonly logit: Float32Array;
  /** (N): loss of the step, `logsumexp([lse; z]) − y`. */
  readonly loss: Float32Array;
}

const evaluateHeadOptions = defineOptions({
  bias: z.number().default(0).describe("Added to every tool's logit"),
  texts: value<ReadonlySet<number>>("a set", (texts) => texts instanceof Set)
    .optional()
    .describe("Texts whose steps count, by index")
    .meta({ defaultText: "all" }),
  force: forceField,
  signal: signalField,
});

/** Multiplications before the event loop gets a turn: a few milliseconds. */
export const WORK_PER_TURN = 8_000_000;

/**
 * Scores of the steps of (N, d) by K rows.
 * @param include (N): 1 for steps to score; the others get zeros. Default: all.
 * @throws `ABORTED`.
 */
export async function scoreSteps(
  steps: Steps,
  rows: ScoredRows,
  signal?: AbortSignal,
  include?: Uint8Array,
): Promise<StepScores> {
  const { count, dimension: d, lse, target, targetLogit } = steps;
  const tools = steps.tools.length;
  const tool = new Int32Array(count);
  const logit = new Float32Array(count);
  const loss = new Float32Array(count);
  const z = new Float64Array(tools);
  const stepsPerTurn = Math.max(1, Math.floor(WORK_PER_TURN / (d * tools)));
  for (let from = 0; from < count; from += stepsPerTurn) {
    await setImmediate();
    throwIfAborted(signal);
    for (let step = from; step < Math.min(count, from + stepsPerTurn); step++) {
      if (include?.[step] === 0) continue;
      toolLogits(steps, rows, step, z);
      let best = 0;
      for (let k = 1; k < tools; k++) if (z[k]! > z[best]!) best = k;
      tool[step] = best;
      logit[step] = z[best]!;
      const y = target[step]! >= 0 ? z[target[step]!]! : targetLogit[step]!;
      loss[step] = logSumExp(lse[step]!, z) - y;
    }
  }
  return { tool, logit, loss };
}

/** The tools' logits of a step into z (K): `W h + b`. */
export function toolLogits(steps: Steps, { weights, bias }: ScoredRows, step: number, z: Float64Array): void {
  const d = steps.dimension;
  multiplyRow(weights, steps.h, step * d, d, z);
  if (bias !== undefined) for (let k = 0; k < z.length; k++) z[k]! += bias[k]!;
}

/** z = W h, with W (K, d); four rows at a time share the reading of h. */
export function multiplyRow(
  weights: Float32Array,
  h: Float32Array,
  at: number,
  d: number,
  z: Float64Array,
): void {
  let k = 0;
  for (; k + 4 <= z.length; k += 4) {
    const row = k * d;
    let a = 0;
    let b = 0;
    let c = 0;
    let e = 0;
    for (let j = 0; j < d; j++) {
      const x = h[at + j]!;
      a += weights[row + j]! * x;
      b += weights[row + d + j]! * x;
      c += weights[row + 2 * d + j]! * x;
      e += weights[row + 3 * d + j]! * x;
    }
    z[k] = a;
    z[k + 1] = b;
    z[k + 2] = c;
    z[k + 3] = e;
  }
  for (; k < z.length; k++) {
    let sum = 0;
    for (let j = 0; j < d; j++) sum += weights[k * d + j]! * h[at + j]!;
    z[k] = sum;
  }
}

export function logSumExp(first: number, rest: Float64Array): number {
  let most = first;
  for (const value of rest) most = Math.max(most, value);
  let sum = Math.exp(first - most);
  for (const value of rest) sum += Math.exp(value - most);
  return most + Math.log(sum);
}

export interface StepMetrics extends SelectionMetrics {
  /** Mean over the steps, without an L2 term; null without steps. */
  readonly loss: number | null;
}

/**
 * Precision, recall and F1 of tool steps: tool k is the outcome when `z_k + bias` beats every other tool and the
 * best token's logit.
 * @param include (N): 1 for steps that count. Default: all. Steps of tools that are left out never count.
 */
export function stepMetrics(steps: Steps, scores: StepScores, bias = 0, include?: Uint8Array): StepMetrics {
  const gold: number[] = [];
  const predicted: number[] = [];
  const bestTool: number[] = [];
  let loss = 0;
  for (let step = 0; step < steps.count; step++) {
    const target = steps.target[step]!;
    if (target === LEFT_OUT_STEP || include?.[step] === 0) continue;
    const fires = scores.logit[step]! + bias > steps.bestLogit[step]!;
    gold.push(target);
    predicted.push(fires ? scores.tool[step]! : TOKEN_OUTCOME);
    bestTool.push(scores.tool[step]!);
    loss += scores.loss[step]!;
  }
  const metrics = selectionMetrics({ gold, predicted, bestTool, tools: steps.tools });
  return { ...metrics, loss: gold.length === 0 ? null : loss / gold.length };
}

/**
 * How well a head fires on features: at its own biases plus `bias`, over the given texts (default: all).
 * @throws `UNKNOWN_TOOL` (a tool that the features lack), `MODEL_MISMATCH`, `ABORTED`.
 */
export async function evaluateHead(
  features: Features,
  head: ToolHead,
  given: OptionsOf<typeof evaluateHeadOptions> = {},
): Promise<StepMetrics> {
  const { bias, texts, force, signal } = resolveOptions(evaluateHeadOptions, given, "evaluateHead");
  head.assertFits(features.info.model, { force });
  const steps = await features.steps(head.tools);
  const include = texts && Uint8Array.from(steps.text, (text) => (texts.has(text) ? 1 : 0));
  const scores = await scoreSteps(steps, head, signal);
  return stepMetrics(steps, scores, bias, include);
}
