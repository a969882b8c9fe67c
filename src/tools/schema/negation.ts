// What a schema leaves out, as a schema: `not` and `if` become forms that a grammar can express.
import { isSchema, type JsonSchema } from "./json-schema.js";

/** Values that an internal schema leaves out. */
export const EXCLUDED = Symbol("excluded");

const TYPES = ["object", "array", "string", "number", "boolean", "null"];

const ANNOTATIONS = new Set(["$comment", "title", "description", "default", "examples", "deprecated"]);

const known = new WeakMap<JsonSchema, { readonly negated: unknown }>();

/** The schema of exactly the values that `schema` does not accept; undefined where none is known. */
export function negate(schema: unknown): unknown {
  if (typeof schema === "boolean") return !schema;
  if (!isSchema(schema)) return undefined;
  const cached = known.get(schema) ?? { negated: negateObject(schema) };
  known.set(schema, cached);
  return cached.negated;
}

function negateObject(schema: JsonSchema): unknown {
  const { properties, required, ...others } = schema;
  const choices: unknown[] = [];
  for (const [keyword, value] of Object.entries(others)) {
    if (ANNOTATIONS.has(keyword)) continue;
    choices.push(negateKeyword(keyword, value));
  }
  if (properties !== undefined || required !== undefined) {
    choices.push(...negateProperties((properties ?? {}) as JsonSchema, (required ?? []) as string[]));
  }
  if (choices.some((choice) => choice === undefined)) return undefined;
  const possible = choices.filter((choice) => choice !== false);
  if (possible.length === 0) return false;
  return possible.length === 1 ? possible[0] : { anyOf: possible };
}

/** A property is missing, or there and not what its schema says. */
function negateProperties(properties: JsonSchema, required: readonly string[]): unknown[] {
  const missing = required.map((key) => ({ type: "object", properties: { [key]: false } }));
  const wrong = Object.entries(properties).map(([key, property]) => {
    const negated = negate(property);
    if (negated === undefined || negated === false) return negated;
    return { type: "object", properties: { [key]: negated }, required: [key] };
  });
  return [...missing, ...wrong];
}

function negateKeyword(keyword: string, value: unknown): unknown {
  switch (keyword) {
    case "const":
      return { [EXCLUDED]: [value] };
    case "enum":
      return { [EXCLUDED]: value };
    case "type": {
      const types = [value].flat();
      return types.includes("integer") ? undefined : { type: TYPES.filter((type) => !types.includes(type)) };
    }
    case "not":
      return value;
    case "anyOf":
    case "allOf": {
      const parts = (value as unknown[]).map(negate);
      if (parts.some((part) => part === undefined)) return undefined;
      return { [keyword === "anyOf" ? "allOf" : "anyOf"]: parts };
    }
    case "minimum":
      return { type: "number", exclusiveMaximum: value };
    case "maximum":
      return { type: "number", exclusiveMinimum: value };
    case "minLength":
      return Number(value) < 1 ? false : { type: "string", maxLength: Number(value) - 1 };
    case "maxLength":
      return { type: "string", minLength: Number(value) + 1 };
    default:
      return undefined;
  }
}
