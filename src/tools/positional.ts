// Why: a comma between digits may part two arguments or two digit groups; the list as a whole says which.
import type { Decimal } from "decimal.js";
import { ToolkenError } from "../errors.js";
import { ArithmeticDomainError, ArithmeticSyntaxError, evaluateArithmetic } from "./arithmetic.js";

/** How many arguments a tool takes; `max` may be `Infinity`. */
export interface Arity {
  readonly min: number;
  readonly max: number;
}

/** Longest argument list that is read, in UTF-16 units. */
export const MAX_POSITIONAL_TEXT_LENGTH = 2000;

/**
 * Reads `5572,3241`, `(0.82, 8)` without its parentheses, `$5, 4%`, `1+2*3, (4-1)/2` as exact numbers.
 *
 * Thousands commas: a comma inside parentheses, or of a list whose arguments are parted by comma and space,
 * is a thousands comma where it can be one (`13,289, 7,899`); in a list without such spaces it parts
 * arguments (`311,112`). Where that reading does not fit the arity and the other one does, the other is taken
 * (`sqrt(13,289)`); where several others do, the list is refused.
 *
 * @throws ToolkenError `TOOL_ARGUMENTS_INVALID`
 */
export function parsePositional(text: string, arity: Arity): Decimal[] {
  if (text.length > MAX_POSITIONAL_TEXT_LENGTH) {
    throw invalid(`the text is longer than ${MAX_POSITIONAL_TEXT_LENGTH} characters`);
  }
  if (text.trim() === "") {
    if (arity.min === 0) return [];
    throw invalid(`expected ${describeArity(arity)} but there is none`);
  }
  return split(text, arity).map((expression, index) => evaluate(expression, index));
}

export function describeArity({ min, max }: Arity): string {
  if (max === Infinity) return `at least ${min} number${min === 1 ? "" : "s"}`;
  const count = min === max ? `${min}` : `${min} to ${max}`;
  return `${count} number${max === 1 ? "" : "s"}`;
}

function evaluate(expression: string, index: number): Decimal {
  const argument = `argument ${index + 1}`;
  if (expression.trim() === "") throw invalid(`${argument} is empty`);
  try {
    return evaluateArithmetic(expression);
  } catch (cause) {
    if (cause instanceof ArithmeticSyntaxError || cause instanceof ArithmeticDomainError) {
      throw invalid(`${argument}, ${shorten(expression.trim())}: ${cause.message}`, cause);
    }
    throw cause;
  }
}

/** The argument expressions, their thousands commas removed. */
function split(text: string, arity: Arity): string[] {
  const commas = topLevelCommas(text);
  const groupable = commas.filter((at) => isThousandsComma(text, at));
  const spaced = commas.some((at) => /\s/.test(text[at + 1] ?? ""));
  const fits = (grouped: number): boolean => {
    const count = commas.length - grouped + 1;
    return count >= arity.min && count <= arity.max;
  };
  const preferred = spaced ? groupable.length : 0;
  const other = groupable.length - preferred;
  let grouped: readonly number[];
  if (fits(preferred)) grouped = spaced ? groupable : [];
  else if (fits(other) && !groupable.some((_, index) => index > 0 && fits(index))) {
    grouped = spaced ? [] : groupable;
  } else {
    const ambiguous = groupable.some((_, index) => fits(index));
    const count = commas.length - preferred + 1;
    throw invalid(
      `expected ${describeArity(arity)} but there ${count === 1 ? "is" : "are"} ${count}` +
        (ambiguous ? ", and its thousands commas can be read in more than one way" : ""),
    );
  }
  const separators = commas.filter((at) => !grouped.includes(at));
  const starts = [0, ...separators.map((at) => at + 1)];
  return starts.map((start, index) => withoutThousandsCommas(text.slice(start, separators[index])));
}

function topLevelCommas(text: string): number[] {
  const commas: number[] = [];
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "(") depth++;
    else if (text[at] === ")") depth--;
    else if (text[at] === "," && depth === 0) commas.push(at);
  }
  return commas;
}

/** Whether one to three digits (or whole groups of three) stand before the comma, and exactly three after it. */
function isThousandsComma(text: string, at: number): boolean {
  return (
    /(?<![0-9.eE])[1-9][0-9]{0,2}$|,[0-9]{3}$/.test(text.slice(Math.max(0, at - 4), at)) &&
    /^[0-9]{3}(?![0-9])/.test(text.slice(at + 1, at + 5))
  );
}

function withoutThousandsCommas(text: string): string {
  let plain = "";
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "," || !isThousandsComma(text, at)) plain += text[at] ?? "";
  }
  return plain;
}

function shorten(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function invalid(reason: string, cause?: unknown): ToolkenError {
  return new ToolkenError("TOOL_ARGUMENTS_INVALID", `Invalid arguments: ${reason}`, { cause });
}
