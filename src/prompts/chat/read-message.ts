// One given message: roles, texts, calls and results in the spellings of several libraries.
import { invalidArgument, ToolkenError } from "../../errors.js";
import { outputText, partsOf, textOf } from "./content-parts.js";
import { isRecord, valueText } from "./json-value.js";
import type { SystemMessage, UserMessage } from "./messages.js";

/** A message whose ids and names the conversation may have to supply. */
export type GivenMessage = SystemMessage | UserMessage | GivenAssistant | GivenResult;

export interface GivenAssistant {
  readonly role: "assistant";
  readonly content: string;
  readonly calls: readonly GivenCall[];
}

export interface GivenCall {
  readonly toolCallId: string | undefined;
  readonly toolName: string;
  readonly input: unknown;
}

export interface GivenResult {
  readonly role: "tool";
  readonly toolCallId: string | undefined;
  readonly toolName: string | undefined;
  readonly content: string;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads a message; one with several results gives several.
 *
 * @param name for error messages: `messages[1]`
 * @throws ToolkenError `INVALID_ARGUMENT`, `MESSAGE_INVALID`
 */
export function readMessage(given: unknown, name: string): GivenMessage[] {
  if (!isRecord(given)) throw invalidArgument("a message", name, given);
  const text = (): string => textOf(partsOf(given.content, `${name}.content`, ["text"]));
  switch (given.role) {
    case "system":
    case "developer":
      return [{ role: "system", content: text() }];
    case "user":
      return [{ role: "user", content: text() }];
    case "assistant":
      return [readAssistant(given, name)];
    case "tool":
    case "function":
      return readResults(given, name);
    default:
      throw invalidArgument('"system", "user", "assistant" or "tool"', `${name}.role`, given.role);
  }
}

function readAssistant(given: Fields, name: string): GivenAssistant {
  const parts = partsOf(given.content, `${name}.content`, ["text", "reasoning", "tool-call"]);
  const listed = given.toolCalls ?? given.tool_calls ?? [];
  if (!Array.isArray(listed)) throw invalidArgument("an array of tool calls", `${name}.toolCalls`, listed);
  const calls = [
    ...(listed as unknown[]).map((call, i) => readCall(call, `${name}.toolCalls[${i}]`)),
    ...parts.filter(({ type }) => type === "tool-call").map((part) => readCall(part.value, part.name)),
  ];
  // OpenAI's form before `tool_calls`.
  if (isRecord(given.function_call)) calls.push(readCall(given.function_call, `${name}.function_call`));
  return { role: "assistant", content: textOf(parts), calls };
}

/** `{ toolCallId, toolName, input }`, `{ id, function: { name, arguments } }` or `{ name, arguments }`. */
function readCall(given: unknown, name: string): GivenCall {
  if (!isRecord(given)) throw invalidArgument("a tool call", name, given);
  const inner = isRecord(given.function) ? given.function : given;
  const toolName = inner.toolName ?? inner.name;
  if (typeof toolName !== "string" || toolName === "") {
    throw invalidArgument("a tool's name", `${name}.toolName`, toolName);
  }
  const input = inner.input ?? inner.args ?? argumentsOf(inner.arguments, name);
  // Checked here, where the message has a place: templates and their thread take JSON alone.
  valueText(input, `${name}.input`);
  return { toolCallId: idOf(given.toolCallId ?? given.call_id ?? given.id, name), toolName, input };
}

function argumentsOf(text: unknown, name: string): unknown {
  if (text === null || text === undefined) return {};
  if (typeof text !== "string") return text;
  if (text.trim() === "") return {};
  try {
    return (JSON.parse(text) as unknown) ?? {};
  } catch (cause) {
    const shown = text.slice(0, 200);
    throw new ToolkenError("MESSAGE_INVALID", `${name}: the arguments are not valid JSON: ${shown}`, {
      cause,
    });
  }
}

function readResults(given: Fields, name: string): GivenResult[] {
  const { content } = given;
  if (
    Array.isArray(content) &&
    content.some((part: unknown) => isRecord(part) && part.type === "tool-result")
  ) {
    const parts = partsOf(content, `${name}.content`, ["tool-result"]);
    return parts.map((part) => readResult(part.value, part.text, part.name));
  }
  return [readResult(given, outputText(given.output ?? content, `${name}.content`), name)];
}

function readResult(given: Fields, content: string, name: string): GivenResult {
  const toolName = given.toolName ?? given.tool_name ?? given.name ?? undefined;
  if (toolName !== undefined && typeof toolName !== "string") {
    throw invalidArgument("a tool's name", `${name}.toolName`, toolName);
  }
  // `id` is the message's own here.
  const id = given.toolCallId ?? given.tool_call_id ?? given.call_id;
  return { role: "tool", toolCallId: idOf(id, name), toolName, content };
}

function idOf(id: unknown, name: string): string | undefined {
  if (id === undefined || id === null) return undefined;
  if (typeof id !== "string") throw invalidArgument("a string", `${name}.toolCallId`, id);
  return id;
}
