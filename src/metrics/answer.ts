// Whether a generated text answers a question is decided by its last number, compared in two ways.
import { Decimal } from "decimal.js";
import { roundResult } from "../tools/rounding.js";

const MARKER = /answer is|####/gi;
// A minus after a digit, a letter or a bracket subtracts. The exponent's three digits keep numbers printable.
const NUMBER = /(?:(?<![\w.)\]])[-−])?(?:\d+(?:\.\d+)?|(?<!\d)\.\d+)(?:[eE][-+]?\d{1,3}(?!\d))?/g;

// Decimal's default of 20 digits would round the difference of long numbers.
const Exact = Decimal.clone({ precision: 400 });

/** The share of the gold answer's magnitude by which an approximate match may be off. */
export const approximateTolerance = 0.001;

/**
 * The answer of a generated text: the last number after the last `answer is` or `####`, with commas removed.
 *
 * @returns the number as it is written, or `null` when there is no marker or no number after it.
 */
export function parseAnswer(text: string): string | null {
  let after = -1;
  for (const marker of text.matchAll(MARKER)) after = marker.index + marker[0].length;
  if (after < 0) return null;
  let last: string | null = null;
  for (const number of text.slice(after).replaceAll(",", "").matchAll(NUMBER)) last = number[0];
  return last === null ? null : last.replace("−", "-");
}

/** Where a few-shot prompt's next question begins. */
const NEXT_QUESTION = /\s(?:Q|Question):/;

/**
 * The first sentence that states an answer. It ends neither in `3.5` nor after `5 sq.` of `5 sq. ft.`.
 * Linear in the text's length: each part ends where the next begins.
 */
const STATEMENT = /(?:[Aa]nswer is|####)[^\n\d]*\d(?:[^\n]*?[.!?](?=\s+[A-Z])|[^\n]*)/;

/**
 * The answer of a text that may go on after it: what {@link parseAnswer} finds up to the end of the first sentence that
 * states an answer, and before a question that the model asks itself. Published scripts score the whole text.
 */
export function parseStatedAnswer(text: string): string | null {
  const stated = STATEMENT.exec(text);
  if (stated === null) return parseAnswer(text);
  const sentence = stated[0];
  const question = NEXT_QUESTION.exec(sentence)?.index ?? sentence.length;
  return parseAnswer(sentence.slice(0, question));
}

/**
 * Exact match, as the published scripts count it: gold answer and prediction are rounded ({@link roundResult});
 * when the rounded gold answer is an integer (`12`, `"12.0"`), the prediction is truncated to an integer. A gold
 * answer that is no number must equal the prediction's text. Ties (`42.565`) round as decimals do, away from zero;
 * the scripts round binary doubles, so that there a tie may fall either way.
 *
 * @param prediction what {@link parseAnswer} gave; anything that is no finite number never matches a number
 */
export function exactMatch(prediction: number | string | null, gold: number | string): boolean {
  const goldNumber = toDecimal(gold);
  if (goldNumber === null) return typeof prediction === "string" && prediction.trim() === String(gold).trim();
  const number = toDecimal(prediction);
  if (number === null) return false;
  const [rounded, goldRounded] = [new Exact(roundResult(number)), new Exact(roundResult(goldNumber))];
  return (goldRounded.isInteger() ? rounded.trunc() : rounded).equals(goldRounded);
}

/** Approximate match: `|prediction − gold| ≤ 0.001 · |gold|`. */
export function approximateMatch(prediction: number | string | null, gold: number | string): boolean {
  const number = toDecimal(prediction);
  const goldNumber = toDecimal(gold);
  if (number === null || goldNumber === null) return false;
  return number.minus(goldNumber).abs().lessThanOrEqualTo(goldNumber.abs().times(approximateTolerance));
}

const WRITTEN_NUMBER = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?$/;

function toDecimal(value: number | string | null): Decimal | null {
  if (value === null) return null;
  // Decimal also reads "0x1f" and "Infinity", which no answer means.
  const written = typeof value === "number" ? String(value) : plain(value);
  return WRITTEN_NUMBER.test(written) ? new Exact(written) : null;
}

/** Without thousands commas, and without the dollar signs around it, as the published scripts read it. */
function plain(text: string): string {
  return text.replaceAll(",", "").trim().replace(/^\$+/, "").replace(/\$+$/, "");
}
