// A share of few cases needs an interval that does not collapse at 0 or 1.
import type { Interval } from "./bootstrap.js";

/** 0.975 quantile of the normal distribution. */
const Z = 1.959964;

/** Wilson's 95 % interval of `right` out of `all` (Wilson 1927); all of 0…1 without cases. */
export function wilsonInterval(right: number, all: number): Interval {
  if (all === 0) return { low: 0, high: 1 };
  const p = right / all;
  const middle = (p + Z ** 2 / (2 * all)) / (1 + Z ** 2 / all);
  const half = (Z / (1 + Z ** 2 / all)) * Math.sqrt((p * (1 - p)) / all + Z ** 2 / (4 * all ** 2));
  return { low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}
