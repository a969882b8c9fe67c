import test from "ava";
import { Decimal } from "decimal.js";
import {
  ArithmeticDomainError,
  ArithmeticSyntaxError,
  evaluateArithmetic,
} from "../../src/tools/arithmetic.js";
import { seeded } from "./seeded.js";

const computes = test.macro({
  exec(t, text: string, value: string) {
    t.is(evaluateArithmetic(text).toFixed(), value);
  },
  title: (_, text) => `computes ${JSON.stringify(text)}`,
});

test(computes, "42", "42");
test(computes, " 42 ", "42");
test(computes, ".5", "0.5");
test(computes, "0.1+0.2", "0.3");
test(computes, "1+2*3", "7");
test(computes, "(4-1)/2", "1.5");
test(computes, "8-3-2", "3");
test(computes, "64/4/2", "8");
test(computes, "2^3^2", "512");
test(computes, "-2^2", "-4");
test(computes, "(-2)^2", "4");
test(computes, "2^-1", "0.5");
test(computes, "2*-3", "-6");
test(computes, "--2", "2");
test(computes, "+5", "5");
test(computes, "$5", "5");
test(computes, "-$5.50", "-5.5");
test(computes, "4%", "0.04");
test(computes, "(1+3)%", "0.04");
test(computes, "50%*8", "4");
test(computes, "1.5e3", "1500");
test(computes, "2E-2", "0.02");
test(computes, "6 × 7 − 2 ÷ 4", "41.5");
test(computes, "0^0", "1");
test(computes, "9^0.5", "3");
test(computes, "99999999999999999999 + 1", "100000000000000000000");
test(computes, "2^200", (2n ** 200n).toString());

const refuses = test.macro({
  exec(t, text: string, kind: "syntax" | "domain") {
    t.throws(() => evaluateArithmetic(text), {
      instanceOf: kind === "syntax" ? ArithmeticSyntaxError : ArithmeticDomainError,
    });
  },
  title: (_, text: string) =>
    `refuses ${text.length > 30 ? `${text.slice(0, 30)}… (${text.length})` : text || "nothing"}`,
});

test(refuses, "", "syntax");
test(refuses, "()", "syntax");
test(refuses, "(1", "syntax");
test(refuses, "1)", "syntax");
test(refuses, "1 2", "syntax");
test(refuses, "2(3)", "syntax");
test(refuses, "5.", "syntax");
test(refuses, "1.2.3", "syntax");
test(refuses, "1,234", "syntax");
test(refuses, "1+", "syntax");
test(refuses, "*2", "syntax");
test(refuses, "5 apples", "syntax");
test(refuses, "9%4", "syntax");
test(refuses, "4%%", "syntax");
test(refuses, "$$5", "syntax");
test(refuses, "0x10", "syntax");
test(refuses, "NaN", "syntax");
test(refuses, "Infinity", "syntax");
test(refuses, "process.exit()", "syntax");
test(refuses, "٣+٤", "syntax");
test(refuses, "１２", "syntax");
test(refuses, "1\u00002", "syntax");
test(refuses, "(".repeat(10_000), "syntax");
test(refuses, `${"(".repeat(10_000)}1${")".repeat(10_000)}`, "syntax");
test(refuses, `${"-".repeat(10_000)}1`, "syntax");
test(refuses, `${"2^".repeat(10_000)}1`, "syntax");
test(refuses, "1/0", "domain");
test(refuses, "0^-1", "domain");
test(refuses, "(-8)^(1/3)", "domain");
test(refuses, "10^1e9", "domain");
test(refuses, "9^9^9^9", "domain");
test(refuses, "0.1^1e9", "domain");
test(refuses, "1e301", "domain");
test(refuses, "1e-301", "domain");
test(refuses, "1e99999999999999999999", "domain");
test(refuses, "1e200*1e200", "domain");
test(refuses, "9".repeat(400), "domain");

test("a syntax error says where", (t) => {
  const error = t.throws<ArithmeticSyntaxError>(() => evaluateArithmetic("12+*3"));
  t.is(error.at, 3);
  t.is(error.message, "Expected a number at position 4");
});

// The reference: exact fractions, and the operator that binds least found by looking at every character.

type Fraction = readonly [numerator: bigint, denominator: bigint];

class Undefined extends Error {}

