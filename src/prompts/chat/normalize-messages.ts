import { invalidArgument, ToolkenError } from "../../errors.js";
import type { AssistantMessage, Message, MessageInput, MessageToolCall, ToolMessage } from "./messages.js";

type Fields = Readonly<Record<string, unknown>>;

/**
 * Messages in one form. System messages are joined into the first message, and messages of one role in a row into
 * one, as many templates demand alternating roles.
 *
 * @throws ToolkenError `INVALID_ARGUMENT` (empty conversation, unknown role, content of another kind),
 * `MESSAGE_INVALID` (a tool result without its call, arguments that are not JSON, a call id twice)
 */
export function normalizeMessages(
  messages: readonly MessageInput[],
  { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {},
): Message[] {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalidArgument("a non-empty array of messages", "messages", messages);
  }
  const calls = new Map<string, string>();
  const read = messages.flatMap((message, i) => readMessage(message, `messages[${i}]`, calls));
  const system = read.filter(({ role }) => role === "system").map(({ content }) => content);
  const others = merged(read.filter(({ role }) => role !== "system"));
  if (others.length === 0 && !mayBeEmpty) throw invalidArgument("a user message", "messages", messages);
  return system.length === 0 ? others : [{ role: "system", content: system.join("\n\n") }, ...others];
}

function readMessage(message: unknown, name: string, calls: Map<string, string>): Message[] {
  if (typeof message !== "object" || message === null) throw invalidArgument("a message", name, message);
  const fields = message as Fields;
  switch (fields.role) {
    case "system":
    case "developer":
      return [{ role: "system", content: textOf(fields.content, `${name}.content`) }];
    case "user":
      return [{ role: "user", content: textOf(fields.content, `${name}.content`) }];
    case "assistant":
      return [assistantOf(fields, name, calls)];
    case "tool":
    case "function":
      return toolMessages(fields, name, calls);
    default:
      throw invalidArgument('"system", "user", "assistant" or "tool"', `${name}.role`, fields.role);
  }
}

/** Text of a string or of `text` parts; null is no text. */
function textOf(content: unknown, name: string): string {
  if (typeof content === "string") return content;
  if (content === null || content === undefined) return "";
  if (!Array.isArray(content)) throw invalidArgument("a string or content parts", name, content);
  return content
    .map((part: unknown, i) => {
      const { type, text } = (part ?? {}) as Fields;
      if ((type === "text" || type === "input_text" || type === "output_text") && typeof text === "string")
        return text;
      if (type === "tool-call" || type === "reasoning") return "";
      throw invalidArgument("a text part", `${name}[${i}]`, part);
    })
    .join("");
}

function assistantOf(fields: Fields, name: string, calls: Map<string, string>): AssistantMessage {
  const content = textOf(fields.content, `${name}.content`);
  const given: unknown = fields.toolCalls ?? fields.tool_calls ?? partsOf(fields.content, "tool-call");
  if (!Array.isArray(given)) {
    throw invalidArgument("an array of tool calls", `${name}.toolCalls`, given);
  }
  const toolCalls = (given as unknown[]).map((call, i) =>
    callOf((call ?? {}) as Fields, `${name}.toolCalls[${i}]`, calls),
  );
  return { role: "assistant", content, ...(toolCalls.length === 0 ? {} : { toolCalls }) };
}

function callOf(call: Fields, name: string, calls: Map<string, string>): MessageToolCall {
  const inner = (call.function ?? {}) as Fields;
  const toolName = call.toolName ?? call.name ?? inner.name;
  const toolCallId = call.toolCallId ?? call.id ?? call.call_id ?? `call_${calls.size}`;
  if (typeof toolName !== "string" || toolName === "") {
    throw invalidArgument("a tool's name", `${name}.toolName`, toolName);
  }
  if (typeof toolCallId !== "string") throw invalidArgument("a string", `${name}.toolCallId`, toolCallId);
  if (calls.has(toolCallId)) throw messageInvalid(`${name}: the call id ${toolCallId} is used twice`);
  calls.set(toolCallId, toolName);
  const text = call.arguments ?? inner.arguments;
  return { toolCallId, toolName, input: call.input ?? call.args ?? argumentsOf(text, name) };
}

function argumentsOf(text: unknown, name: string): unknown {
  if (text === null || text === undefined || text === "") return {};
  if (typeof text !== "string") return text;
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw messageInvalid(`${name}: the arguments are not valid JSON: ${text.slice(0, 200)}`, cause);
  }
}

function toolMessages(fields: Fields, name: string, calls: ReadonlyMap<string, string>): ToolMessage[] {
  const results = partsOf(fields.content, "tool-result");
  if (results.length > 0) return results.map((result) => resultOf(result, name, calls));
  const toolCallId = fields.toolCallId ?? fields.tool_call_id;
  return [resultOf({ toolCallId, toolName: fields.name, output: fields.content }, name, calls)];
}

function resultOf(result: Fields, name: string, calls: ReadonlyMap<string, string>): ToolMessage {
  const { toolCallId } = result;
  const toolName = typeof toolCallId === "string" ? calls.get(toolCallId) : undefined;
  if (typeof toolCallId !== "string" || toolName === undefined) {
    throw messageInvalid(
      `${name}: a tool result needs the id of a call before it, not ${String(toolCallId)}`,
    );
  }
  return { role: "tool", toolCallId, toolName, content: outputText(result.output ?? result.result, name) };
}

/** AI SDK wraps outputs in `{ type, value }`. */
function outputText(output: unknown, name: string): string {
  if (output === null || output === undefined) return "";
  if (typeof output === "string") return output;
  if (Array.isArray(output) && output.every((part) => typeof (part as Fields | null)?.text === "string")) {
    return textOf(output, `${name}.content`);
  }
  const { type, value } = output as Fields;
  if (typeof type === "string" && value !== undefined) {
    return typeof value === "string" ? value : JSON.stringify(value);
  }
  return JSON.stringify(output);
}

function partsOf(content: unknown, type: string): Fields[] {
  return Array.isArray(content) ? (content as Fields[]).filter((part) => part.type === type) : [];
}

/** Messages of the user, or of the assistant, in a row. */
function merged(messages: readonly Message[]): Message[] {
  const result: Message[] = [];
  for (const message of messages) {
    const last = result.at(-1);
    const joins =
      last?.role === message.role &&
      (message.role === "user" || (message.role === "assistant" && !hasCalls(last) && !hasCalls(message)));
    if (joins) result[result.length - 1] = { ...last, content: `${last.content}\n\n${message.content}` };
    else result.push(message);
  }
  return result;
}

function hasCalls(message: Message): boolean {
  return message.role === "assistant" && message.toolCalls !== undefined;
}

function messageInvalid(message: string, cause?: unknown): ToolkenError {
  return new ToolkenError("MESSAGE_INVALID", message, { cause });
}
