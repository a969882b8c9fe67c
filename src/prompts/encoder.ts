// Turns a prompt and a question into tokens, with the part before the question as a prefix that all questions share.
import type { Model } from "../model/model.js";
import { splitAtQuestion, QUESTION_SLOT } from "./prompts.js";

/** A prompt in tokens, up to its question slot and with a question. */
export interface EncodedPrompt {
  /** Tokens before the question, BOS included: the same for every question. */
  readonly prefix: Int32Array;
  encode(question: string, continuation?: string): Int32Array;
}

export interface PromptEncoding {
  /** Wrap the prompt in the model's chat template, as the user's message. */
  readonly chat: boolean;
}

/**
 * The question is text of others: control tokens in it are never read as such. Around it, in a chat template,
 * they are.
 */
export function encodePrompt(model: Model, prompt: string, { chat }: PromptEncoding): EncodedPrompt {
  const { tokenizer } = model;
  const bos = tokenizer.addsBos && tokenizer.bos !== null ? [tokenizer.bos] : [];
  if (chat) {
    const { before, after } = splitAtQuestion(
      model.applyChatTemplate([{ role: "user", content: userMessage(prompt) }]),
    );
    const special = { parseSpecial: true };
    const start = tokenizer.encode(before, special);
    // Some templates write BOS themselves.
    const prefix = Int32Array.from(start[0] === tokenizer.bos ? start : [...bos, ...start]);
    const end = tokenizer.encode(after, special);
    return {
      prefix,
      encode: (question, continuation = "") =>
        Int32Array.from([
          ...prefix,
          ...tokenizer.encode(question),
          ...end,
          ...(continuation === "" ? [] : tokenizer.encode(continuation)),
        ]),
    };
  }
  const { before, after } = splitAtQuestion(prompt);
  return {
    // Without the space before the question, which is part of the question's first token.
    prefix: Int32Array.from([...bos, ...tokenizer.encode(before.trimEnd())]),
    // Encoded as one text: a token may cross the slot's border, as it does in the training texts.
    encode: (question, continuation = "") =>
      Int32Array.from([...bos, ...tokenizer.encode(before + question + after + continuation)]),
  };
}

/** In a chat the question needs no "Q:" and "A:" around it when the prompt holds nothing else. */
function userMessage(prompt: string): string {
  return prompt.trim() === `Q: ${QUESTION_SLOT}\nA:` ? QUESTION_SLOT : prompt.replace(/\nA:\s*$/u, "");
}
