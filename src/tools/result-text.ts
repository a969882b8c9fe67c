// A result becomes part of the text the model reads on, so it must be text, finite and short.
import type { Decimal } from "decimal.js";
import { isDecimal } from "./decimals.js";
import { ToolkenError } from "../errors.js";

export interface ResultTextOptions {
  /** Longest text, in UTF-16 units. */
  readonly longest: number;
  /** No result reads as `null`, and a longer text is cut and says so, instead of an error each. */
  readonly lenient: boolean;
}

/**
 * Writes a tool's result: text as it is, bytes as UTF-8, numbers in digits, `true`, `null`, decimals without exponent,
 * all else as JSON, with a Map as its object and a Set as its array.
 *
 * A lenient text of more than `longest` UTF-16 units keeps its first ones, followed by `… [cut: 12 of 34567
 * characters]`.
 *
 * @throws ToolkenError `TOOL_RESULT_INVALID` for NaN and infinities (also inside objects), bytes that are not UTF-8,
 * functions, symbols, iterators, circular objects; unless lenient also for no result and for a longer text
 */
export function resultText(toolName: string, value: unknown, options: ResultTextOptions): string {
  const { longest, lenient } = options;
  const invalid = (reason: string, cause?: unknown): ToolkenError =>
    new ToolkenError("TOOL_RESULT_INVALID", `${toolName} returned ${reason}`, { cause });
  let text: string;
  try {
    text = value === undefined && lenient ? "null" : write(value, longest);
  } catch (cause) {
    throw invalid(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (text.length <= longest) return text;
  if (!lenient) throw invalid(`${text.length} characters, more than ${longest}`);
  return cut(text, longest);
}

/** Without half of a surrogate pair at its end. */
function cut(text: string, longest: number): string {
  const kept = text.slice(0, longest).replace(/[\uD800-\uDBFF]$/u, "");
  return `${kept}… [cut: ${kept.length} of ${text.length} characters]`;
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
      if (isDecimal(value)) return decimalText(value, longest);
      if (value instanceof ArrayBuffer) return utf8(new Uint8Array(value));
      if (ArrayBuffer.isView(value)) {
        return utf8(new Uint8Array(value.buffer, value.byteOffset, value.byteLength));
      }
      return json(value);
    default:
      throw new Error(value === undefined ? "nothing" : `a ${typeof value}`);
  }
}

function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`${bytes.byteLength} bytes that are not text`);
  }
}

function decimalText(value: Decimal, longest: number): string {
  if (!value.isFinite()) throw new Error(value.toString());
  // The digits of 1e9000000000 would not fit in memory.
  if (Math.abs(value.e) > longest) throw new Error("a number too long to write");
  return value.toFixed();
}

function json(value: object | null): string {
  const text = JSON.stringify(value, function (this: Record<string, unknown>, key: string, inner: unknown) {
    // Buffers have a JSON of their own, a number a byte.
    const original = this[key];
    return ArrayBuffer.isView(original) ? base64(original) : plain(inner);
  }) as string | undefined;
  if (text === undefined) throw new Error("nothing");
  return text;
}

function plain(value: unknown): unknown {
  if (typeof value === "number") return finite(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Map) return Object.fromEntries(value as Map<PropertyKey, unknown>);
  if (value instanceof Set) return [...(value as Set<unknown>)];
  if (value instanceof Error) return value.message;
  // A generator may be endless.
  if ("next" in value && typeof value.next === "function") throw new Error("an iterator");
  return value;
}

function base64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString("base64");
}

function finite(value: number): number {
  if (!Number.isFinite(value)) throw new Error(String(value));
  return value + 0; // -0 reads as 0
}
