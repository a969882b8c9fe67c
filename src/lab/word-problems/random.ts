// A seeded source of randomness, because the same seed must give the same problems on every machine.

import { invalidArgument } from "../../errors.js";

/** Repeatable random numbers (mulberry32 over a 32-bit state). */
export class Random {
  #state: number;

  constructor(seed: number) {
    // One round of mixing, so that neighbouring seeds start far apart.
    this.#state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;
  }

  /** Uniform in [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }

  /** Uniform integer, both ends included. */
  integer(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  /** Integer whose logarithm is uniform, so that every number of digits is as likely. */
  logInteger(low: number, high: number): number {
    return Math.floor(Math.exp(this.logRange(low, high + 1)));
  }

  /** Real number whose logarithm is uniform. */
  logReal(low: number, high: number): number {
    return Math.exp(this.logRange(low, high));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  pick<T>(choices: readonly T[]): T {
    if (choices.length === 0) throw invalidArgument("at least one choice", "choices", choices);
    return choices[Math.floor(this.next() * choices.length)]!;
  }

  /** One of the choices, as likely as its weight. */
  weighted<T>(choices: readonly (readonly [T, number])[]): T {
    let left = this.next() * choices.reduce((sum, [, weight]) => sum + weight, 0);
    for (const [choice, weight] of choices) {
      left -= weight;
      if (left < 0) return choice;
    }
    return this.pick(choices)[0];
  }

  private logRange(low: number, high: number): number {
    return Math.log(low) + this.next() * (Math.log(high) - Math.log(low));
  }
}
