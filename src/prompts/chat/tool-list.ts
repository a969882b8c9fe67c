import { promptDefinition, type Tool, type ToolJson } from "../../tools/index.js";
import { type CallSyntax, GENERIC_SYNTAX } from "./call-syntax.js";
import type { Message, MessageToolCall } from "./messages.js";
import { spacedJson } from "./spaced-json.js";

/** A tool as OpenAI's API writes it, which templates expect. */
export function toolDefinition(tool: Tool): ToolJson {
  return promptDefinition(tool);
}

/**
 * Tools, calls and results as text, for templates that have no place for them. Results are user messages; messages of
 * one role in a row become one.
 *
 * @param tools definitions
 */
export function withToolsAsText(messages: readonly Message[], tools: readonly unknown[]): Message[] {
  const listed = tools.length === 0 ? messages : withToolList(messages, tools, GENERIC_SYNTAX);
  const result: Message[] = [];
  for (const message of listed) {
    const written = asText(message);
    const last = result.at(-1);
    if (last?.role !== written.role) result.push(written);
    else result[result.length - 1] = { ...written, content: `${last.content}\n${written.content}` };
  }
  return result;
}

/** The conversation with tools listed in its system message, and how a call of one is written. */
export function withToolList(
  messages: readonly Message[],
  tools: readonly unknown[],
  syntax: CallSyntax,
): Message[] {
  const others = messages.filter(({ role }) => role !== "system");
  const texts = messages.filter(({ role }) => role === "system").map(({ content }) => content);
  return [{ role: "system", content: [...texts, toolList(tools, syntax)].join("\n\n") }, ...others];
}

/** Tools as JSON, and how a call of one is written. */
export function toolList(tools: readonly unknown[], syntax: CallSyntax): string {
  const { open, middle, close } = syntax;
  const example = `${open("")}tool name${middle("")}{"argument": "value"}${close("")}`;
  return `You may call tools to answer the user. The tools, as JSON:
<tools>
${tools.map(spacedJson).join("\n")}
</tools>
To call one, write its name and arguments as JSON between tags, and nothing else:
${example}
Its result comes back${syntax === GENERIC_SYNTAX ? " between <tool_response> tags" : ""}. Answer with it. Call a tool only when it is needed.`;
}

export function resultText(content: string): string {
  return `<tool_response>\n${content}\n</tool_response>`;
}

/** A call in the generic syntax. */
export function callText({ toolCallId, toolName, input }: MessageToolCall): string {
  const { open, middle, close } = GENERIC_SYNTAX;
  return open(toolCallId) + toolName + middle(toolCallId) + spacedJson(input) + close(toolCallId);
}

function asText(message: Message): Message {
  if (message.role === "tool") return { role: "user", content: resultText(message.content) };
  if (message.role !== "assistant" || message.toolCalls === undefined) return message;
  return {
    role: "assistant",
    content: [message.content, ...message.toolCalls.map(callText)].filter((part) => part !== "").join("\n"),
  };
}
