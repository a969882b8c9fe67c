import type { Tokenizer } from "../../model/tokenizer.js";
import type { ConversationFormat } from "../../prompts/chat/format.js";
import type { AssistantMessage } from "../../prompts/chat/messages.js";
import type { Sequence } from "../sequence.js";
import type { MadeCall } from "./call-executor.js";
import type { KnownTokens } from "./known-tokens.js";

/** The generated tokens are the ones of their text from now on. */
export function rememberTurn(
  { conversation, known }: { readonly conversation: Sequence; readonly known: KnownTokens },
  { format, tokenizer }: { readonly format: ConversationFormat; readonly tokenizer: Tokenizer },
  prompt: { readonly text: string; readonly length: number },
  message: AssistantMessage,
  calls: readonly MadeCall[],
): void {
  const decoder = new TextDecoder();
  const generated = conversation.tokens.slice(prompt.length).map((token) => tokenizer.piece(token));
  const written = generated.map((piece) => decoder.decode(piece, { stream: true })).join("");
  known.add(prompt.text + written, conversation.tokens);
  // Beyond a stop sequence, or in a call that was cut off, the tokens hold what the message does not.
  const last = calls.at(-1);
  const whole =
    last === undefined
      ? written.trim() === message.content.trim()
      : calls.every(({ input }) => input !== undefined) &&
        written.endsWith(format.syntax.close(last.toolCallId));
  if (whole) known.addTurn(prompt.text, conversation.tokens, (rest) => format.turnEnd(rest, message));
}
