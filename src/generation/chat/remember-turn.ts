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
  if (last === undefined) {
    if (written.trim() !== message.content.trim()) return;
    known.addTurn(prompt.text, conversation.tokens, (rest) => format.turnEnd(rest, message));
    return;
  }
  const close = format.syntax.close(last.toolCallId);
  const isClosed = close === "" || written.endsWith(close);
  if (calls.some(({ input }) => input === undefined) || !(isClosed || written.endsWith(last.inputText)))
    return;
  known.addTurn(prompt.text, conversation.tokens, (rest) => {
    const end = format.turnEnd(rest, message);
    return end === undefined || isClosed ? end : end - close.length;
  });
}