function reference(text: string): Fraction {
  const at = weakestOperator(text);
  if (at !== undefined) {
    const [a, b] = [reference(text.slice(0, at)), reference(text.slice(at + 1))];
    switch (text[at]) {
      case "+":
        return [a[0] * b[1] + b[0] * a[1], a[1] * b[1]];
      case "-":
        return [a[0] * b[1] - b[0] * a[1], a[1] * b[1]];
      case "*":
        return [a[0] * b[0], a[1] * b[1]];
      case "/":
        return quotient(a, b);
      default:
        return raise(a, b);
    }
  }
  if (text.startsWith("-")) {
    const [numerator, denominator] = reference(text.slice(1));
    return [-numerator, denominator];
  }
  if (text.endsWith("%")) return quotient(reference(text.slice(0, -1)), [100n, 1n]);
  if (text.startsWith("$")) return reference(text.slice(1));
  if (text.startsWith("(")) return reference(text.slice(1, -1));
  const [whole, decimals = ""] = text.split(".");
  return [BigInt(whole! + decimals), 10n ** BigInt(decimals.length)];
}

/** The rightmost `+` or `-`, else the rightmost `*` or `/`, else the leftmost `^`, of those between operands. */
function weakestOperator(text: string): number | undefined {
  const found: [number, string][] = [];
  let depth = 0;
  let afterOperand = false;
  Array.from(text).forEach((character, at) => {
    if (character === "(") depth++;
    if (character === ")") depth--;
    const binary = "+-*/^".includes(character) && afterOperand;
    if (binary && depth === 0) found.push([at, character]);
    afterOperand = /[0-9)%]/.test(character);
  });
  const last = (operators: string): number | undefined =>
    found.filter(([, operator]) => operators.includes(operator)).at(-1)?.[0];
  const power = text.startsWith("-") ? undefined : found.find(([, operator]) => operator === "^")?.[0];
  // A sign after an operator belongs to what follows, so "2^-3*4" splits at "*" all the same.
  return last("+-") ?? last("*/") ?? power;
}

function quotient(a: Fraction, b: Fraction): Fraction {
  if (b[0] === 0n) throw new Undefined();
  return b[0] < 0n ? [-a[0] * b[1], a[1] * -b[0]] : [a[0] * b[1], a[1] * b[0]];
}

function raise(a: Fraction, b: Fraction): Fraction {
  if (b[0] % b[1] !== 0n) throw new Undefined();
  const exponent = b[0] / b[1];
  if (exponent > 30n || exponent < -30n) throw new Undefined();
  if (exponent < 0n) return quotient([1n, 1n], raise(a, [-exponent, 1n]));
  return [a[0] ** exponent, a[1] ** exponent];
}

test("agrees with exact fractions on 3 000 random expressions", (t) => {
  const random = seeded(7);
  const number = (): string => {
    const digits = String(random.integer(0, 10 ** random.integer(1, 3)));
    return random.pick(["", "", "", "$"]) + digits + random.pick(["", "", `.${random.integer(0, 99)}`]);
  };
  const operand = (depth: number): string => {
    const sign = random.pick(["", "", "", "-"]);
    if (depth > 0 && random.next() < 0.4) return `${sign}(${expression(depth - 1)})`;
    return sign + number() + random.pick(["", "", "", "%"]);
  };
  const expression = (depth: number): string => {
    let text = operand(depth);
    for (let count = random.integer(0, 3); count > 0; count--) {
      const operator = random.pick(["+", "-", "*", "/", "^"]);
      text += operator + (operator === "^" ? String(random.integer(0, 4)) : operand(depth));
    }
    return text;
  };
  const Long = Decimal.clone({ precision: 1200 });
  let compared = 0;
  for (let count = 0; count < 3000; count++) {
    const text = expression(2);
    let wanted: Fraction;
    try {
      wanted = reference(text);
    } catch (error) {
      if (error instanceof Undefined) continue;
      throw error;
    }
    let value: Decimal;
    try {
      value = evaluateArithmetic(text);
    } catch (error) {
      // Out of range on the way: the fraction must be able to explain it.
      if (error instanceof ArithmeticDomainError && error.message.includes("10^")) continue;
      t.fail(`${text}: ${String(error)}`);
      return;
    }
    const exact = new Long(wanted[0].toString()).div(wanted[1].toString());
    const miss = exact.minus(value).abs();
    t.true(
      miss.lessThanOrEqualTo(exact.abs().times("1e-200").plus("1e-290")),
      `${text} = ${value.toString()}`,
    );
    compared++;
  }
  t.true(compared > 2000, String(compared));
});
