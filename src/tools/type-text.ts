// JSON Schemas as short types, in the manner of TypeScript; what types can't say follows in a comment.
import { isSchema, type JsonSchema } from "./schema/json-schema.js";
import type { References } from "./schema/references.js";

/** Containers inside each other that are written out. */
const MAX_DEPTH = 4;

/** Longest list of fixed values. */
const MAX_VALUES = 40;

/** Longest pattern that is shown: a model does not read the long ones. */
const MAX_PATTERN = 40;

/** The type of a schema's values; objects over several lines. */
export function typeText(schema: unknown, references: References, depth = 0): string {
  if (!isSchema(schema)) return schema === false ? "never" : "any";
  if (typeof schema.$ref === "string") {
    const target = references.resolve(schema, schema.$ref);
    return depth > MAX_DEPTH || target === undefined ? "any" : typeText(target, references, depth + 1);
  }
  if ("const" in schema) return JSON.stringify(schema.const);
  if (Array.isArray(schema.enum))
    return union(schema.enum.slice(0, MAX_VALUES).map((one) => JSON.stringify(one)));
  for (const choices of [schema.anyOf, schema.oneOf]) {
    if (Array.isArray(choices)) return union(choices.map((one) => typeText(one, references, depth)));
  }
  const { allOf } = schema;
  if (Array.isArray(allOf) && schema.properties === undefined) {
    return [...new Set(allOf.map((one) => typeText(one, references, depth)))].join(" & ");
  }
  const types = [schema.type ?? (schema.properties === undefined ? "any" : "object")].flat() as string[];
  return union(types.map((type) => ofType(type, schema, references, depth)));
}

function ofType(type: string, schema: JsonSchema, references: References, depth: number): string {
  if (type === "array") {
    const item = depth < MAX_DEPTH ? typeText(schema.items ?? true, references, depth + 1) : "any";
    return item.includes(" | ") ? `(${item})[]` : `${item}[]`;
  }
  return type === "object" ? objectText(schema, references, depth) : type;
}

function objectText(schema: JsonSchema, references: References, depth: number): string {
  const properties = Object.entries(isSchema(schema.properties) ? schema.properties : {});
  if (depth >= MAX_DEPTH || (properties.length === 0 && schema.properties === undefined)) {
    const { additionalProperties } = schema;
    return isSchema(additionalProperties) && depth < MAX_DEPTH
      ? `{ [key]: ${typeText(additionalProperties, references, depth + 1)} }`
      : "object";
  }
  if (properties.length === 0) return "{}";
  const required = new Set(Array.isArray(schema.required) ? (schema.required as unknown[]) : []);
  const indent = "  ".repeat(depth + 1);
  const lines = properties.map(([key, property]) => {
    const name = `${/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? key : JSON.stringify(key)}${required.has(key) ? "" : "?"}`;
    const comment = notes(property);
    return `${indent}${name}: ${typeText(property, references, depth + 1)},${comment === "" ? "" : ` // ${comment}`}\n`;
  });
  return `{\n${lines.join("")}${"  ".repeat(depth)}}`;
}

/** Description, bounds, format and default. */
function notes(schema: unknown): string {
  if (!isSchema(schema)) return "";
  const { description, minimum, maximum, minLength, maxLength, format, pattern } = schema;
  const parts = [
    typeof description === "string" ? description.trim().replaceAll(/\s*\n\s*/g, " ") : "",
    range(minimum, maximum, ""),
    range(minLength, maxLength, " characters"),
    typeof format === "string" ? format : "",
    typeof pattern === "string" && format === undefined && pattern.length <= MAX_PATTERN
      ? `matches ${pattern}`
      : "",
    schema.default === undefined ? "" : `default ${JSON.stringify(schema.default)}`,
  ];
  return parts.filter((part) => part !== "").join(", ");
}

function range(min: unknown, max: unknown, unit: string): string {
  if (typeof min === "number" && typeof max === "number") return `${min} to ${max}${unit}`;
  if (typeof min === "number") return `at least ${min}${unit}`;
  return typeof max === "number" ? `at most ${max}${unit}` : "";
}

function union(types: readonly string[]): string {
  return [...new Set(types)].join(" | ");
}
