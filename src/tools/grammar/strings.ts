// Strings: the first pattern, else the format, else the length; what else is said is left to validation.
import { type Facts, valuesOfKeyword } from "../schema/facts.js";
import { canRepeat, repeat, sequence } from "./gbnf.js";
import { CHECKED_FORMATS, FORMATS } from "./formats.js";
import { patternGrammar } from "./patterns.js";
import type { SchemaBuilder } from "./schema-builder.js";

const QUOTE = '"\\""';

/** One code point of a string; no half of a surrogate pair, which would count differently. */
const CHARACTER =
  '[^"\\\\\\x00-\\x1F\\x7F] | "\\\\" (["\\\\/bfnrt] | "u" ([0-9a-cA-CefEF] [0-9a-fA-F]{3} | [dD] [0-7] [0-9a-fA-F]{2}))';

/** A rule of the strings, or undefined where there is none. */
export function stringGrammar(builder: SchemaBuilder, { schemas, excluded }: Facts): string | undefined {
  const lengths = {
    min: Math.max(0, ...valuesOfKeyword<number>(schemas, "minLength"), excluded.includes("") ? 1 : 0),
    max: Math.min(...valuesOfKeyword<number>(schemas, "maxLength"), Infinity),
  };
  if (lengths.min > lengths.max) return undefined;
  if (excluded.some((value) => typeof value === "string" && value !== "")) builder.note("not");
  const patterns = [...new Set(valuesOfKeyword<string>(schemas, "pattern"))];
  const formats = [...new Set(valuesOfKeyword<string>(schemas, "format"))];
  const character = characterRule(builder);
  for (const pattern of patterns) {
    const found = patternGrammar(builder.rules, pattern, character, lengths);
    if (found === undefined) continue;
    if (patterns.length > 1) builder.note("pattern");
    if (!found.exact) builder.note("maxLength");
    if (formats.some(isChecked)) builder.note("format");
    return builder.rules.add("string-matching", sequence(QUOTE, found.text, QUOTE));
  }
  if (patterns.length > 0) builder.note("pattern");
  const format = formats.find((one) => Object.hasOwn(FORMATS, one));
  if (formats.filter(isChecked).length > (format === undefined ? 0 : 1)) builder.note("format");
  if (format !== undefined) {
    if (lengths.min > 0 || lengths.max < Infinity) builder.note("maxLength");
    return builder.rules.shared(`string-${format}`, () =>
      sequence(QUOTE, formatRule(builder, format), QUOTE),
    );
  }
  return anyString(builder, lengths.min, lengths.max);
}

/** Any string of a length. */
export function anyString(builder: SchemaBuilder, min = 0, max = Infinity): string {
  if (!canRepeat(min, max)) builder.note("maxLength");
  const name = min === 0 && max === Infinity ? "string" : `string-${min}-${max === Infinity ? "up" : max}`;
  return builder.rules.shared(name, () => sequence(QUOTE, repeat(characterRule(builder), min, max), QUOTE));
}

function characterRule({ rules }: SchemaBuilder): string {
  return rules.shared("character", () => CHARACTER);
}

function formatRule(builder: SchemaBuilder, format: string): string {
  return builder.rules.shared(`format-${format}`, () =>
    FORMATS[format]!.replace(/@([a-z-]+)/g, (_, other: string) => formatRule(builder, other)),
  );
}

function isChecked(format: string): boolean {
  return Object.hasOwn(FORMATS, format) || CHECKED_FORMATS.has(format);
}
