// Interprets the draws of `data/*.json`: `count(3, 900)`, `fractionOf(p)`, and conditions such as `a > b + c`.

import type { Random } from "./random.js";

/** A number of a story. `numeral` is what calculations use: digits, a point, no separators. */
export interface Quantity {
  readonly numeral: string;
  readonly kind: "count" | "small" | "measure" | "money" | "percent" | "year" | "hidden";
}

export type Quantities = Readonly<Record<string, Quantity>>;
/** Draws all numbers of a story. */
export type DrawAll = (random: Random) => Quantities;

/** Draws one number; it may depend on the numbers drawn before it. */
type Draw = (random: Random, earlier: Quantities) => Quantity;

/** Draws the numbers in order, repeatedly until the visible ones differ and `where` holds. */
export function drawAll(numbers: Readonly<Record<string, string>>, where?: string): DrawAll {
  const draws = Object.entries(numbers).map(([name, text]) => [name, parseDraw(text)] as const);
  return (random) => {
    for (;;) {
      const drawn: Record<string, Quantity> = {};
      for (const [name, draw] of draws) drawn[name] = draw(random, drawn);
      const visible = Object.values(drawn).filter(({ kind }) => kind !== "hidden");
      const distinct = new Set(visible.map(({ numeral }) => numeral)).size === visible.length;
      if (distinct && (where === undefined || holds(where, drawn))) return drawn;
    }
  };
}

const DRAWS: Readonly<Record<string, (...args: string[]) => Draw>> = {
  /** Integers; every number of digits is equally likely. */
  count: (low, high) => (random) => count(random, Number(low), Number(high)),
  /** Integers, uniform; numbers up to twelve are sometimes spelled out in the question. */
  small: (low, high) => (random) => ({
    numeral: String(random.integer(Number(low), Number(high))),
    kind: "small",
  }),
  year: (low, high) => (random) => ({
    numeral: String(random.integer(Number(low), Number(high))),
    kind: "year",
  }),
  /** Lengths, weights, times: integers or up to three decimals. */
  measure: (low, high) => (random) => {
    const places = random.weighted(MEASURE_PLACES);
    return { numeral: trimmed(decimal(random, low, high, places)), kind: "measure" };
  },
  /** Amounts of money, with cents or without. */
  money: (low, high) => (random) => {
    const places = random.chance(0.55) ? 2 : 0;
    return { numeral: decimal(random, low, high, places), kind: "money" };
  },
  percent: (low, high) => (random) => {
    const places = random.chance(0.3) ? 1 : 0;
    return { numeral: trimmed(decimal(random, low, high, places)), kind: "percent" };
  },
  /** A multiple of an earlier number in two cases of five, otherwise any count: some divisions come out even. */
  oftenMultipleOf: (name, low, high) => (random, earlier) => {
    const divisor = value(earlier, name);
    if (!random.chance(0.4) || !Number.isInteger(divisor)) return count(random, Number(low), Number(high));
    const quotient = random.logInteger(3, Math.max(4, Math.floor(Number(high) / divisor)));
    return { numeral: String(divisor * quotient), kind: "count" };
  },
  composite: () => composite,
  /** Shares a factor with an earlier number more often than chance. */
  oftenSharingFactor: (name) => (random, earlier) => {
    if (!random.chance(0.6)) return composite(random);
    const factor = largestSmallFactor(value(earlier, name));
    return { numeral: String(Math.max(12, factor * random.integer(2, 60))), kind: "count" };
  },
  /** 12% as 0.12. */
  fractionOf: (name) => (_random, earlier) => hidden(fraction(earlier, name)),
  /** 4% as the factor 1.04. */
  growthOf: (name) => (_random, earlier) => hidden(1 + fraction(earlier, name)),
  /** 4% as the factor 0.96. */
  declineOf: (name) => (_random, earlier) => hidden(1 - fraction(earlier, name)),
};

const MEASURE_PLACES = [
  [0, 0.5],
  [1, 0.25],
  [2, 0.2],
  [3, 0.05],
] as const;

function parseDraw(text: string): Draw {
  const [, name, args] = /^(\w+)(?:\(([^()]*)\))?$/.exec(text) ?? [];
  const make = DRAWS[name ?? ""];
  if (make === undefined) throw new Error(`Not a draw: ${text}`);
  return make(...(args ?? "").split(", "));
}

/** `a * b > c + 100 and f ^ n < 1e7`: `and` binds loosest, then `<` and `>`, `+`, `*`, `^`. */
function holds(condition: string, drawn: Quantities): boolean {
  return condition.split(" and ").every((comparison) => {
    const [left, sign, right] = comparison.split(/ ([<>]) /);
    const difference = evaluate(left!, drawn) - evaluate(right!, drawn);
    return sign === ">" ? difference > 0 : difference < 0;
  });
}

function evaluate(expression: string, drawn: Quantities): number {
  const power = (text: string): number =>
    text
      .split(" ^ ")
      .map((operand) => (operand in drawn ? value(drawn, operand) : Number(operand)))
      .reduce((x, y) => x ** y);
  const product = (text: string): number =>
    text
      .split(" * ")
      .map(power)
      .reduce((x, y) => x * y);
  return expression
    .split(" + ")
    .map(product)
    .reduce((x, y) => x + y);
}

function count(random: Random, low: number, high: number): Quantity {
  return { numeral: String(random.logInteger(low, high)), kind: "count" };
}

function composite(random: Random): Quantity {
  return { numeral: String(random.integer(2, 40) * random.integer(3, 60)), kind: "count" };
}

function largestSmallFactor(n: number): number {
  for (let factor = 40; factor > 1; factor--) if (n % factor === 0) return factor;
  return 1;
}

function value(drawn: Quantities, name: string): number {
  return Number(drawn[name]!.numeral);
}

function fraction(earlier: Quantities, name: string): number {
  return rounded(value(earlier, name) / 100);
}

function rounded(number: number): number {
  return Number(number.toFixed(6));
}

/** A number that calculations use and the question does not show. */
function hidden(number: number): Quantity {
  return { numeral: String(rounded(number)), kind: "hidden" };
}

function decimal(random: Random, low: string, high: string, places: number): string {
  return random.logReal(Number(low), Number(high)).toFixed(places);
}

/** Measures end in no zero (3.5 km); prices keep their cents ($4.50). */
function trimmed(numeral: string): string {
  return numeral.includes(".") ? numeral.replace(/\.?0+$/, "") : numeral;
}
