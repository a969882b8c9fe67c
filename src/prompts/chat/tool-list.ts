import { inputSchemaOf, type Tool } from "../../tools/index.js";
import type { Message } from "./messages.js";

/** A tool as OpenAI's API writes it, which templates expect. */
export function toolDefinition(tool: Tool): Readonly<Record<string, unknown>> {
  return {
    type: "function",
    function: { name: tool.name, description: tool.description, parameters: inputSchemaOf(tool) },
  };
}

/** Tools, calls and results as text, for templates that have no place for them. */
export function withToolsAsText(messages: readonly Message[], definitions: readonly unknown[]): Message[] {
  const written = messages.map(asText);
  if (definitions.length === 0) return written;
  const [first] = written;
  const content =
    first?.role === "system" ? `${first.content}\n\n${toolList(definitions)}` : toolList(definitions);
  return [{ role: "system", content }, ...written.filter(({ role }) => role !== "system")];
}

function toolList(definitions: readonly unknown[]): string {
  const list = definitions.map((definition) => JSON.stringify(definition)).join("\n");
  return `You may call tools to answer the user. The tools, as JSON:
<tools>
${list}
</tools>
To call one, write its name and arguments as JSON between tags, and nothing else:
<tool_call>
{"name": "tool name", "arguments": {"argument": "value"}}
</tool_call>
Its result comes back between <tool_response> tags. Answer with it. Call a tool only when it is needed.`;
}

function asText(message: Message): Message {
  if (message.role === "tool") {
    return { role: "user", content: `<tool_response>\n${message.content}\n</tool_response>` };
  }
  if (message.role !== "assistant" || message.toolCalls === undefined) return message;
  const calls = message.toolCalls.map(
    ({ toolName, input }) =>
      `<tool_call>\n{"name": ${JSON.stringify(toolName)}, "arguments": ${JSON.stringify(input)}}\n</tool_call>`,
  );
  return {
    role: "assistant",
    content: [message.content, ...calls].filter((part) => part !== "").join("\n"),
  };
}
