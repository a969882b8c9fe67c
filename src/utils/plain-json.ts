import { invalidArgument } from "../errors.js";

/** A deep copy as JSON, independent of later changes to the original. @throws `INVALID_ARGUMENT`: not a JSON object. */
export function plainJson(
  value: Readonly<Record<string, unknown>>,
  name: string,
): Readonly<Record<string, unknown>> {
  let copy: unknown;
  try {
    copy = JSON.parse(JSON.stringify(value));
  } catch (cause) {
    throw invalidArgument("a JSON object", name, value, { cause });
  }
  if (typeof copy === "object" && copy !== null && !Array.isArray(copy)) {
    return copy as Readonly<Record<string, unknown>>;
  }
  throw invalidArgument("a JSON object", name, value);
}
