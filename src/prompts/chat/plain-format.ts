import type { Model } from "../../model/model.js";
import { GENERIC_SYNTAX } from "./call-syntax.js";
import { markedDeep } from "./control-text.js";
import type { ConversationFormat } from "./format.js";
import type { AssistantMessage } from "./messages.js";
import { safeConversation, specialTokens } from "./safe-conversation.js";
import { callText, resultText, toolList, withToolsAsText } from "./tool-list.js";
import { turnEnd } from "./turn-end.js";

/** A transcript for models that have seen no chat. */
export function plainFormat(model: Model): ConversationFormat {
  return {
    syntax: GENERIC_SYNTAX,
    stopSequences: ["\nUser:", "\nSystem:"],
    render: (messages, tools) => {
      const safe = safeConversation(model, messages, tools);
      const turns = withToolsAsText(safe.messages, safe.tools).map(({ role, content }) =>
        role === "system" ? content : `${role === "user" ? "User" : "Assistant"}: ${content.trimStart()}`,
      );
      return Promise.resolve(`${bosOf(model)}${[...turns, "Assistant:"].join("\n\n")}`);
    },
    turnEnd: (rest, message) =>
      turnEnd(rest, markedDeep(message, model.tokenizer) as AssistantMessage, GENERIC_SYNTAX),
  };
}

/**
 * A text that the model continues: the first message is its beginning, and calls and results stand in what follows.
 * Tools are listed before it.
 */
export function completionFormat(model: Model): ConversationFormat {
  const { tokenizer } = model;
  return {
    syntax: GENERIC_SYNTAX,
    stopSequences: [],
    render: (messages, tools) => {
      const safe = safeConversation(model, messages, tools);
      const list = safe.tools.length === 0 ? "" : `${toolList(safe.tools, GENERIC_SYNTAX)}\n\n`;
      const parts = safe.messages.map((message) => {
        if (message.role === "tool") return `\n${resultText(message.content)}\n`;
        const calls = message.role === "assistant" ? (message.toolCalls ?? []) : [];
        return message.content + calls.map(callText).join("\n");
      });
      return Promise.resolve(bosOf(model) + list + parts.join(""));
    },
    turnEnd: (rest, message) =>
      turnEnd(rest, markedDeep(message, tokenizer) as AssistantMessage, GENERIC_SYNTAX),
  };
}

function bosOf(model: Model): string {
  return model.facts.addsBos ? specialTokens(model).bos_token : "";
}
