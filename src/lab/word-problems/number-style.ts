// How numbers look in a question: 8,412, $4.50, 12%, three.

import type { Quantity } from "./draws.js";
import type { Random } from "./random.js";

/** How one question writes its numbers; drawn once per question. */
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
