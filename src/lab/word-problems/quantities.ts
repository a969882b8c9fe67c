// Which numbers a story uses and how they look in a question: 8,412, $4.50, 12%, three.

import type { Random } from "./random.js";

/** A number of a story. `numeral` is what calculations use: digits, a point, no separators. */
export interface Quantity {
  readonly numeral: string;
  readonly kind: "count" | "small" | "measure" | "money" | "percent" | "year" | "hidden";
}

export type Quantities = Readonly<Record<string, Quantity>>;
/** Draws one number; it may look at the numbers drawn before it. */
export type Draw = (random: Random, earlier: Quantities) => Quantity;
/** Draws all numbers of a story. */
export type DrawAll = (random: Random) => Quantities;

/** Integers, every number of digits as likely. */
export function count(low = 20, high = 99_999): Draw {
  return (random) => ({ numeral: String(random.logInteger(low, high)), kind: "count" });
}

/** Integers, all as likely; the smallest are sometimes spelled out in the question. */
export function small(low: number, high: number): Draw {
  return (random) => ({ numeral: String(random.integer(low, high)), kind: "small" });
}

/** Lengths, weights, times: integers or up to three decimals. */
export function measure(low = 2, high = 9_999): Draw {
  return (random) => ({
    numeral: decimalNumeral(random, low, high, random.weighted(PLACES)),
    kind: "measure",
  });
}

const PLACES = [
  [0, 0.5],
  [1, 0.25],
  [2, 0.2],
  [3, 0.05],
] as const;

/** Amounts of money, with cents or without. */
export function money(low = 2, high = 9_999): Draw {
  return (random) => {
    const cents = random.chance(0.55);
    return { numeral: decimalNumeral(random, low, high, cents ? 2 : 0, true), kind: "money" };
  };
}

export function percent(low = 2, high = 95): Draw {
  return (random) => {
    const places = random.chance(0.3) ? 1 : 0;
    return { numeral: decimalNumeral(random, low, high, places), kind: "percent" };
  };
}

export function year(low = 1720, high = 2031): Draw {
  return (random) => ({ numeral: String(random.integer(low, high)), kind: "year" });
}

/** A multiple of an earlier number in two cases of five, otherwise any count: some divisions come out even. */
export function oftenMultipleOf(name: string, low = 50, high = 99_999): Draw {
  return (random, earlier) => {
    const divisor = Number(earlier[name]!.numeral);
    if (!random.chance(0.4) || !Number.isInteger(divisor)) return count(low, high)(random, earlier);
    const quotient = random.logInteger(3, Math.max(4, Math.floor(high / divisor)));
    return { numeral: String(divisor * quotient), kind: "count" };
  };
}

/** 10 to 99 percent and so on as a fraction: 12% is 0.12. Never shown in a question. */
export function fractionOf(name: string): Draw {
  return (_random, earlier) => hidden(shift(earlier[name]!.numeral));
}

/** The factor of a growth: 4% gives 1.04. */
export function growthOf(name: string): Draw {
  return (_random, earlier) => hidden(plain(1 + Number(shift(earlier[name]!.numeral))));
}

/** The factor of a decline: 4% gives 0.96. */
export function declineOf(name: string): Draw {
  return (_random, earlier) => hidden(plain(1 - Number(shift(earlier[name]!.numeral))));
}

/** An earlier number plus a constant, for counts that include one more or one less. */
export function shifted(name: string, by: number): Draw {
  return (_random, earlier) => hidden(plain(Number(earlier[name]!.numeral) + by));
}

/** Draws the numbers in order, again until `accept` holds. */
export function numbers(
  draws: Readonly<Record<string, Draw>>,
  accept: (value: Readonly<Record<string, number>>) => boolean = () => true,
): DrawAll {
  return (random) => {
    for (;;) {
      const drawn: Record<string, Quantity> = {};
      for (const [name, draw] of Object.entries(draws)) drawn[name] = draw(random, drawn);
      const values = Object.fromEntries(Object.entries(drawn).map(([name, q]) => [name, Number(q.numeral)]));
      const seen = Object.values(drawn).filter((q) => q.kind !== "hidden");
      const distinct = new Set(seen.map((q) => q.numeral)).size === seen.length;
      if (distinct && accept(values)) return drawn;
    }
  };
}

/** Two numbers, the first larger. */
export function larger(draw: Draw): DrawAll {
  return numbers({ a: draw, b: draw }, ({ a, b }) => a! > b!);
}

/** Two numbers of one kind. */
export function two(draw: Draw): DrawAll {
  return numbers({ a: draw, b: draw });
}

/** Three numbers of one kind. */
export function three(draw: Draw): DrawAll {
  return numbers({ a: draw, b: draw, c: draw });
}

/** How one question writes its numbers; drawn once per question, as a writer keeps one style. */
export interface NumberStyle {
  readonly separators: boolean;
  readonly words: boolean;
  readonly currency: "sign" | "word";
  readonly percent: "sign" | "word";
}

export function drawStyle(random: Random): NumberStyle {
  return {
    separators: random.chance(0.4),
    words: random.chance(0.2),
    currency: random.chance(0.85) ? "sign" : "word",
    percent: random.chance(0.8) ? "sign" : "word",
  };
}

/** The number as the question shows it. */
export function show(quantity: Quantity, style: NumberStyle): string {
  const { numeral, kind } = quantity;
  const grouped = style.separators && kind !== "year" ? withSeparators(numeral) : numeral;
  switch (kind) {
    case "small":
      return style.words ? (WORDS[Number(numeral)] ?? grouped) : grouped;
    case "money":
      return style.currency === "sign" ? `$${grouped}` : `${grouped} dollars`;
    case "percent":
      return style.percent === "sign" ? `${grouped}%` : `${grouped} percent`;
    default:
      return grouped;
  }
}

const WORDS: Readonly<Record<number, string>> = {
  2: "two",
  3: "three",
  4: "four",
  5: "five",
  6: "six",
  7: "seven",
  8: "eight",
  9: "nine",
  10: "ten",
  11: "eleven",
  12: "twelve",
};

function withSeparators(numeral: string): string {
  const [whole, fraction] = numeral.split(".");
  const grouped = whole!.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

function decimalNumeral(random: Random, low: number, high: number, places: number, zeros = false): string {
  const value = random.logReal(low, high).toFixed(places);
  // Measures end in no zero (3.5 km), prices keep their cents ($4.50).
  return zeros || !value.includes(".") ? value : value.replace(/\.?0+$/, "");
}

function shift(percentage: string): string {
  return plain(Number(percentage) / 100);
}

function plain(value: number): string {
  return String(Number(value.toFixed(6)));
}

function hidden(numeral: string): Quantity {
  return { numeral, kind: "hidden" };
}
