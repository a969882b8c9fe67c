// The bounds and multiples that a number's schemas name together.
import { type Facts, valuesOfKeyword } from "../schema/facts.js";
import type { Alternative } from "../schema/alternatives.js";
import { listed, multipleGrammar } from "./multiples.js";
import { type Bounds, integerGrammar, numberGrammar } from "./numbers.js";
import type { SchemaBuilder } from "./schema-builder.js";

const INT32: Bounds = { min: -(2 ** 31), max: 2 ** 31 - 1, minExcluded: false, maxExcluded: false };

/** A rule of the numbers, or undefined where there is none. */
export function numberValue(
  builder: SchemaBuilder,
  { schemas, integer, excluded }: Facts,
): string | undefined {
  const bounds = boundsOf(schemas);
  const multiples = [...new Set(valuesOfKeyword<number>(schemas, "multipleOf"))];
  const whole = multiples.find((multiple) => Number.isSafeInteger(multiple)) ?? (integer ? 1 : undefined);
  const numbers = excluded.filter((value) => typeof value === "number");
  if (multiples.length > 1 || (multiples.length === 1 && multiples[0] !== whole && whole !== undefined)) {
    builder.note("multipleOf");
  }
  let text: string | undefined;
  if (whole === undefined) {
    if (numbers.length > 0) builder.note("not");
    text = decimalNumbers(builder, bounds, multiples[0]);
  } else {
    const values = numbers.length > 0 ? listed(whole, bounds) : undefined;
    if (numbers.length > 0 && values === undefined) builder.note("not");
    const left = values?.filter((value) => !numbers.includes(value));
    text =
      left === undefined ? integers(builder, bounds, whole) : left.map((value) => `"${value}"`).join(" | ");
  }
  if (text === undefined || text === "") return undefined;
  return builder.rules.add(integer ? "integer" : "number", text);
}

function integers(builder: SchemaBuilder, bounds: Bounds, multiple: number): string | undefined {
  if (multiple === 1) return integerGrammar(bounds);
  const exact = multipleGrammar(multiple, bounds);
  if (exact === undefined) builder.note("multipleOf");
  return exact ?? integerGrammar(bounds);
}

function decimalNumbers(
  builder: SchemaBuilder,
  bounds: Bounds,
  multiple: number | undefined,
): string | undefined {
  for (const bound of [bounds.min, bounds.max]) {
    if (Number.isFinite(bound) && !Number.isInteger(bound)) builder.note("minimum");
  }
  if (multiple === undefined) return numberGrammar(bounds);
  // A multiple of 0.01 has two decimals.
  const decimals = [1, 2, 3, 4, 5, 6].find((count) => multiple === Number(`1e-${count}`));
  if (decimals === undefined) builder.note("multipleOf");
  return numberGrammar(bounds, decimals);
}

/** The narrowest bounds; in draft-04 `exclusiveMinimum: true` says something of `minimum`. */
function boundsOf(schemas: Alternative): Bounds {
  let bounds: Bounds = { min: -Infinity, max: Infinity, minExcluded: false, maxExcluded: false };
  for (const schema of schemas) {
    const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, format } = schema;
    if (typeof minimum === "number") bounds = above(bounds, minimum, exclusiveMinimum === true);
    if (typeof maximum === "number") bounds = below(bounds, maximum, exclusiveMaximum === true);
    if (typeof exclusiveMinimum === "number") bounds = above(bounds, exclusiveMinimum, true);
    if (typeof exclusiveMaximum === "number") bounds = below(bounds, exclusiveMaximum, true);
    if (format === "int32") bounds = below(above(bounds, INT32.min, false), INT32.max, false);
  }
  return bounds;
}

function above(bounds: Bounds, min: number, excluded: boolean): Bounds {
  if (min < bounds.min || (min === bounds.min && !excluded)) return bounds;
  return { ...bounds, min, minExcluded: excluded };
}

function below(bounds: Bounds, max: number, excluded: boolean): Bounds {
  if (max > bounds.max || (max === bounds.max && !excluded)) return bounds;
  return { ...bounds, max, maxExcluded: excluded };
}
