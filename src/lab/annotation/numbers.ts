// Finds the numbers of a text and their values: what a calculation is made of, and what it may have given.
import { Decimal } from "decimal.js";

/** A number as it stands in a text. */
export interface WrittenNumber {
  readonly start: number;
  /** Exclusive; without a currency sign before it and a percent sign after it. */
  readonly end: number;
  readonly value: Decimal;
  /** Digits as an argument takes them: without thousands commas, `2` for `two`. */
  readonly digits: string;
  readonly isPercent: boolean;
  /** Written in words, `two` or `dozen`: it may be used, and is never taken for a result. */
  readonly isWord: boolean;
}

const WORDS: Readonly<Record<string, number>> = {
  two: 2,
  three: 3,
  four: 4,
  five: 5,
  six: 6,
  seven: 7,
  eight: 8,
  nine: 9,
  ten: 10,
  eleven: 11,
  twelve: 12,
  fifteen: 15,
  twenty: 20,
  thirty: 30,
  forty: 40,
  fifty: 50,
  hundred: 100,
  thousand: 1000,
  // What a quantity is multiplied or divided by.
  half: 2,
  twice: 2,
  double: 2,
  doubled: 2,
  doubles: 2,
  third: 3,
  thirds: 3,
  triple: 3,
  tripled: 3,
  quarter: 4,
  quarters: 4,
  fourth: 4,
  fifth: 5,
  square: 2,
  squared: 2,
  cube: 3,
  cubed: 3,
  dozen: 12,
};

/** Digits that are no part of a word (`A4`, `12th`); the `P` and `C` of `5P3` part numbers. */
const NUMBER = new RegExp(
  String.raw`(?<![A-Za-z_\d.])-?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?|(?<=\d[PC])\d+|(?<![\w.])\.\d+|\b(?:${Object.keys(WORDS).join("|")})\b`,
  "gi",
);

/** The numbers of a text in their order. A minus sign counts where no number or parenthesis stands before it. */
export function numbersOf(text: string): WrittenNumber[] {
  const numbers: WrittenNumber[] = [];
  for (const match of text.matchAll(NUMBER)) {
    const word = WORDS[match[0].toLowerCase()];
    let start = match.index;
    const end = start + match[0].length;
    if (word !== undefined) {
      const value = new Decimal(word);
      numbers.push({ start, end, value, digits: String(word), isPercent: false, isWord: true });
      continue;
    }
    let digits = match[0].replaceAll(",", "");
    if (digits.startsWith("-") && /[\d)%]\s*$/.test(text.slice(0, start))) {
      digits = digits.slice(1);
      start++;
    }
    const after = text.slice(end, end + 2);
    if (
      /^[A-Za-z_]/.test(after) &&
      !/^[PC]\d/.test(after) &&
      !/^(?:x|km|kg|cm|mm|m|g|h|l|ml|k)\b/i.test(text.slice(end))
    ) {
      continue;
    }
    const value = new Decimal(digits.startsWith(".") ? `0${digits}` : digits);
    const isPercent = /^\s?(?:%|percent\b)/.test(text.slice(end));
    numbers.push({ start, end, value, digits, isPercent, isWord: false });
  }
  return numbers;
}

/** `2` of a line that begins with `2.` or `Step 2:`: it counts lines. */
export function isListNumber(text: string, { start, end }: WrittenNumber): boolean {
  const line = text.slice(text.lastIndexOf("\n", start - 1) + 1, start);
  return /^\s*(?:step\s*)?$/i.test(line) && /^[.):]\s/.test(text.slice(end));
}
