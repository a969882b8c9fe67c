// What a schema accepts, for "Expected … for … but received …".
import { z } from "zod";
import { MAX_INT32 } from "./option-fields.js";

/** "an integer from 1 to 64". */
export function wording(schema: z.ZodType): string {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodNumber) return number(inner);
  if (inner instanceof z.ZodString) {
    return inner.minLength === null || inner.minLength < 1 ? "a string" : "a non-empty string";
  }
  if (inner instanceof z.ZodBoolean) return "true or false";
  if (inner instanceof z.ZodEnum) return `one of ${inner.options.map(String).join(", ")}`;
  if (inner instanceof z.ZodLiteral) return [...inner.values].map(String).join(" or ");
  if (inner instanceof z.ZodNull) return "null";
  if (inner instanceof z.ZodUnion) {
    return [...new Set(inner.options.map((option) => wording(option as z.ZodType)))].join(" or ");
  }
  if (inner instanceof z.ZodArray) {
    const isNonEmpty = checksOf(inner).some(({ check }) => check === "min_length");
    return isNonEmpty ? "a non-empty array" : "an array";
  }
  return inner instanceof z.ZodObject || inner instanceof z.ZodRecord ? "an object" : inner.type;
}

/** The schema at an issue's path. */
export function schemaAt(schema: z.ZodType, path: readonly PropertyKey[]): z.ZodType {
  return path.reduce<z.ZodType>((part, key) => {
    const inner = unwrap(part);
    if (inner instanceof z.ZodObject) return (inner.shape as Record<PropertyKey, z.ZodType>)[key] ?? inner;
    if (inner instanceof z.ZodArray) return inner.element as z.ZodType;
    if (inner instanceof z.ZodRecord) return inner.valueType as z.ZodType;
    return inner;
  }, schema);
}

function unwrap(schema: z.ZodType): z.ZodType {
  let inner = schema;
  for (;;) {
    if (
      inner instanceof z.ZodDefault ||
      inner instanceof z.ZodPrefault ||
      inner instanceof z.ZodOptional ||
      inner instanceof z.ZodReadonly
    ) {
      inner = inner.def.innerType as z.ZodType;
    } else if (inner instanceof z.ZodPipe) {
      // Of a transform before the schema the schema, of one after it too.
      inner = (inner.in instanceof z.ZodTransform ? inner.out : inner.in) as z.ZodType;
    } else return inner;
  }
}

interface Bound {
  readonly check: string;
  readonly value: number;
  readonly inclusive: boolean;
}

function checksOf(schema: z.ZodType): Bound[] {
  return (schema.def.checks ?? []).map((check) => check._zod.def as unknown as Bound);
}

function number(schema: z.ZodNumber): string {
  const what = schema.format?.includes("int") === true ? "an integer" : "a number";
  const checks = checksOf(schema);
  const min = checks.find(({ check }) => check === "greater_than");
  // Whatever fits the native side is no limit that a reader needs to know.
  const max = checks.find(({ check, value }) => check === "less_than" && value !== MAX_INT32);
  if (min !== undefined && max !== undefined) {
    if (min.inclusive && max.inclusive) return `${what} from ${min.value} to ${max.value}`;
    return `${what} in ${min.inclusive ? "[" : "("}${min.value}, ${max.value}${max.inclusive ? "]" : ")"}`;
  }
  if (min !== undefined)
    return min.inclusive ? `${what} of ${min.value} or more` : `${what} above ${min.value}`;
  if (max !== undefined)
    return max.inclusive ? `${what} of ${max.value} or less` : `${what} below ${max.value}`;
  return what;
}
