import type { Engine } from "../../../generation/engine.js";
import type { ChatRequest } from "./request.js";

/**
 * The question that the engine's own head answers in its text: one user message, without tools of the request, for a
 * head that decides within the text. Undefined: the request is a conversation.
 */
export function ownQuestion(body: ChatRequest, engine: Engine): string | undefined {
  const { messages, tools, tool_choice: choice, response_format: format, logprobs } = body;
  const [message] = messages;
  const isPlain =
    engine.head?.decision === null &&
    messages.length === 1 &&
    message?.role === "user" &&
    typeof message.content === "string" &&
    message.content.trim() !== "";
  const isForHead = (tools ?? []).length === 0 && (choice ?? "auto") !== "none" && logprobs !== true;
  const isText = format === null || format === undefined || format.type === "text";
  return isPlain && isForHead && isText ? (message.content as string) : undefined;
}
