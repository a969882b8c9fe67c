// The content of a message as parts: text, calls and results, in the spellings of AI SDK and of OpenAI.
import { invalidArgument } from "../../errors.js";
import { isRecord, valueText } from "./json-value.js";

export interface Part {
  readonly type: "text" | "reasoning" | "tool-call" | "tool-result";
  /** Text of the part; of a result, its output; empty for a call. */
  readonly text: string;
  readonly value: Readonly<Record<string, unknown>>;
  /** For error messages: `messages[1].content[0]`. */
  readonly name: string;
}

const TEXTS = new Set<unknown>(["text", "input_text", "output_text", "refusal"]);

/**
 * Parts of a string, of an array of parts, or of nothing.
 *
 * @throws ToolkenError `INVALID_ARGUMENT` for parts of types that are not listed, such as images
 */
export function partsOf(content: unknown, name: string, types: readonly Part["type"][]): Part[] {
  if (typeof content === "string") return [{ type: "text", text: content, value: {}, name }];
  if (content === null || content === undefined) return [];
  if (!Array.isArray(content)) throw invalidArgument("a string or content parts", name, content);
  return (content as unknown[]).map((part, index) => {
    const read = readPart(part, `${name}[${index}]`);
    if (read === undefined || !types.includes(read.type)) {
      throw invalidArgument(`a ${types.join(" or ")} part`, `${name}[${index}]`, part);
    }
    return read;
  });
}

/** The text parts, joined. */
export function textOf(parts: readonly Part[]): string {
  return parts.map(({ type, text }) => (type === "text" ? text : "")).join("");
}

function readPart(given: unknown, name: string): Part | undefined {
  if (typeof given === "string") return { type: "text", text: given, value: {}, name };
  if (!isRecord(given)) return undefined;
  const { type, text } = given;
  if (TEXTS.has(type) || type === "reasoning") {
    const written = text ?? given.refusal ?? "";
    if (typeof written !== "string") return undefined;
    return { type: type === "reasoning" ? type : "text", text: written, value: given, name };
  }
  if (type === "tool-call") return { type, text: "", value: given, name };
  if (type !== "tool-result") return undefined;
  return { type, text: outputText(given.output ?? given.result, name), value: given, name };
}

/** AI SDK's outputs, `{ type: "text" | "json" | "error-text" | "error-json" | "content", value }`, or the value itself. */
export function outputText(output: unknown, name: string): string {
  if (isTexts(output)) return output.map(({ text }) => text).join("");
  if (!isRecord(output)) return valueText(output, name);
  switch (output.type) {
    case "text":
    case "json":
    case "error-text":
    case "error-json":
      return "value" in output ? valueText(output.value, name) : valueText(output, name);
    case "content":
      return isTexts(output.value) ? outputText(output.value, name) : valueText(output.value ?? output, name);
    case "execution-denied":
      return typeof output.reason === "string" ? output.reason : "The user did not allow this call.";
    default:
      return valueText(output, name);
  }
}

function isTexts(value: unknown): value is readonly { readonly text: string }[] {
  if (!Array.isArray(value) || value.length === 0) return false;
  return value.every(
    (part: unknown) => isRecord(part) && TEXTS.has(part.type) && typeof part.text === "string",
  );
}
