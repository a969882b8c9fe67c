// The shape of JSON Schemas, and how they are walked without meeting data that only looks like one.

/** A JSON Schema, of draft 2020-12, 2019-09, 07, 06 or 04. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** Keywords whose values are data: an object inside them is no schema. */
const DATA = new Set(["const", "enum", "default", "example", "examples"]);

/** Keywords whose values are schemas by name: their keys are no keywords. */
const BY_NAME = new Set([
  "properties",
  "patternProperties",
  "dependentSchemas",
  "dependencies",
  "$defs",
  "definitions",
]);

export function isSchema(value: unknown): value is JsonSchema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The schemas directly inside a schema. */
export function subschemas(schema: JsonSchema): unknown[] {
  return Object.entries(schema).flatMap(([keyword, value]): unknown[] => {
    if (DATA.has(keyword) || typeof value !== "object" || value === null) return [];
    if (BY_NAME.has(keyword)) return Object.values(value);
    return Array.isArray(value) ? value : [value];
  });
}

/**
 * A deep copy in which OpenAPI's `nullable: true` is the type `null`. Before OpenAPI 3.1 `nullable` may stand without
 * a type, next to `$ref`, `allOf` or `enum`, which no validator of JSON Schema knows.
 */
export function withoutNullable(schema: unknown): unknown {
  if (!isSchema(schema)) return schema;
  const { nullable, ...rest } = schema;
  const own = typeof nullable === "boolean" ? rest : schema;
  const copy = Object.fromEntries(
    Object.entries(own).map(([keyword, value]): [string, unknown] => {
      if (DATA.has(keyword)) return [keyword, value];
      if (Array.isArray(value)) return [keyword, value.map(withoutNullable)];
      if (!BY_NAME.has(keyword) || !isSchema(value)) return [keyword, withoutNullable(value)];
      const entries = Object.entries(value);
      return [
        keyword,
        Object.fromEntries(
          entries.map(([name, one]) => [name, Array.isArray(one) ? one : withoutNullable(one)]),
        ),
      ];
    }),
  );
  if (nullable !== true) return copy;
  if (copy.type !== undefined) return { ...copy, type: [...new Set([copy.type, "null"].flat())] };
  return { anyOf: [{ type: "null" }, copy] };
}
