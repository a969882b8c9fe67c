import { ToolkenError } from "../../errors.js";
import type { Message, MessageInput } from "../../prompts/chat/messages.js";
import { normalizeMessages } from "../../prompts/chat/normalize-messages.js";
import type { GenerateResult, StreamPart } from "../events.js";
import { releasedParts } from "../released-parts.js";
import { resolveOptions } from "../../utils/options.js";
import { type CallSettings, chatOptions, type ChatOptions } from "../options.js";

type StreamMessages = (
  options: CallSettings & { readonly messages: readonly Message[] },
) => AsyncGenerator<StreamPart, void, undefined>;

/** A conversation that remembers its messages. Create it with `engine.chat()`. */
export class Chat {
  readonly #stream: StreamMessages;
  readonly #settings: CallSettings;
  #messages: Message[];
  #busy = false;

  /** Use `engine.chat()`. */
  constructor(stream: StreamMessages, options: ChatOptions) {
    this.#stream = stream;
    const { system, messages } = resolveOptions(chatOptions, options, "chat");
    // As given: a message's own settings take their place, and defaults are applied after that.
    const entries = Object.entries(options).filter(([key]) => key !== "system" && key !== "messages");
    this.#settings = Object.fromEntries(entries);
    const given = [...(system === undefined ? [] : [{ role: "system", content: system }]), ...messages];
    this.#messages = given.length === 0 ? [] : normalizeMessages(given, { mayBeEmpty: true });
  }

  /** The messages so far; an aborted or failed turn leaves its user message and every finished step. */
  get messages(): readonly Message[] {
    return [...this.#messages];
  }

  /** Answers a message. Throws what {@link Chat.stream} throws. */
  async send(message: string, settings: CallSettings = {}): Promise<GenerateResult> {
    for await (const part of this.stream(message, settings)) if (part.type === "finish") return part.result;
    throw new ToolkenError("INTERNAL", "The turn ended without a finish part");
  }

  /**
   * The same, part by part. Throws what `engine.stream` throws, and `CHAT_BUSY` while another turn runs.
   *
   * @param message the user's, or results of calls that the caller executed
   */
  stream(
    message: string | MessageInput | readonly MessageInput[],
    settings: CallSettings = {},
  ): AsyncGenerator<StreamPart, void, undefined> {
    const { signal = this.#settings.signal } = settings;
    return releasedParts(this.#turn(message, settings), signal instanceof AbortSignal ? signal : undefined);
  }

  async *#turn(
    message: string | MessageInput | readonly MessageInput[],
    settings: CallSettings,
  ): AsyncGenerator<StreamPart, void, undefined> {
    if (this.#busy) {
      throw new ToolkenError("CHAT_BUSY", "The chat is still answering the last message", {
        hint: "Wait for it, or abort it by its signal.",
      });
    }
    const added = typeof message === "string" ? { role: "user", content: message } : message;
    this.#messages = normalizeMessages([...this.#messages, ...[added].flat()]);
    this.#busy = true;
    let partial = "";
    try {
      for await (const part of this.#stream({ ...this.#settings, ...settings, messages: this.#messages })) {
        if (part.type === "text-delta") partial += part.text;
        else if (part.type === "tool-call") partial = "";
        else if (part.type === "finish") {
          partial = "";
          this.#messages.push(...(part.result.messages ?? []));
        }
        yield part;
      }
    } catch (error) {
      this.#messages.push(...messagesOf(error));
      throw error;
    } finally {
      // A turn that was left or aborted keeps the text that it had written.
      if (partial !== "") this.#messages.push({ role: "assistant", content: partial });
      this.#busy = false;
    }
  }
}

/** Messages of the steps that were finished before an error. */
function messagesOf(error: unknown): readonly Message[] {
  const messages = error instanceof Error ? (error as { messages?: unknown }).messages : undefined;
  return Array.isArray(messages) ? (messages as Message[]) : [];
}
