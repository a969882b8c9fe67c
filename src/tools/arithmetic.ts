// Why: models write arguments as sums they have not done, `(4-1)/2`; they are computed here, never evaluated as code.
import type { Decimal } from "decimal.js";
import { add, ArithmeticDomainError, divide, exact, multiply, power, subtract } from "./decimals.js";

/** Deepest nesting of parentheses, signs and exponents. */
const DEEPEST = 64;

const NUMBER = /(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?/y;

/** A text that is no arithmetic. `at` counts UTF-16 units from the start of the expression. */
export class ArithmeticSyntaxError extends Error {
  override readonly name = "ArithmeticSyntaxError";

  constructor(
    message: string,
    readonly at: number,
  ) {
    super(`${message} at position ${at + 1}`);
  }
}

/**
 * Computes an arithmetic expression exactly: `+ - * /`, `^` (right to left, before signs: `-2^2` is -4),
 * parentheses, signs, `$5`, `4%` (0.04), `1.5e3`, and `× ÷ −`. No thousands commas.
 *
 * @throws ArithmeticSyntaxError for a text that is no arithmetic
 * @throws ArithmeticDomainError for a division by zero, a root of a negative number, a number out of range
 */
export function evaluateArithmetic(text: string): Decimal {
  let at = 0;
  let depth = 0;

  const skipSpace = (): void => {
    while (at < text.length && " \t\r\n".includes(text.charAt(at))) at++;
  };

  /** Takes the next sign if it is one of `signs`. */
  const take = (signs: string): string | undefined => {
    skipSpace();
    const sign = text[at];
    if (sign === undefined || !signs.includes(sign)) return undefined;
    at++;
    return sign;
  };

  const nested = <T>(read: () => T): T => {
    if (++depth > DEEPEST) throw new ArithmeticSyntaxError("nesting that is too deep", at);
    const value = read();
    depth--;
    return value;
  };

  const readSum = (): Decimal => {
    let value = readProduct();
    for (;;) {
      const sign = take("+-−");
      if (sign === undefined) return value;
      value = (sign === "+" ? add : subtract)(value, readProduct());
    }
  };

  const readProduct = (): Decimal => {
    let value = readSigned();
    for (;;) {
      const sign = take("*×/÷");
      if (sign === undefined) return value;
      value = (sign === "*" || sign === "×" ? multiply : divide)(value, readSigned());
    }
  };

  const readSigned = (): Decimal => {
    const sign = take("+-−");
    if (sign === undefined) return readPower();
    const value = nested(readSigned);
    return sign === "+" ? value : value.negated();
  };

  const readPower = (): Decimal => {
    const base = readPercentage();
    return take("^") === undefined ? base : power(base, nested(readSigned));
  };

  const readPercentage = (): Decimal => {
    const value = readOperand();
    return take("%") === undefined ? value : divide(value, exact(100));
  };

  const readOperand = (): Decimal => {
    if (take("(") !== undefined) {
      const value = nested(readSum);
      if (take(")") === undefined) throw new ArithmeticSyntaxError('Expected ")"', at);
      return value;
    }
    if (take("$") !== undefined) skipSpace();
    NUMBER.lastIndex = at;
    const digits = NUMBER.exec(text)?.[0];
    if (digits === undefined) throw new ArithmeticSyntaxError("Expected a number", at);
    at += digits.length;
    return exact(digits);
  };

  const value = readSum();
  skipSpace();
  if (at < text.length) throw new ArithmeticSyntaxError("Expected an operator", at);
  return value;
}

export { ArithmeticDomainError };
