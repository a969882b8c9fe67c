/** Instructions for the whole conversation. */
export interface SystemMessage {
  readonly role: "system";
  readonly content: string;
}

export interface UserMessage {
  readonly role: "user";
  readonly content: string;
}

/** A call in an assistant's message. */
export interface MessageToolCall {
  readonly toolCallId: string;
  readonly toolName: string;
  /** Parsed JSON. */
  readonly input: unknown;
}

export interface AssistantMessage {
  readonly role: "assistant";
  readonly content: string;
  readonly toolCalls?: readonly MessageToolCall[];
}

/** The result of a call, by the call's id. */
export interface ToolMessage {
  readonly role: "tool";
  readonly toolCallId: string;
  readonly toolName: string;
  /** What the model reads. */
  readonly content: string;
}

export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

/**
 * A message as callers have it: {@link Message}, AI SDK's `ModelMessage` (content parts `text`, `tool-call`,
 * `tool-result`), or OpenAI's (`tool_calls`, `tool_call_id`, `developer`).
 */
export type MessageInput = Message | { readonly role: string; readonly content?: unknown };
