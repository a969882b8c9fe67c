import type { Tokenizer } from "../../model/tokenizer.js";
import type { Message } from "./messages.js";

/** Invisible; parts a control token's name so that the tokenizer reads it as text. */
const SEPARATOR = "\u200b";

/**
 * A message in which no text of its own is read as a control token: a user who writes `<|im_end|>` ends no turn.
 */
export function neutralized(message: Message, tokenizer: Tokenizer): Message {
  const clean = (text: string): string => separated(text, tokenizer.controlNames);
  if (message.role !== "assistant" || message.toolCalls === undefined) {
    return { ...message, content: clean(message.content) };
  }
  const toolCalls = message.toolCalls.map((call) => ({ ...call, input: deep(call.input, clean) }));
  return { ...message, content: clean(message.content), toolCalls };
}

function separated(text: string, names: readonly string[]): string {
  let result = text;
  for (const name of names) {
    if (result.includes(name)) result = result.replaceAll(name, name[0]! + SEPARATOR + name.slice(1));
  }
  return result;
}

function deep(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === "string") return clean(value);
  if (Array.isArray(value)) return value.map((item) => deep(item, clean));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [clean(key), deep(item, clean)]));
}
