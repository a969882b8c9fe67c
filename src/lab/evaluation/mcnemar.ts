// Two runs over the same questions differ only where one is right and the other wrong: McNemar's test.
import { invalidArgument } from "../../errors.js";

export interface McNemarTest {
  readonly bothRight: number;
  readonly onlyFirst: number;
  readonly onlySecond: number;
  readonly bothWrong: number;
  /** `(|b − c| − 1)² / (b + c)`, Edwards' correction, of the discordant counts; 0 when there are none. */
  readonly statistic: number;
  /** Two-sided, of the exact binomial test: no approximation, however few the discordant pairs are. */
  readonly pValue: number;
}

/**
 * McNemar's test (Psychometrika 12, 1947) of paired outcomes.
 *
 * @throws ToolkenError `INVALID_ARGUMENT` for arrays of unequal length.
 */
export function mcNemar(first: readonly boolean[], second: readonly boolean[]): McNemarTest {
  if (first.length !== second.length) {
    throw invalidArgument(`${first.length} outcomes, one per question`, "second", second.length);
  }
  const counts = { bothRight: 0, onlyFirst: 0, onlySecond: 0, bothWrong: 0 };
  for (const [i, right] of first.entries()) {
    if (right) counts[second[i]! ? "bothRight" : "onlyFirst"]++;
    else counts[second[i]! ? "onlySecond" : "bothWrong"]++;
  }
  const { onlyFirst, onlySecond } = counts;
  const discordant = onlyFirst + onlySecond;
  const apart = Math.max(0, Math.abs(onlyFirst - onlySecond) - 1);
  return {
    ...counts,
    statistic: discordant === 0 ? 0 : apart ** 2 / discordant,
    pValue: signTest(onlyFirst, onlySecond),
  };
}

/** Two-sided exact binomial test of `a` against `b` at ½: `min(1, 2 · P(X ≤ min(a, b)))`, X ~ Bin(a + b, ½). */
export function signTest(a: number, b: number): number {
  const n = a + b;
  const fewer = Math.min(a, b);
  if (2 * fewer >= n - 1) return 1;
  // In logarithms, because 2^-n is below the smallest double from n = 1075 on.
  let logLast = -n * Math.LN2;
  for (let k = 1; k <= fewer; k++) logLast += Math.log((n - k + 1) / k);
  // The tail in units of its last and largest term.
  let tail = 0;
  let term = 1;
  for (let k = fewer; k >= 0 && term > 0; k--) {
    tail += term;
    term *= k / (n - k + 1);
  }
  return Math.min(1, 2 * tail * Math.exp(logLast));
}
