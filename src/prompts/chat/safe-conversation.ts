import type { Model } from "../../model/model.js";
import type { Tool } from "../../tools/index.js";
import { markedDeep } from "./control-text.js";
import type { Message } from "./messages.js";
import { toolDefinition } from "./tool-list.js";

/** Messages and definitions in which no text is read as a control token. */
export function safeConversation(
  { tokenizer }: Model,
  messages: readonly Message[],
  tools: readonly Tool[],
): { readonly messages: readonly Message[]; readonly tools: readonly unknown[] } {
  return {
    messages: markedDeep(messages, tokenizer) as Message[],
    tools: markedDeep(tools.map(toolDefinition), tokenizer) as unknown[],
  };
}

/** Names of the model's BOS and EOS, "" where it has none. */
export function specialTokens({ facts, tokenizer }: Model): { bos_token: string; eos_token: string } {
  const name = (id: number | null): string => (id === null ? "" : tokenizer.name(id));
  return { bos_token: name(facts.bos), eos_token: name(facts.eos) };
}
