import { AIMessage, type BaseMessage, ToolMessage } from "@langchain/core/messages";
import { invalidArgument } from "../../errors.js";
import type { MessageInput } from "../../prompts/chat/messages.js";

/** LangChain's messages as those of an engine. @throws ToolkenError `INVALID_ARGUMENT` */
export function readMessages(messages: readonly BaseMessage[]): MessageInput[] {
  return messages.map((message, i) => readMessage(message, `messages[${i}]`));
}

function readMessage(message: BaseMessage, name: string): MessageInput {
  if (AIMessage.isInstance(message)) {
    // Blocks of calls stand in the content too, as other providers write them.
    const { text, tool_calls: calls = [] } = message;
    const toolCalls = calls.map(({ id, name: toolName, args }) => ({ id, toolName, input: args }));
    const given = { role: "assistant", content: text, toolCalls };
    return given;
  }
  const content = textOf(message, name);
  if (ToolMessage.isInstance(message)) {
    const given = { role: "tool", toolCallId: message.tool_call_id, toolName: message.name, content };
    return given;
  }
  switch (message.type) {
    case "system":
    case "developer":
      return { role: "system", content };
    case "human":
      return { role: "user", content };
    default:
      throw invalidArgument('"system", "human", "ai" or "tool"', `${name}.type`, message.type);
  }
}

/** A model of texts must not answer as if it had seen an image. */
function textOf({ content, text }: BaseMessage, name: string): string {
  if (typeof content !== "string") {
    for (const [i, block] of content.entries()) {
      if (!block.type.startsWith("text")) {
        throw invalidArgument("text", `${name}.content[${i}]`, block.type);
      }
    }
  }
  return text;
}
