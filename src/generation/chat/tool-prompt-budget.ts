import type { Tokenizer } from "../../model/tokenizer.js";
import { encodeConversation } from "../../prompts/chat/control-text.js";
import type { ConversationFormat } from "../../prompts/chat/format.js";
import type { Message } from "../../prompts/chat/messages.js";
import type { Tool } from "../../tools/index.js";

/** Warns when the tools that are listed in every prompt take more tokens than a budget: once per list of tools. */
export class ToolPromptBudget {
  readonly #maxTokens: number;
  readonly #measured = new Set<string>();

  constructor(maxTokens: number) {
    this.#maxTokens = maxTokens;
  }

  /** @param promptTokens tokens of the messages with the tools */
  async check(
    { format, tokenizer }: { readonly format: ConversationFormat; readonly tokenizer: Tokenizer },
    messages: readonly Message[],
    tools: readonly Tool[],
    promptTokens: number,
  ): Promise<void> {
    if (promptTokens <= this.#maxTokens) return;
    const key = tools.map(({ name }) => name).join("\n");
    if (this.#measured.has(key)) return;
    this.#measured.add(key);
    const without = encodeConversation(tokenizer, await format.render(messages, []));
    const tokens = promptTokens - without.length;
    if (tokens <= this.#maxTokens) return;
    process.emitWarning(
      `The list of ${tools.length} tools takes ${tokens} tokens of every prompt, more than toolPromptBudget (${this.#maxTokens}). ` +
        "A head needs no list. Train one: toolken train --tools my-tools.mjs --model model.gguf --out head.safetensors",
      { type: "ToolkenWarning", code: "TOOL_PROMPT_BUDGET" },
    );
  }
}
