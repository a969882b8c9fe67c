import type { Answer, AnswerEvent } from "../answer-events.js";
import { choiceLogprobs } from "../logprobs.js";
import type { Tokenizer } from "../../../model/tokenizer.js";
import { completionUsage } from "../usage.js";

/** What all objects of one response have in common. */
export interface ResponseFacts {
  readonly id: string;
  /** Seconds since 1970. */
  readonly created: number;
  readonly model: string;
  readonly system_fingerprint: string;
}

/** The body of a chat completion that is not streamed. */
export function chatCompletion(facts: ResponseFacts, answers: readonly Answer[], tokenizer: Tokenizer) {
  return {
    object: "chat.completion",
    ...facts,
    choices: answers.map(({ text, calls, end }, index) => ({
      index,
      message: {
        role: "assistant",
        content: text === "" && calls.length > 0 ? null : text,
        refusal: null,
        ...(calls.length === 0
          ? {}
          : {
              tool_calls: calls.map(({ id, name, arguments: input }) => ({
                id,
                type: "function",
                function: { name, arguments: input },
              })),
            }),
      },
      logprobs: choiceLogprobs(end.logprobs, tokenizer),
      finish_reason: end.reason,
    })),
    usage: completionUsage(answers.map(({ end }) => end.usage)),
  };
}

/** Chunks of a streamed chat completion. */
export class ChatChunks {
  readonly #facts: ResponseFacts;
  readonly #tokenizer: Tokenizer;
  readonly #withUsage: boolean;

  constructor(facts: ResponseFacts, tokenizer: Tokenizer, withUsage: boolean) {
    this.#facts = facts;
    this.#tokenizer = tokenizer;
    this.#withUsage = withUsage;
  }

  first(index: number): unknown {
    return this.#chunk(index, { role: "assistant", content: "", refusal: null });
  }

  of(index: number, event: AnswerEvent): unknown {
    switch (event.type) {
      case "text":
        return this.#chunk(
          index,
          { content: event.text },
          null,
          choiceLogprobs(event.logprobs, this.#tokenizer),
        );
      case "call-start": {
        const { id, name } = event;
        const call = { index: event.index, id, type: "function", function: { name, arguments: "" } };
        return this.#chunk(index, { tool_calls: [call] });
      }
      case "call-delta": {
        const call = { index: event.index, function: { arguments: event.delta } };
        return this.#chunk(index, { tool_calls: [call] });
      }
      case "call-end":
        return undefined;
      case "finish":
        return this.#chunk(index, {}, event.reason);
    }
  }

  usage(usages: Parameters<typeof completionUsage>[0]): unknown {
    return { ...this.#head(), choices: [], usage: completionUsage(usages) };
  }

  #head() {
    return { object: "chat.completion.chunk", ...this.#facts };
  }

  #chunk(index: number, delta: unknown, reason: string | null = null, logprobs: unknown = null): unknown {
    const choice = { index, delta, logprobs, finish_reason: reason };
    return { ...this.#head(), choices: [choice], ...(this.#withUsage ? { usage: null } : {}) };
  }
}
