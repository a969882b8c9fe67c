// Why: a result becomes part of the text the model reads on, so it must be text, finite and short.
import { Decimal } from "decimal.js";
import { ToolkenError } from "../errors.js";

/**
 * Writes a tool's result: text as it is, numbers in digits, `true`, `null`, decimals without exponent, all
 * else as JSON.
 *
 * @throws ToolkenError `TOOL_RESULT_INVALID` for nothing, NaN and infinities (also inside objects), functions,
 * symbols, circular objects, and text longer than `longest` UTF-16 units
 */
export function resultText(toolName: string, value: unknown, longest: number): string {
  const invalid = (reason: string, cause?: unknown): ToolkenError =>
    new ToolkenError("TOOL_RESULT_INVALID", `${toolName} returned ${reason}`, { cause });
  let text: string;
  try {
    text = write(value, longest);
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (text.length > longest) throw invalid(`${text.length} characters, more than ${longest}`);
  return text;
}

function write(value: unknown, longest: number): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
      return String(finite(value));
    case "bigint":
    case "boolean":
      return String(value);
    case "object":
      return Decimal.isDecimal(value) ? decimalText(value, longest) : json(value);
    default:
      throw new Error(value === undefined ? "nothing" : `a ${typeof value}`);
  }
}

function decimalText(value: Decimal, longest: number): string {
  if (!value.isFinite()) throw new Error(value.toString());
  // The digits of 1e9000000000 would not fit in memory.
  if (Math.abs(value.e) > longest) throw new Error("a number too long to write");
  return value.toFixed();
}

function json(value: object | null): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === "number" ? finite(inner) : typeof inner === "bigint" ? inner.toString() : inner,
  ) as string | undefined;
  if (text === undefined) throw new Error("nothing");
  return text;
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new Error(String(value));
  return value + 0; // -0 reads as 0
}
