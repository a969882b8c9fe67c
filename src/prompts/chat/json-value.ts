import { ToolkenError } from "../../errors.js";

/** The text of a tool's output: text as it is, nothing as nothing, all else as JSON. Throws `MESSAGE_INVALID`. */
export function valueText(value: unknown, name: string): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "";
  let cause: unknown;
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return text;
  } catch (error) {
    cause = error;
  }
  throw new ToolkenError("MESSAGE_INVALID", `${name}: the value can't be written as JSON`, { cause });
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
