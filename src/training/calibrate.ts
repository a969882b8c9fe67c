// One bias for all tools, found where the head was not trained: how eager to call is a decision, not a fact of W.
import { precisionRecall } from "../evaluation/selection.js";
import type { Steps } from "./features.js";
import { LEFT_OUT_STEP } from "./features.js";
import type { StepScores } from "./score-steps.js";

export interface Calibration {
  /** Added to every tool's logit. */
  readonly bias: number;
  /** Micro F1 of the steps at the bias. */
  readonly f1: number;
  /** Micro F1 at bias 0. */
  readonly f1WithoutBias: number;
  /** The best F1 of all biases tried. */
  readonly bestF1: number;
}

const MOST_BIAS = 4;
const STEPS_PER_UNIT = 8;

/**
 * How much F1 a larger bias may cost. A missed call costs the answer, for a model that needs tools does not
 * guess the result; a spurious call often computes what the text says anyway or is taken back by backtracking.
 * (FuncQA one-hop, SmolLM2-135M: 39 calls and 5 right answers at bias 0, 56 and 8 at bias 2.) So among the
 * biases that are as good as the best, the largest is taken.
 */
export const F1_TOLERANCE = 0.005;

/**
 * Chooses a bias within -4…4 on the given steps: the largest whose F1 is within 0.005 of the best. The outcome of
 * a step is its best tool when `z + bias` is above the best token's logit.
 */
export function calibrateBias(steps: Steps, scores: StepScores, include?: Uint8Array): Calibration {
  const rows: { gap: number; isToolStep: boolean; isRight: boolean }[] = [];
  for (let step = 0; step < steps.count; step++) {
    const target = steps.target[step]!;
    if (target === LEFT_OUT_STEP || include?.[step] === 0) continue;
    // The tool fires at every bias above the gap.
    const gap = steps.bestLogit[step]! - scores.logit[step]!;
    if (target < 0 && gap > MOST_BIAS) continue;
    rows.push({ gap, isToolStep: target >= 0, isRight: target === scores.tool[step] });
  }
  const gold = rows.filter(({ isToolStep }) => isToolStep).length;
  const f1At = (bias: number): number => {
    let fired = 0;
    let right = 0;
    for (const row of rows) {
      if (bias <= row.gap) continue;
      fired++;
      if (row.isRight) right++;
    }
    return precisionRecall(right, fired, gold).f1;
  };
  const tried = Array.from({ length: 2 * MOST_BIAS * STEPS_PER_UNIT + 1 }, (_, index) => {
    const bias = index / STEPS_PER_UNIT - MOST_BIAS;
    return { bias, f1: f1At(bias) };
  });
  const bestF1 = Math.max(...tried.map(({ f1 }) => f1));
  const f1WithoutBias = f1At(0);
  // Without a right call at any bias there is nothing to choose by.
  const chosen = bestF1 === 0 ? { bias: 0, f1: 0 } : tried.findLast(({ f1 }) => f1 >= bestF1 - F1_TOLERANCE)!;
  return { ...chosen, f1WithoutBias, bestF1 };
}
