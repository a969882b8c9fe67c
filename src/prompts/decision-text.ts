import { invalidArgument } from "../errors.js";
import type { HeadDecision } from "../head/decision.js";
import type { Model } from "../model/model.js";
import { encodeConversation } from "./chat/control-text.js";
import { conversationFormat } from "./chat/conversation-format.js";
import type { Message } from "./chat/messages.js";
import { encodePrompt } from "./encoder.js";
import { QUESTION_SLOT } from "./prompts.js";

/** Where a head reads a request. */
export type DecisionForm = Pick<HeadDecision, "form" | "before" | "after">;

export const COMPLETION_FORM: DecisionForm = {
  form: "completion",
  before: "Request: ",
  after: "\nThe best tool for this request is",
};

export const CHAT_FORM: DecisionForm = {
  form: "chat",
  before: "",
  after: "The best tool for this request is",
};

/** The chat form where the model has a chat template, else the completion form. */
export function defaultForm(model: Model): DecisionForm {
  return model.facts.chatTemplate === null ? COMPLETION_FORM : CHAT_FORM;
}

/** Turns a request, or in a chat a conversation, into the tokens at whose end a head decides, BOS included. */
export type ProbeEncoder = (
  request: string | readonly Message[],
  signal?: AbortSignal,
) => Promise<Int32Array>;

/** @throws `INVALID_ARGUMENT`, `CHAT_TEMPLATE_FAILED`. */
export async function probeEncoder(
  model: Model,
  { form, before, after }: DecisionForm,
): Promise<ProbeEncoder> {
  if (after === "") throw invalidArgument("a non-empty string", "after", after);
  if (form === "completion") {
    const prompt = encodePrompt(model, `${before}${QUESTION_SLOT}${after}`, { chat: false });
    return (request) =>
      Promise.resolve(prompt.encode(typeof request === "string" ? request : lastRequest(request)));
  }
  const format = await conversationFormat(model);
  const { tokenizer } = model;
  const suffix = tokenizer.encode(after);
  return async (request, signal) => {
    const messages = typeof request === "string" ? [{ role: "user" as const, content: request }] : request;
    const text = await format.render(messages, [], signal);
    return Int32Array.from([...encodeConversation(tokenizer, text), ...suffix]);
  };
}

/** The text of the last message of a user; empty without one. */
export function lastRequest(messages: readonly Message[]): string {
  return messages.findLast(({ role }) => role === "user")?.content ?? "";
}
