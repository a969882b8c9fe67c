// Why: tools compute in decimal digits, as people do; binary floating point would turn 0.1+0.2 into an answer.
import { createRequire } from "node:module";
import type decimal from "decimal.js";
import type { Decimal } from "decimal.js";

/** The largest decimal exponent, in size, of any number in an argument or a result: 10^300 is out of any question's reach. */
export const MAX_EXPONENT = 300;

const require = createRequire(import.meta.url);

/** decimal.js, loaded by the first number. */
export function decimalClass(): typeof decimal.Decimal {
  return (require("decimal.js") as typeof decimal).Decimal;
}

interface Classes {
  /** Carries sums, products, quotients and whole powers: integers up to 10^{@link MAX_EXPONENT} stay exact. */
  readonly Exact: typeof decimal.Decimal;
  /** Carries what has no finite digits (roots, logarithms, broken powers): 60 significant digits. */
  readonly Irrational: typeof decimal.Decimal;
  /** Enough digits to say how large a power will be, before it is computed. */
  readonly Estimate: typeof decimal.Decimal;
}

let known: Classes | undefined;

function classes(): Classes {
  if (known !== undefined) return known;
  const Decimal = decimalClass();
  known = {
    Exact: Decimal.clone({ precision: MAX_EXPONENT + 60, rounding: Decimal.ROUND_HALF_UP }),
    Irrational: Decimal.clone({ precision: 60, rounding: Decimal.ROUND_HALF_UP }),
    Estimate: Decimal.clone({ precision: 20 }),
  };
  return known;
}

/** Whether a value is of any copy of decimal.js. */
export function isDecimal(value: object | null): value is Decimal {
  return (value as { readonly toStringTag?: unknown } | null)?.toStringTag === "[object Decimal]";
}

/** A value outside an operation's domain, or a result out of range; callers turn it into a `ToolkenError`. */
export class ArithmeticDomainError extends Error {
  override readonly name = "ArithmeticDomainError";
}

/** An exact decimal; throws {@link ArithmeticDomainError} beyond 10^±{@link MAX_EXPONENT}. */
export function exact(value: Decimal.Value): Decimal {
  const { Exact } = classes();
  return inRange(new Exact(value));
}

export function add(a: Decimal, b: Decimal): Decimal {
  const { Exact } = classes();
  return inRange(Exact.add(a, b));
}

export function subtract(a: Decimal, b: Decimal): Decimal {
  const { Exact } = classes();
  return inRange(Exact.sub(a, b));
}

export function multiply(a: Decimal, b: Decimal): Decimal {
  const { Exact } = classes();
  return inRange(Exact.mul(a, b));
}

export function divide(a: Decimal, b: Decimal): Decimal {
  const { Exact } = classes();
  if (b.isZero()) throw new ArithmeticDomainError("division by zero");
  return inRange(Exact.div(a, b));
}

/** `a ^ b`; whole exponents exactly, others with 60 digits. `0 ^ 0` is 1. */
export function power(a: Decimal, b: Decimal): Decimal {
  const { Exact, Irrational, Estimate } = classes();
  if (b.isZero()) return new Exact(1);
  if (a.isZero()) {
    if (b.isNegative()) throw new ArithmeticDomainError("division by zero");
    return new Exact(0);
  }
  const whole = b.isInteger();
  if (a.isNegative() && !whole) {
    throw new ArithmeticDomainError("a negative number has no power with a broken exponent");
  }
  const digits = new Estimate(a.abs()).log(10).times(b);
  if (digits.abs().greaterThan(MAX_EXPONENT + 1)) throw outOfRange();
  return inRange(new Exact((whole ? new Exact(a) : new Irrational(a)).pow(b)));
}

export function squareRoot(a: Decimal): Decimal {
  const { Exact } = classes();
  if (a.lessThan(0)) throw new ArithmeticDomainError("a negative number has no square root");
  return new Exact(new Exact(a).sqrt());
}

/** The logarithm of `a` to `base`. */
export function logarithm(a: Decimal, base: Decimal): Decimal {
  const { Exact, Irrational } = classes();
  if (a.lessThanOrEqualTo(0)) throw new ArithmeticDomainError("only positive numbers have a logarithm");
  if (base.lessThanOrEqualTo(0) || base.equals(1)) {
    throw new ArithmeticDomainError("the base of a logarithm is positive and not 1");
  }
  return new Exact(new Irrational(a).log(base));
}

export function naturalLogarithm(a: Decimal): Decimal {
  const { Exact, Irrational } = classes();
  if (a.lessThanOrEqualTo(0)) throw new ArithmeticDomainError("only positive numbers have a logarithm");
  return new Exact(new Irrational(a).ln());
}

/** `a - b * floor(a / b)`: the remainder with the sign of `b`. */
export function remainder(a: Decimal, b: Decimal): Decimal {
  const { Exact } = classes();
  if (b.isZero()) throw new ArithmeticDomainError("division by zero");
  // decimal.js cuts off the quotient's digits beyond its precision: room for the longest quotient and its fraction.
  const Long = decimalClass().clone({ precision: 4 * MAX_EXPONENT });
  const rest = new Long(a).mod(b);
  const follows = rest.isZero() || rest.isNegative() === b.isNegative();
  return inRange(new Exact(follows ? rest : rest.plus(b)));
}

function inRange(value: Decimal): Decimal {
  if (!value.isFinite() || (!value.isZero() && Math.abs(value.e) > MAX_EXPONENT)) throw outOfRange();
  return value;
}

function outOfRange(): ArithmeticDomainError {
  return new ArithmeticDomainError(`a number beyond 10^${MAX_EXPONENT} or below 10^-${MAX_EXPONENT}`);
}
