// One situation of the world: its numbers, its calculations, and the its wordings.

import { operators, type Operator } from "./arithmetic.js";
import type { DrawAll } from "./quantities.js";

/** Wordings of one manner. Question slots: numbers and words. Answer slots: also calculations. */
export interface Wordings {
  readonly questions: readonly string[];
  /**
   * `{=1}` is the first calculation with its result (`8412-377=8035`), `{!1}` its result alone where the
   * calculation belongs, `{#1}` its result mentioned again.
   */
  readonly answers: readonly string[];
}

/** A calculation: numerals, names of numbers, or `#1` for the result of the first one. */
export interface Step {
  readonly operator: Operator;
  readonly args: readonly string[];
}

export interface Story {
  readonly id: string;
  readonly numbers: DrawAll;
  readonly steps: readonly Step[];
  readonly train: Wordings;
  /** Written apart from the others: a test of what lies beyond them. */
  readonly unfamiliar: Wordings;
  /** The number to copy when there is nothing to calculate. */
  readonly copied?: string;
}

/** `calculations` are written `subtract(a,b) multiply(#1,c)`; each list alternates questions and answers. */
export function story(
  id: string,
  draw: DrawAll,
  calculations: string,
  train: readonly [readonly string[], readonly string[]],
  unfamiliar: readonly [readonly string[], readonly string[]],
): Story {
  return {
    id,
    numbers: draw,
    steps: calculations === "" ? [] : calculations.split(" ").map(parseStep),
    train: { questions: train[0], answers: train[1] },
    unfamiliar: { questions: unfamiliar[0], answers: unfamiliar[1] },
  };
}

function parseStep(text: string): Step {
  const match = /^(\w+)\(([^()]+)\)$/.exec(text);
  const operator = operators.find((name) => name === match?.[1]);
  if (match === null || operator === undefined) throw new Error(`Not a calculation: ${text}`);
  return { operator, args: match[2]!.split(",") };
}
