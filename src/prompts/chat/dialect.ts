// What chat templates expect of messages differs; a dialect is one set of answers.
import { createHash } from "node:crypto";
import type { Message } from "./messages.js";
import { spacedJson } from "./spaced-json.js";

export interface Dialect {
  /** The `tools` variable when there are none: null as transformers passes it, [], or not at all. */
  readonly noTools: readonly [] | null | undefined;
  /** Tools as JSON text in `functions`, and the date in `datetime` (Firefunction). */
  readonly functions: boolean;
  /** Whether there may be a system message; otherwise its text opens the first user message. */
  readonly system: boolean;
  /** Arguments of calls as JSON text, not as an object. */
  readonly argumentsAsText: boolean;
  /** `content` of a message that has calls alone. */
  readonly emptyContent: "" | null;
  /** Whether a message may have several calls; otherwise each gets a message of its own. */
  readonly parallelCalls: boolean;
}

/** Variables of a template. */
export type TemplateContext = Readonly<Record<string, unknown>>;

/** Variables for a conversation. */
export function templateContext(
  messages: readonly Message[],
  tools: readonly unknown[],
  dialect: Dialect,
): TemplateContext {
  const fitting = separateCalls(systemInPlace(messages, dialect), dialect);
  const noTools = dialect.noTools === undefined ? {} : { tools: dialect.noTools };
  return {
    ...(tools.length === 0 ? noTools : { tools }),
    ...(dialect.functions ? { functions: spacedJson(tools), datetime: today() } : {}),
    messages: fitting.map((message) => templateMessage(message, dialect)),
  };
}

/** A day, not a time, so that the KV cache serves the next turn. */
function today(): string {
  return new Date().toISOString().slice(0, 10);
}

/** A call's id as templates take it; Mistral's demand nine letters and digits. */
export function templateCallId(toolCallId: string): string {
  if (/^[A-Za-z0-9]{9}$/u.test(toolCallId)) return toolCallId;
  return createHash("sha256").update(toolCallId).digest("hex").slice(0, 9);
}

function systemInPlace(messages: readonly Message[], { system }: Dialect): readonly Message[] {
  const [first, second, ...rest] = messages;
  if (system || first?.role !== "system") return messages;
  if (second?.role !== "user") return [{ role: "user", content: first.content }, ...messages.slice(1)];
  return [{ role: "user", content: `${first.content}\n\n${second.content}` }, ...rest];
}

/** Call, result, call, result in place of two calls and two results. */
function separateCalls(messages: readonly Message[], { parallelCalls }: Dialect): readonly Message[] {
  if (parallelCalls) return messages;
  return messages.flatMap((message, at): readonly Message[] => {
    const inTurn = message.role === "tool" && turnOf(messages, at).length > 1;
    if (message.role !== "assistant" || message.toolCalls === undefined) return inTurn ? [] : [message];
    if (message.toolCalls.length === 1) return [message];
    const results = messages.slice(at + 1).filter((result) => result.role === "tool");
    return message.toolCalls.flatMap((call, i): readonly Message[] => [
      { role: "assistant", content: i === 0 ? message.content : "", toolCalls: [call] },
      ...results.filter(({ toolCallId }) => toolCallId === call.toolCallId).slice(0, 1),
    ]);
  });
}

/** Calls of the assistant message whose results stand at a place. */
function turnOf(messages: readonly Message[], at: number): readonly unknown[] {
  const message = messages.slice(0, at).findLast(({ role }) => role !== "tool");
  return message?.role === "assistant" ? (message.toolCalls ?? []) : [];
}

/** As templates of Hugging Face read messages. */
function templateMessage(message: Message, dialect: Dialect): Readonly<Record<string, unknown>> {
  if (message.role === "tool") {
    const { toolCallId, toolName, content } = message;
    return { role: "tool", content, name: toolName, tool_call_id: templateCallId(toolCallId) };
  }
  if (message.role !== "assistant" || message.toolCalls === undefined) {
    return { role: message.role, content: message.content };
  }
  return {
    role: "assistant",
    content: message.content === "" ? dialect.emptyContent : message.content,
    tool_calls: message.toolCalls.map(({ toolCallId, toolName, input }) => ({
      id: templateCallId(toolCallId),
      type: "function",
      function: {
        name: toolName,
        arguments: dialect.argumentsAsText ? JSON.stringify(input) : input,
      },
    })),
  };
}
