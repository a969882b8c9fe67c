import type { Tool } from "../../tools/index.js";
import type { CallSyntax } from "./call-syntax.js";
import type { AssistantMessage, Message } from "./messages.js";

/** Turns conversations into text, and knows how its model writes calls. */
export interface ConversationFormat {
  readonly syntax: CallSyntax;
  /** Strings that end an assistant turn besides the model's end of generation. */
  readonly stopSequences: readonly string[];
  /**
   * Text of the conversation up to where the assistant writes; control tokens by their names, and marks where
   * a message or a tool spells such a name. `encodeMarked` gives its tokens.
   *
   * @param tools documented in the text
   * @throws ToolkenError `CHAT_TEMPLATE_FAILED`, `ABORTED`
   */
  render(messages: readonly Message[], tools: readonly Tool[], signal?: AbortSignal): Promise<string>;
  /**
   * Length of what an assistant message is at the start of a text: a later rendering, from where the earlier one
   * ended. Undefined when the message does not stand there.
   */
  turnEnd(rest: string, message: AssistantMessage): number | undefined;
}
