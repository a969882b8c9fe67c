// A figure of 60 questions says little without its uncertainty: percentile bootstrap over questions.
import { z } from "zod";
import { invalidArgument } from "../../errors.js";
import { seededRandom } from "../../utils/random.js";
import { integerField } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";

export const bootstrapFields = {
  resamples: integerField(1, 1e7).default(10_000).describe("Samples of questions, drawn with replacement"),
  confidence: z.number().gt(0).lt(1).default(0.95).describe("Share of the samples that the interval holds"),
  seed: integerField(0, Number.MAX_SAFE_INTEGER).default(0).describe("Seed of the samples"),
};
const bootstrapOptions = defineOptions(bootstrapFields);
export type BootstrapOptions = OptionsOf<typeof bootstrapOptions>;

export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** A share as sums over questions: `Σ parts / Σ wholes`. With wholes of 1, the mean of the parts. */
export interface Share {
  readonly parts: ArrayLike<number>;
  /** As long as `parts`. */
  readonly wholes: ArrayLike<number>;
}

/**
 * Confidence interval of a share by the percentile bootstrap (Efron & Tibshirani 1993, ch. 13): whole questions are
 * drawn with replacement, so that steps of one plan stay together. Where all questions are right, or none is, it
 * has no width, which says only that the sample cannot tell.
 *
 * @returns null without questions
 * @throws ToolkenError `INVALID_ARGUMENT`
 */
export function bootstrapInterval(share: Share, options: BootstrapOptions = {}): Interval | null {
  return percentiles([share], ([value]) => value!, options);
}

/**
 * Interval of `first − second` of two runs over the same questions: each sample draws the same questions of both.
 *
 * @returns null without questions
 * @throws ToolkenError `INVALID_ARGUMENT`
 */
export function bootstrapDifference(
  first: Share,
  second: Share,
  options: BootstrapOptions = {},
): Interval | null {
  return percentiles([first, second], ([a, b]) => a! - b!, options);
}

function percentiles(
  shares: readonly Share[],
  statistic: (values: readonly number[]) => number,
  given: BootstrapOptions,
): Interval | null {
  const { resamples, confidence, seed } = resolveOptions(bootstrapOptions, given, "the bootstrap");
  const questions = shares[0]!.parts.length;
  for (const { parts, wholes } of shares) {
    if (parts.length !== questions || wholes.length !== questions) {
      throw invalidArgument(`${questions} values, one per question`, "wholes", wholes.length);
    }
  }
  if (questions === 0) return null;

  const random = seededRandom(seed);
  const values = new Float64Array(resamples);
  const drawn = new Uint32Array(questions);
  for (let sample = 0; sample < resamples; sample++) {
    for (let i = 0; i < questions; i++) drawn[i] = Math.floor(random() * questions);
    values[sample] = statistic(shares.map((share) => shareOf(share, drawn)));
  }
  values.sort();
  const tail = (1 - confidence) / 2;
  return { low: quantile(values, tail), high: quantile(values, 1 - tail) };
}

function shareOf({ parts, wholes }: Share, drawn: Uint32Array): number {
  let part = 0;
  let whole = 0;
  for (const question of drawn) {
    part += parts[question]!;
    whole += wholes[question]!;
  }
  return whole === 0 ? 0 : part / whole;
}

/** Linear between order statistics (Hyndman & Fan's type 7, the default of R and NumPy). */
function quantile(sorted: Float64Array, at: number): number {
  const place = at * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below]!;
  return low + (place - below) * ((sorted[below + 1] ?? low) - low);
}
