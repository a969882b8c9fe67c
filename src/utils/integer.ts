import { invalidArgument } from "../errors.js";

/** The value when it is an integer from `min` to `max`. @throws `INVALID_ARGUMENT`. */
export function integer(value: unknown, name: string, min: number, max = 2 ** 31 - 1): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= min && value <= max) return value;
  throw invalidArgument(`an integer from ${min} to ${max}`, name, value);
}
