// Honest ratios on a noisy machine: variants take turns, and each is compared with the rival of its own turn.

export interface Variant {
  readonly name: string;
  /** Runs once and returns its rate, larger is better (tokens per second, steps per second, …). */
  readonly measure: () => Promise<number>;
}

export interface Measured {
  readonly name: string;
  /** One per repetition. */
  readonly rates: readonly number[];
  readonly medianRate: number;
  /** Median over the repetitions of this rate by the rival's of the same repetition. */
  readonly ratio: number;
  /** Smallest and largest of those ratios. */
  readonly ratioRange: readonly [number, number];
}

/** Measures variants in turn (first the rival); one repetition before the counted ones warms up. */
export async function interleave(
  rival: Variant,
  variants: readonly Variant[],
  repetitions: number,
): Promise<Measured[]> {
  const all = [rival, ...variants];
  const rates = all.map((): number[] => []);
  for (let repetition = -1; repetition < repetitions; repetition++) {
    // Every other round goes backwards, so that nobody always follows the same neighbour.
    const order = [...all.keys()];
    if (repetition % 2 === 1) order.reverse();
    for (const at of order) {
      const rate = await all[at]!.measure();
      if (repetition >= 0) rates[at]!.push(rate);
    }
  }
  return all.map(({ name }, at) => {
    const ratios = rates[at]!.map((rate, i) => rate / rates[0]![i]!);
    return {
      name,
      rates: rates[at]!.map((rate) => round(rate)),
      medianRate: round(median(rates[at]!)),
      ratio: round(median(ratios)),
      ratioRange: [round(Math.min(...ratios)), round(Math.max(...ratios))],
    };
  });
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

function round(value: number): number {
  return Number(value.toPrecision(5));
}
