// A figure of 60 questions says little without its uncertainty: percentile bootstrap over questions.
import { invalidArgument } from "../../errors.js";
import { seededRandom } from "../../utils/random.js";
import { integer } from "../../utils/integer.js";

export interface BootstrapOptions {
  /** Samples of questions, drawn with replacement. Default: 10000. */
  readonly resamples?: number | undefined;
  /** Share of the samples that the interval holds. Default: 0.95. */
  readonly confidence?: number | undefined;
  /** The same seed gives the same interval. Default: 0. */
  readonly seed?: number | undefined;
}

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
  { resamples = 10_000, confidence = 0.95, seed = 0 }: BootstrapOptions,
): Interval | null {
  integer(resamples, "resamples", 1, 1e7);
  if (!(confidence > 0 && confidence < 1)) {
    throw invalidArgument("a number between 0 and 1", "confidence", confidence);
  }
  integer(seed, "seed", 0, Number.MAX_SAFE_INTEGER);
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
