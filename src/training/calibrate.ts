// One bias for all tools, found where the head was not trained: how eager to call is a decision, not a fact of W.
import { type PrecisionRecall, precisionRecall } from "../metrics/selection.js";
import type { Steps } from "./steps.js";
import { LEFT_OUT_STEP } from "./steps.js";
import type { StepScores } from "./score-steps.js";

export interface BiasPoint {
  readonly bias: number;
  readonly precision: number;
  readonly recall: number;
}

export interface Calibration {
  /** Added to every tool's logit. */
  readonly bias: number;
  /** Micro F1 of the steps at the bias. */
  readonly f1: number;
  /** Micro F1 at bias 0. */
  readonly f1WithoutBias: number;
  /** The best F1 of all biases tried. */
  readonly bestF1: number;
  /** Micro precision and recall at each bias tried, from the lowest. */
  readonly curve: readonly BiasPoint[];
}

const MAX_BIAS = 4;
const STEPS_PER_UNIT = 8;

/**
 * How much F1 a larger bias may cost: one standard error of the best F1 over the gold tool steps (the rule of
 * Breiman et al., CART, 1984). Differences below it are chance: with 129 held-out steps one step moves F1 by 0.004.
 * Among biases that can't be told apart the largest is taken, because a missed call costs the answer. Measured with
 * SmolLM2-135M on 30 one-hop questions of FuncQA: 4 right at biases -1 and 0, 8 at 1, 6 at 2 (what this rule takes
 * there); the model alone, none. So few questions tell a bias above 0 from none, not 1 from 2.
 */
export function toleratedLoss(bestF1: number, toolSteps: number): number {
  return toolSteps === 0 ? 0 : Math.sqrt((bestF1 * (1 - bestF1)) / toolSteps);
}

/**
 * Chooses a bias within -4…4 on the given steps: the largest whose F1 is within {@link toleratedLoss} of the best.
 * The outcome of a step is its best tool when `z + bias` is above the best token's logit. The F1 at the chosen bias
 * is of the steps that chose it, so a little better or worse than on others; that at bias 0 is untouched by it.
 */
export function calibrateBias(steps: Steps, scores: StepScores, include?: Uint8Array): Calibration {
  const rows: { gap: number; isToolStep: boolean; isRight: boolean }[] = [];
  for (let step = 0; step < steps.count; step++) {
    const target = steps.target[step]!;
    if (target === LEFT_OUT_STEP || include?.[step] === 0) continue;
    // The tool fires at every bias above the gap.
    const gap = steps.bestLogit[step]! - scores.logit[step]!;
    if (target < 0 && gap > MAX_BIAS) continue;
    rows.push({ gap, isToolStep: target >= 0, isRight: target === scores.tool[step] });
  }
  const gold = rows.filter(({ isToolStep }) => isToolStep).length;
  const at = (bias: number): PrecisionRecall => {
    let fired = 0;
    let right = 0;
    for (const row of rows) {
      if (bias <= row.gap) continue;
      fired++;
      if (row.isRight) right++;
    }
    return precisionRecall(right, fired, gold);
  };
  const tried = Array.from({ length: 2 * MAX_BIAS * STEPS_PER_UNIT + 1 }, (_, index) => {
    const bias = index / STEPS_PER_UNIT - MAX_BIAS;
    return { bias, ...at(bias) };
  });
  const bestF1 = Math.max(...tried.map(({ f1 }) => f1));
  const f1WithoutBias = at(0).f1;
  const least = bestF1 - toleratedLoss(bestF1, gold);
  // Without a right call at any bias there is nothing to choose by.
  const { bias, f1 } = bestF1 === 0 ? { bias: 0, f1: 0 } : tried.findLast((one) => one.f1 >= least)!;
  const curve = tried.map(({ bias: each, precision, recall }) => ({ bias: each, precision, recall }));
  return { bias, f1, f1WithoutBias, bestF1, curve };
}
