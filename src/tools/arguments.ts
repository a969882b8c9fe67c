// Why: what a model writes between the parentheses is text; a tool gets checked values or nothing.
import type { Decimal } from "decimal.js";
import { ToolkenError } from "../errors.js";
import type { ToolParameters } from "./parameters.js";
import { parsePositional } from "./positional.js";
import type { Tool } from "./tool.js";

/** Longest JSON arguments that are read, in UTF-16 units. */
export const LONGEST_JSON_TEXT = 100_000;

/**
 * Parses and validates the text between the parentheses of `<tool>(…)`: numbers for positional tools
 * (`Decimal`s where the tool is exact), the validator's output for object tools. Blank text counts as `{}` there.
 *
 * @throws ToolkenError `TOOL_ARGUMENTS_INVALID`
 */
export async function parseArguments(tool: Tool, text: string): Promise<unknown> {
  try {
    return await parse(tool.parameters, text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ToolkenError("TOOL_ARGUMENTS_INVALID", `${tool.name}: ${reason}`, { cause });
  }
}

async function parse(parameters: ToolParameters, text: string): Promise<unknown> {
  if (parameters.kind === "object") return parameters.validate(parseJson(text));
  const numbers = parsePositional(text, parameters);
  return parameters.exact ? numbers : numbers.map(toNumber);
}

function parseJson(text: string): unknown {
  if (text.length > LONGEST_JSON_TEXT) {
    throw new Error(`Invalid arguments: the text is longer than ${LONGEST_JSON_TEXT} characters`);
  }
  return text.trim() === "" ? {} : (JSON.parse(text) as unknown);
}

function toNumber(value: Decimal): number {
  return value.toNumber() + 0; // -0 has no meaning in an argument
}

/**
 * Where the parenthesis that closes the call stands in the text after `<tool>(`, or -1 when it has not come
 * yet. Parentheses inside the arguments, and inside JSON strings, don't close it.
 */
export function closingParenthesis(tool: Tool, text: string): number {
  const json = tool.parameters.kind === "object";
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const character = text[at];
    if (quoted) {
      if (character === "\\") at++;
      else if (character === '"') quoted = false;
    } else if (json && character === '"') quoted = true;
    else if (character === "(") depth++;
    else if (character === ")" && depth-- === 0) return at;
  }
  return -1;
}
