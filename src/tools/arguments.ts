// What a model writes as a call's input is text; a tool gets checked values or nothing.
import type { Decimal } from "decimal.js";
import { ToolkenError } from "../errors.js";
import { argumentsTextOf, inputSchemaOf } from "./input.js";
import { invalidArguments, type ToolParameters } from "./parameters.js";
import { parsePositional } from "./positional.js";
import { compileValidator } from "./schema/validator.js";
import type { Tool } from "./tool.js";

/** Longest JSON arguments that are read, in UTF-16 units. */
export const MAX_JSON_TEXT_LENGTH = 100_000;

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
    throw invalid(tool, text, cause);
  }
}

/**
 * Parses and validates a call's input in JSON, as conversations have it: for object tools the validator's output, for
 * positional tools the numbers of an object under `inputSchemaOf(tool)`. Nothing is coerced.
 *
 * @throws ToolkenError `TOOL_ARGUMENTS_INVALID` whose message names every failing path, for the model to read, with
 * `toolName`, `inputText` and, where the input is JSON, `problems`
 */
export async function parseToolInput(tool: Tool, text: string): Promise<unknown> {
  const { parameters } = tool;
  try {
    const value = parseJson(text);
    if (parameters.kind === "object") return await parameters.validate(value);
    const problems = compileValidator(inputSchemaOf(tool), "the input")(value);
    if (problems !== undefined) throw invalidArguments(problems);
    return await parse(parameters, argumentsTextOf(tool, value));
  } catch (cause) {
    throw invalid(tool, text, cause);
  }
}

function invalid(tool: Tool, inputText: string, cause: unknown): ToolkenError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const problems = cause instanceof ToolkenError && "problems" in cause ? { problems: cause.problems } : {};
  return new ToolkenError("TOOL_ARGUMENTS_INVALID", `${tool.name}: ${reason}`, {
    cause,
    facts: { toolName: tool.name, inputText, ...problems },
  });
}

async function parse(parameters: ToolParameters, text: string): Promise<unknown> {
  if (parameters.kind === "object") return parameters.validate(parseJson(text));
  const numbers = parsePositional(text, parameters);
  return parameters.exact ? numbers : numbers.map(toNumber);
}

function parseJson(text: string): unknown {
  if (text.length > MAX_JSON_TEXT_LENGTH) {
    throw new Error(`Invalid arguments: the text is longer than ${MAX_JSON_TEXT_LENGTH} characters`);
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
