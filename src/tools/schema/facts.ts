// What an alternative says about types and fixed values, its schemas taken together.
import { isDeepStrictEqual } from "node:util";
import type { Alternative } from "./alternatives.js";
import type { JsonSchema } from "./json-schema.js";
import { EXCLUDED } from "./negation.js";
import { safePattern } from "./patterns.js";

export type JsonType = "object" | "array" | "string" | "number" | "boolean" | "null";

const TYPES: readonly JsonType[] = ["object", "array", "string", "number", "boolean", "null"];

/** The keywords of each type; without a `type` they imply it. */
const KEYWORDS: Readonly<Partial<Record<JsonType, readonly string[]>>> = {
  object: [
    "properties",
    "required",
    "additionalProperties",
    "patternProperties",
    "propertyNames",
    "unevaluatedProperties",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "dependentSchemas",
    "dependencies",
  ],
  array: [
    "items",
    "prefixItems",
    "additionalItems",
    "unevaluatedItems",
    "contains",
    "minItems",
    "maxItems",
    "uniqueItems",
  ],
  string: ["minLength", "maxLength", "pattern", "format", "contentEncoding", "contentMediaType"],
  number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
};

export interface Facts {
  readonly schemas: Alternative;
  readonly types: ReadonlySet<JsonType>;
  /** Numbers are integers. */
  readonly integer: boolean;
  /** Nothing is said: any value. */
  readonly free: boolean;
  /** The only possible values. */
  readonly values: readonly unknown[] | undefined;
  readonly excluded: readonly unknown[];
}

export function factsOf(schemas: Alternative): Facts {
  let types = new Set(TYPES);
  let integer = false;
  for (const { type } of schemas) {
    if (type === undefined) continue;
    const given = new Set([type].flat() as string[]);
    integer ||= given.has("integer") && !given.has("number");
    types = new Set([...types].filter((one) => given.has(one) || (one === "number" && given.has("integer"))));
  }
  const excluded = schemas.flatMap((schema) => excludedBy(schema));
  const values = valuesOf(schemas)?.filter(
    (value) => types.has(typeOf(value)) && (!integer || typeof value !== "number" || Number.isInteger(value)),
  );
  const said = schemas.some((schema) => "type" in schema);
  const implied = said ? [] : TYPES.filter((type) => says(schemas, type));
  return {
    schemas,
    types: implied.length === 0 ? types : new Set(implied),
    integer,
    free: !said && implied.length === 0,
    values: values?.filter((value) => !excluded.some((one) => isDeepStrictEqual(one, value))),
    excluded,
  };
}

/** Whether keywords of a type occur. */
export function says(schemas: Alternative, type: JsonType): boolean {
  return schemas.some((schema) => KEYWORDS[type]?.some((keyword) => schema[keyword] !== undefined));
}

/** Values of a keyword in all schemas that have it. */
export function valuesOfKeyword<T>(schemas: Alternative, keyword: string): T[] {
  return schemas.flatMap((schema) => (schema[keyword] === undefined ? [] : [schema[keyword] as T]));
}

/** Whether a fixed string or number satisfies the other keywords; true for other types. */
export function fits(value: unknown, schemas: Alternative): boolean {
  return schemas.every((schema) => {
    const limit = (keyword: string, otherwise: number): number =>
      typeof schema[keyword] === "number" ? schema[keyword] : otherwise;
    if (typeof value === "number") {
      const exclusive = { min: schema.exclusiveMinimum === true, max: schema.exclusiveMaximum === true };
      const min = limit("minimum", -Infinity);
      const max = limit("maximum", Infinity);
      const quotient = value / limit("multipleOf", 1);
      return (
        (exclusive.min ? value > min : value >= min) &&
        (exclusive.max ? value < max : value <= max) &&
        value > limit("exclusiveMinimum", -Infinity) &&
        value < limit("exclusiveMaximum", Infinity) &&
        (schema.multipleOf === undefined || Math.abs(quotient - Math.round(quotient)) <= 1e-8)
      );
    }
    if (typeof value !== "string") return true;
    const length = Array.from(value).length;
    if (length < limit("minLength", 0) || length > limit("maxLength", Infinity)) return false;
    return typeof schema.pattern !== "string" || matches(schema.pattern, value);
  });
}

export function matches(pattern: string, text: string): boolean {
  try {
    return safePattern(pattern).test(text);
  } catch {
    return true;
  }
}

export function typeOf(value: unknown): JsonType {
  if (value === null) return "null";
  if (Array.isArray(value)) return "array";
  return typeof value as JsonType;
}

function valuesOf(schemas: Alternative): unknown[] | undefined {
  let values: unknown[] | undefined;
  for (const schema of schemas) {
    for (const given of [schema.enum, "const" in schema ? [schema.const] : undefined]) {
      if (!Array.isArray(given)) continue;
      values =
        values === undefined
          ? [...(given as unknown[])]
          : values.filter((value) => given.some((one) => isDeepStrictEqual(one, value)));
    }
  }
  return values;
}

function excludedBy(schema: JsonSchema): unknown[] {
  return ((schema as Record<symbol, unknown>)[EXCLUDED] as unknown[] | undefined) ?? [];
}
