import { invalidArgument, ToolkenError } from "../../errors.js";
import type { AssistantMessage, Message, MessageInput, MessageToolCall, ToolMessage } from "./messages.js";
import { type GivenAssistant, type GivenResult, readMessage } from "./read-message.js";

/**
 * Messages in one form, for templates that accept one system message at the start and alternating roles:
 *
 * - All system messages become one, in their order, at the start.
 * - User messages in a row become one, so do assistant messages; texts are joined by a blank line.
 * - A call without an id gets one. A result belongs to a call of the assistant message before it, by id; without an id,
 *   by the tool's name; without both, to the first call that has no result. A call may stay without a result.
 *
 * @throws ToolkenError `INVALID_ARGUMENT` (empty conversation, unknown role, content of another kind),
 * `MESSAGE_INVALID` (a result without its call, a second result of a call, arguments that are not JSON, a call id twice
 * in a message)
 */
export function normalizeMessages(
  messages: readonly MessageInput[],
  { mayBeEmpty = false }: { readonly mayBeEmpty?: boolean } = {},
): Message[] {
  if (!Array.isArray(messages) || messages.length === 0) {
    throw invalidArgument("a non-empty array of messages", "messages", messages);
  }
  const conversation = new Conversation();
  for (const [i, given] of (messages as readonly unknown[]).entries()) {
    for (const message of readMessage(given, `messages[${i}]`)) {
      if (message.role === "system") conversation.system.push(message.content);
      else if (message.role === "user") conversation.addUser(message.content);
      else if (message.role === "assistant") conversation.addAssistant(message, `messages[${i}]`);
      else conversation.addResult(message, `messages[${i}]`);
    }
  }
  const { system, others } = conversation;
  if (others.length === 0 && !mayBeEmpty) throw invalidArgument("a user message", "messages", messages);
  return system.length === 0 ? others : [{ role: "system", content: joined(system) }, ...others];
}

class Conversation {
  readonly system: string[] = [];
  readonly others: Exclude<Message, { role: "system" }>[] = [];
  /** Calls of the last assistant message without a result, by id. */
  readonly #open = new Map<string, MessageToolCall>();
  #calls = 0;

  addUser(content: string): void {
    this.#open.clear();
    const last = this.others.at(-1);
    if (last?.role === "user") this.#replaceLast({ role: "user", content: joined([last.content, content]) });
    else this.others.push({ role: "user", content });
  }

  addAssistant({ content, calls }: GivenAssistant, name: string): void {
    const last = this.others.at(-1);
    const before = last?.role === "assistant" ? last : undefined;
    if (before === undefined) this.#open.clear();
    const toolCalls = calls.map(({ toolCallId = `call_${this.#calls}`, toolName, input }) => {
      this.#calls++;
      if (this.#open.has(toolCallId)) throw invalid(`${name}: the call id ${toolCallId} is used twice`);
      const call = { toolCallId, toolName, input };
      this.#open.set(toolCallId, call);
      return call;
    });
    const all = [...(before?.toolCalls ?? []), ...toolCalls];
    const message: AssistantMessage = {
      role: "assistant",
      content: joined([before?.content ?? "", content]),
      ...(all.length === 0 ? {} : { toolCalls: all }),
    };
    if (before === undefined) this.others.push(message);
    else this.#replaceLast(message);
  }

  addResult({ toolCallId, toolName, content }: GivenResult, name: string): void {
    const call =
      toolCallId === undefined
        ? [...this.#open.values()].find((one) => toolName === undefined || one.toolName === toolName)
        : this.#open.get(toolCallId);
    if (call === undefined) {
      const which = String(toolCallId ?? toolName);
      throw invalid(`${name}: a tool result follows the assistant message with its call, not ${which}`);
    }
    this.#open.delete(call.toolCallId);
    const message: ToolMessage = {
      role: "tool",
      toolCallId: call.toolCallId,
      toolName: call.toolName,
      content,
    };
    this.others.push(message);
  }

  #replaceLast(message: Exclude<Message, { role: "system" }>): void {
    this.others[this.others.length - 1] = message;
  }
}

function joined(texts: readonly string[]): string {
  return texts.filter((text) => text !== "").join("\n\n");
}

function invalid(message: string): ToolkenError {
  return new ToolkenError("MESSAGE_INVALID", message);
}
