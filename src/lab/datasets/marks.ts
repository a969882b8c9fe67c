// A marked calculation becomes a call only if computing it gives the marked result.
import { Decimal } from "decimal.js";
import { evaluateArithmetic } from "../../tools/arithmetic.js";

/** A calculation as a call; its arguments may be calculations themselves: `(3+4)*2` is `multiply(3+4, 2)`. */
export interface Calculation {
  readonly tool: "add" | "subtract" | "multiply" | "divide" | "power";
  readonly args: string;
}

const TOOLS: Readonly<Record<string, Calculation["tool"]>> = {
  "+": "add",
  "-": "subtract",
  "*": "multiply",
  "/": "divide",
  "^": "power",
};

/** One spelling for every sign, without currency, thousands commas and white space. */
function plain(expression: string): string {
  return expression
    .replaceAll(/[\s$]/g, "")
    .replaceAll(/(?<=\d),(?=\d{3}(?!\d))/g, "")
    .replaceAll(/[×]/g, "*")
    .replaceAll(/[÷]/g, "/")
    .replaceAll(/[−–]/g, "-")
    .replaceAll("**", "^");
}

/** The value, or in words why there is none. */
export function valueOf(expression: string): Decimal | string {
  try {
    return evaluateArithmetic(plain(expression));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * The outermost operation of an arithmetic expression, with chains of one operator as one call (`16-3-4` is
 * `subtract(16, 3, 4)`); `undefined` for a number alone. The expression must be one that {@link valueOf} takes.
 */
export function outermostOperation(expression: string): Calculation | undefined {
  const text = withoutOuterParentheses(plain(expression));
  const places = operatorsOutside(text);
  for (const operators of ["+-", "*/"]) {
    const last = places.findLast(({ sign }) => operators.includes(sign));
    if (last === undefined) continue;
    const operands = [text.slice(last.at + 1)];
    let end = last.at;
    // The chain goes on to the left while the operator is the same and binds as loosely.
    for (const place of places.filter(({ at }) => at < last.at).reverse()) {
      if (!operators.includes(place.sign)) continue;
      if (place.sign !== last.sign) break;
      operands.unshift(text.slice(place.at + 1, end));
      end = place.at;
    }
    operands.unshift(text.slice(0, end));
    return { tool: TOOLS[last.sign]!, args: operands.map(withoutOuterParentheses).join(", ") };
  }
  const power = places.find(({ sign }) => sign === "^");
  if (power === undefined) return undefined;
  const operands = [text.slice(0, power.at), text.slice(power.at + 1)];
  return { tool: "power", args: operands.map(withoutOuterParentheses).join(", ") };
}

/** How many operators an expression has. */
export function operationCount(expression: string): number {
  let count = 0;
  const text = plain(expression);
  for (let at = 1; at < text.length; at++) if (isOperator(text, at)) count++;
  return count;
}

/**
 * Whether a written result is an expression's value. A result with decimals may be rounded to them, a whole
 * number may not; 10/3 is 3.33 and 3.3, and is not 3. Ten decimals and more come from floating point, whose
 * last digits are off.
 *
 * @returns `true`, or in words why not.
 */
export function checkResult(expression: string, written: string): true | string {
  const value = valueOf(expression);
  if (typeof value === "string") return `${expression} can't be computed (${value})`;
  const result = valueOf(written);
  if (typeof result === "string" || outermostOperation(written) !== undefined) {
    return `${written} is no number`;
  }
  if (value.equals(result)) return true;
  const decimals = /\.(\d+)%?$/.exec(plain(written))?.[1]?.length ?? 0;
  const places = written.trim().endsWith("%") ? decimals + 2 : decimals;
  if (decimals > 0 && value.toDecimalPlaces(places, Decimal.ROUND_HALF_UP).equals(result)) return true;
  if (decimals >= 10 && value.minus(result).abs().lessThanOrEqualTo(value.abs().times(1e-12))) return true;
  return `${expression} is ${value.toSignificantDigits(12).toString()} and not ${written.trim()}`;
}

function withoutOuterParentheses(text: string): string {
  let inner = text;
  while (inner.startsWith("(") && closing(inner) === inner.length - 1) inner = inner.slice(1, -1);
  return inner;
}

/** Where the parenthesis that opens the text is closed. */
function closing(text: string): number {
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "(") depth++;
    else if (text[at] === ")" && --depth === 0) return at;
  }
  return -1;
}

/** Operators outside of parentheses, in their order. */
function operatorsOutside(text: string): { readonly sign: string; readonly at: number }[] {
  const places: { sign: string; at: number }[] = [];
  let depth = 0;
  for (let at = 0; at < text.length; at++) {
    const sign = text[at]!;
    if (sign === "(") depth++;
    else if (sign === ")") depth--;
    else if (depth === 0 && isOperator(text, at)) places.push({ sign, at });
  }
  return places;
}

/** A sign after an operator or an opening parenthesis is the number's own. */
function isOperator(text: string, at: number): boolean {
  return Object.hasOwn(TOOLS, text[at]!) && at > 0 && /[\d.%)]/.test(text[at - 1]!);
}
