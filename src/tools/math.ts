// Why: a head that fires on arithmetic needs tools that get it right: the thirteen operators of FuncQA, exactly.
import type { Decimal } from "decimal.js";
import { ToolkenError } from "../errors.js";
import {
  add,
  ArithmeticDomainError,
  divide,
  exact,
  MAX_EXPONENT,
  logarithm,
  multiply,
  naturalLogarithm,
  power,
  remainder,
  squareRoot,
  subtract,
} from "./decimals.js";
import { mathDemonstrations, type MathToolName } from "./math-demonstrations.js";
import { roundResult } from "./rounding.js";
import { defineTool, type Tool } from "./tool.js";

const MAX_INTEGER = 10n ** BigInt(MAX_EXPONENT);

/**
 * The thirteen operators of FuncQA, in the order of its published heads: add, subtract, multiply, divide,
 * power, sqrt, log, ln, lcm, gcd, remainder, choose, permutate. They take arithmetic (`1+2*3`, `$5`, `4%`),
 * compute exactly, and return text rounded by `roundResult`. Arguments out of an operator's domain, or with a
 * result beyond 10^300, give `TOOL_ARGUMENTS_INVALID`.
 */
export const mathTools: readonly Tool[] = Object.freeze([
  operator("add", "The sum of two or more numbers.", ["a", "b"], Infinity, fold(add)),
  operator("subtract", "The first number less all that follow.", ["a", "b"], Infinity, fold(subtract)),
  operator("multiply", "The product of two or more numbers.", ["a", "b"], Infinity, fold(multiply)),
  operator(
    "divide",
    "The first number divided by all that follow.",
    ["dividend", "divisor"],
    Infinity,
    fold(divide),
  ),
  operator("power", "The base raised to the exponent.", ["base", "exponent"], Infinity, fold(power)),
  operator("sqrt", "The square root of a number.", ["x"], 1, ([x]) => squareRoot(x!)),
  operator(
    "log",
    "The logarithm of a number, to base 10 or to the base given second.",
    ["x"],
    2,
    ([x, base = exact(10)]) => logarithm(x!, base),
    ["x", "base"],
  ),
  operator("ln", "The natural logarithm of a number.", ["x"], 1, ([x]) => naturalLogarithm(x!)),
  operator("lcm", "The least common multiple of two or more integers.", ["a", "b"], Infinity, (numbers) =>
    toDecimal(numbers.map(toInteger).reduce(leastCommonMultiple)),
  ),
  operator("gcd", "The greatest common divisor of two or more integers.", ["a", "b"], Infinity, (numbers) =>
    toDecimal(numbers.map(toInteger).reduce(greatestCommonDivisor)),
  ),
  operator(
    "remainder",
    "What is left of the dividend after division by the divisor.",
    ["dividend", "divisor"],
    2,
    ([a, b]) => remainder(a!, b!),
  ),
  operator(
    "choose",
    "The number of ways to choose r of n things when their order does not matter.",
    ["n", "r"],
    2,
    ([n, r]) => toDecimal(combinations(toCount(n!), toCount(r!))),
  ),
  operator(
    "permutate",
    "The number of ways to arrange r of n things when their order matters.",
    ["n", "r"],
    2,
    ([n, r]) => toDecimal(permutations(toCount(n!), toCount(r!))),
  ),
]);

/** `required` names the arguments that must be there; `names` may go on with optional ones. */
function operator(
  name: MathToolName,
  description: string,
  required: readonly string[],
  max: number,
  compute: (args: Decimal[]) => Decimal,
  names: readonly string[] = required,
): Tool {
  return arithmeticTool(name, description, mathDemonstrations[name], { required, max, names }, compute);
}

/** A tool that computes exactly on numbers and expressions, and rounds by {@link roundResult}. */
export function arithmeticTool(
  name: string,
  description: string,
  demonstrations: string,
  { required, max, names }: { required: readonly string[]; max: number; names: readonly string[] },
  compute: (args: Decimal[]) => Decimal,
): Tool {
  return defineTool({
    name,
    description,
    parameters: { positional: { min: required.length, max, names, exact: true } },
    demonstrations,
    execute: (args: Decimal[]) => {
      try {
        return roundResult(compute(args));
      } catch (cause) {
        if (!(cause instanceof ArithmeticDomainError)) throw cause;
        throw new ToolkenError("TOOL_ARGUMENTS_INVALID", `${name}: ${cause.message}`, { cause });
      }
    },
  });
}

export function fold(operation: (a: Decimal, b: Decimal) => Decimal): (numbers: Decimal[]) => Decimal {
  return (numbers) => numbers.reduce(operation);
}

function toInteger(value: Decimal): bigint {
  if (!value.isInteger()) throw new ArithmeticDomainError(`${shorten(value)} is no integer`);
  return BigInt(value.toFixed());
}

function toCount(value: Decimal): bigint {
  const integer = toInteger(value);
  if (integer < 0n) throw new ArithmeticDomainError(`${shorten(value)} is negative`);
  return integer;
}

function toDecimal(integer: bigint): Decimal {
  return exact(integer.toString());
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  while (b !== 0n) [a, b] = [b, a % b];
  return a < 0n ? -a : a;
}

function leastCommonMultiple(a: bigint, b: bigint): bigint {
  if (a === 0n || b === 0n) return 0n;
  const multiple = (a / greatestCommonDivisor(a, b)) * b;
  return refuseHuge(multiple < 0n ? -multiple : multiple);
}

/** n! / (n - r)!; the product only grows, so the limit ends it soon, however large n and r are. */
function permutations(n: bigint, r: bigint): bigint {
  if (r > n) return 0n;
  let product = 1n;
  for (let factor = n; factor > n - r && factor > 1n; factor--) product = refuseHuge(product * factor);
  return product;
}

/** n! / (r! (n - r)!); for r up to n/2 each step is itself a count, and larger than the one before. */
function combinations(n: bigint, r: bigint): bigint {
  if (r > n) return 0n;
  const steps = r > n - r ? n - r : r;
  let count = 1n;
  for (let step = 1n; step <= steps; step++) count = refuseHuge((count * (n - steps + step)) / step);
  return count;
}

function refuseHuge(value: bigint): bigint {
  if (value > MAX_INTEGER) {
    throw new ArithmeticDomainError(`a result beyond 10^${MAX_EXPONENT}`);
  }
  return value;
}

function shorten(value: Decimal): string {
  return value.toSignificantDigits(20).toString();
}
