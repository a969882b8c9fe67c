// The marks of one solution: from number to number, what the text states, what computing leaves, what the model takes.
import { expression, type Operator } from "../word-problems/arithmetic.js";
import { checkResult } from "../datasets/marks.js";
import type { Tool } from "../../tools/index.js";
import type { TrainingCall, TrainingExample } from "../../examples/example.js";
import { type Candidate, candidatesFor, givesResult } from "./candidates.js";
import { isListNumber, numbersOf } from "./numbers.js";
import { isBehindEquals, writtenCalculation } from "./written.js";

/**
 * Why a number has no mark. `given`: it stands in the text before. `unexplained`: no calculation with the numbers
 * before gives it. `declined`: one does, and the model writes the number without it. `wrong`: the text's own
 * calculation has another result.
 */
export const UNMARKED_REASONS = ["given", "unexplained", "declined", "wrong"] as const;

export type UnmarkedReason = (typeof UNMARKED_REASONS)[number];

export interface UnmarkedNumber {
  readonly start: number;
  readonly end: number;
  readonly reason: UnmarkedReason;
  /** Of `declined`: the probability of all calculations together. */
  readonly probability?: number;
}

export interface MarkedCalculation extends TrainingCall {
  /** Whether the text states the calculation before the number; otherwise the model chose it. */
  readonly stated: boolean;
  /** Of this calculation among those that check out, under the model; 1 where the text states it. */
  readonly probability: number;
}

export interface TextMarks {
  readonly calls: readonly MarkedCalculation[];
  readonly unmarked: readonly UnmarkedNumber[];
  /** The first calculation of the text that has another result, in words. */
  readonly wrong?: string;
}

/**
 * The probabilities of texts as what follows `before`, in their order.
 * @param before the solution so far, its calculations written out
 */
export type Choose = (before: string, lead: string, texts: readonly string[]) => Promise<readonly number[]>;

export interface TextMarkOptions {
  /** Operators that may be marked. */
  readonly tools: readonly Tool[];
  /** A number is marked where the model gives its calculations together at least this probability. */
  readonly threshold: number;
}

/** Marks the calculations after `questionEnd`. */
export async function annotateText(
  { text, questionEnd = 0 }: Pick<TrainingExample, "text" | "questionEnd">,
  choose: Choose,
  { tools, threshold }: TextMarkOptions,
): Promise<TextMarks> {
  const numbers = numbersOf(text);
  const calls: MarkedCalculation[] = [];
  const unmarked: UnmarkedNumber[] = [];
  let wrong: string | undefined;
  // What the model reads: the text with the calculations that it chose.
  let read = "";
  let readEnd = 0;
  for (const [index, number] of numbers.entries()) {
    const { start, end, value } = number;
    if (start < questionEnd || number.isWord || isListNumber(text, number)) continue;
    const pass = (reason: UnmarkedReason, more: { probability?: number } = {}): void => {
      unmarked.push({ start, end, reason, ...more });
    };
    const mark = ({ tool, args }: Candidate, stated: boolean, probability: number): void => {
      calls.push({ tool, start, end, args, result: text.slice(start, end), stated, probability });
    };

    const place = text[start - 1] === "$" ? start - 1 : start;
    const answer = text.slice(questionEnd, place);
    const stated = writtenCalculation(answer);
    if (stated !== undefined) {
      if (!tools.some(({ name }) => name === stated.tool)) pass("unexplained");
      else if (await givesResult(stated, value, tools)) mark(stated, true, 1);
      else {
        pass("wrong");
        wrong ??= wrongInWords(stated.expression, text.slice(start, end));
      }
      continue;
    }
    const before = numbers.slice(0, index);
    const isResult = isBehindEquals(answer);
    if (!isResult && before.some((earlier) => earlier.value.equals(value))) {
      pass("given");
      continue;
    }
    const candidates = await candidatesFor(number, before, tools);
    if (candidates.length === 0) {
      pass("unexplained");
      continue;
    }
    read += text.slice(readEnd, place);
    readEnd = place;
    const written = candidates.map(({ tool, args }) => expression(tool as Operator, args.split(", ")));
    const mustBeResult = isResult || threshold === 0 || significantDigits(number.digits) >= CERTAIN_DIGITS;
    const asked = { written, number: text.slice(place, end), after: text.slice(end), read, mustBeResult };
    const weights = await weigh(asked, choose);
    const all = weights.reduce((sum, weight) => sum + weight);
    if (all < threshold && !mustBeResult) {
      pass("declined", { probability: all });
      continue;
    }
    const best = weights.indexOf(Math.max(...weights));
    mark(candidates[best]!, false, weights[best]! / all);
    if (!isResult) read += `${written[best]!}=`;
  }
  return { calls, unmarked, ...(wrong === undefined ? {} : { wrong }) };
}

/** Results with this number of digits do not match by chance: a few numbers make some hundred calculations. */
const CERTAIN_DIGITS = 5;

/** Digits without leading zeros, and without the trailing zeros of a whole number. */
function significantDigits(digits: string): number {
  const whole = digits.includes(".") ? digits : digits.replace(/0+$/, "");
  return whole.replaceAll(/[-.]/g, "").replace(/^0+/, "").length;
}

/**
 * The probability of each calculation as what the model writes before the number; what is missing to 1 is that of
 * the number alone. Where the number must be a result only which one is asked.
 */
async function weigh(
  { written, number, after, read, mustBeResult }: AskedNumber,
  choose: Choose,
): Promise<readonly number[]> {
  if (mustBeResult && written.length === 1) return [1];
  const before = read.trimEnd();
  // With the word that follows, `2 boxes` is not the beginning of `24/12=2 boxes`.
  const end = number + (/^\s*\S+/.exec(after)?.[0] ?? "\n");
  const texts = written.map((calculation) => `${calculation}=${end}`);
  const weights = await choose(before, read.slice(before.length), mustBeResult ? texts : [...texts, end]);
  return weights.slice(0, written.length);
}

interface AskedNumber {
  /** Its calculations, as they are written. */
  readonly written: readonly string[];
  readonly number: string;
  /** The text after the number. */
  readonly after: string;
  /** What the model has read before it. */
  readonly read: string;
  /** Whether it stands after an equals sign, say: it is not compared with the number alone. */
  readonly mustBeResult: boolean;
}

function wrongInWords(stated: string, written: string): string {
  const reason = checkResult(stated, written);
  return typeof reason === "string" ? reason : `${stated} is not ${written} by the rounding of results`;
}
