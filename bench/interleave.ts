// Honest ratios on a noisy machine: variants take turns, and each is compared with the rival of its own turn.
import { setTimeout } from "node:timers/promises";

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
  /** The ratios' first and third quartile. */
  readonly ratioRange: readonly [number, number];
}

/** Threads that wait for more work by spinning (OpenMP's, ggml's) have gone to sleep by then. */
const PAUSE_MS = 50;

let stopping = false;
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  // The first asks for an end after the current round, so that what was measured is kept; the second ends.
  process.once(signal, () => (stopping = true));
}

/** Whether the process was asked to end. */
export function isStopping(): boolean {
  return stopping;
}

/** Between two turns: what the last one has left going on must not cost the next one time. */
export async function pause(): Promise<void> {
  await setTimeout(PAUSE_MS);
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
    if (stopping && repetition > 0) break;
    // Every other round goes backwards, so that nobody always follows the same neighbour.
    const order = [...all.keys()];
    if (repetition % 2 === 1) order.reverse();
    for (const at of order) {
      await pause();
      const rate = await all[at]!.measure();
      if (repetition >= 0) rates[at]!.push(rate);
    }
  }
  return all.map(({ name }, at) => measuredOf(name, rates[at]!, rates[0]!));
}

/** Medians and quartiles of numbers that were taken side by side with the rival's. */
export function measuredOf(name: string, rates: readonly number[], rival: readonly number[]): Measured {
  const ratios = rates.map((rate, i) => rate / rival[i]!);
  return {
    name,
    rates: rates.map((rate) => round(rate)),
    medianRate: round(median(rates)),
    ratio: round(median(ratios)),
    ratioRange: [round(quantile(ratios, 0.25)), round(quantile(ratios, 0.75))],
  };
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Linear interpolation between the neighbours. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const [low, high] = [sorted[below]!, sorted[Math.min(below + 1, sorted.length - 1)]!];
  return low + (high - low) * (at - below);
}

function round(value: number): number {
  return Number(value.toPrecision(5));
}
