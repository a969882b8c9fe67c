import { randomBytes } from "node:crypto";
import type { TokenLogprob, Usage } from "../../../generation/events.js";
import type { Tokenizer } from "../../../model/tokenizer.js";
import type { AnswerEvent } from "../answer-events.js";
import { textLogprobs } from "../logprobs.js";
import { promptAndCompletion } from "../usage.js";

const newId = (prefix: string): string => prefix + randomBytes(16).toString("hex");

interface OutputItem {
  readonly id: string;
  readonly type: "message" | "function_call";
  status: "in_progress" | "completed" | "incomplete";
  readonly [field: string]: unknown;
}

interface TextPart {
  readonly type: "output_text";
  text: string;
  readonly annotations: readonly unknown[];
  readonly logprobs: ReturnType<typeof textLogprobs>;
}

/** An event of a streamed response; `sequence_number` is added to each. */
export interface ResponseEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** The events of one response, and the response as it stands. */
export class ResponseEvents {
  readonly #facts: Readonly<Record<string, unknown>>;
  readonly #tokenizer: Tokenizer;
  readonly #output: OutputItem[] = [];
  #status = "in_progress";
  #usage: Usage | undefined;
  #isCut = false;
  /** The message whose text is being written. */
  #message: { readonly item: OutputItem; readonly part: TextPart } | undefined;
  #call: { readonly item: OutputItem & { arguments: string }; readonly index: number } | undefined;
  #count = 0;

  /** @param facts fields of the response that do not change */
  constructor(facts: Readonly<Record<string, unknown>>, tokenizer: Tokenizer) {
    this.#facts = facts;
    this.#tokenizer = tokenizer;
  }

  /** The response as it stands. */
  get response(): Readonly<Record<string, unknown>> {
    const { input, cached, output } = promptAndCompletion([this.#usage]);
    return {
      ...this.#facts,
      status: this.#status,
      error: null,
      incomplete_details: this.#isCut ? { reason: "max_output_tokens" } : null,
      output: this.#output.map((item) => structuredClone(item)),
      usage:
        this.#status === "in_progress"
          ? null
          : {
              input_tokens: input,
              input_tokens_details: { cached_tokens: cached },
              output_tokens: output,
              output_tokens_details: { reasoning_tokens: 0 },
              total_tokens: input + output,
            },
    };
  }

  *begin(): Generator<ResponseEvent> {
    yield this.#event("response.created", { response: this.response });
    yield this.#event("response.in_progress", { response: this.response });
  }

  *of(event: AnswerEvent): Generator<ResponseEvent> {
    switch (event.type) {
      case "text":
        yield* this.#text(event.text, event.logprobs);
        break;
      case "call-start": {
        yield* this.#endMessage("completed");
        const fields = { call_id: event.id, name: event.name, arguments: "" };
        const item = { id: newId("fc_"), type: "function_call", status: "in_progress", ...fields } as const;
        this.#call = { item: { ...item }, index: this.#output.length };
        yield* this.#add(this.#call.item);
        break;
      }
      case "call-delta":
        this.#call!.item.arguments += event.delta;
        yield this.#event("response.function_call_arguments.delta", {
          ...this.#callPlace(),
          delta: event.delta,
        });
        break;
      case "call-end":
        yield* this.#endCall("completed");
        break;
      case "finish":
        yield* this.#end(event.reason === "length", event.usage);
    }
  }

  *failed(error: { readonly message: string; readonly code: string | null }): Generator<ResponseEvent> {
    this.#status = "failed";
    const code = error.code ?? "server_error";
    yield this.#event("response.failed", {
      response: { ...this.response, error: { code, message: error.message } },
    });
  }

  *#text(delta: string, tokens: readonly TokenLogprob[] = []): Generator<ResponseEvent> {
    if (this.#message === undefined) {
      const part: TextPart = { type: "output_text", text: "", annotations: [], logprobs: [] };
      const content: unknown[] = [];
      const item: OutputItem = {
        id: newId("msg_"),
        type: "message",
        status: "in_progress",
        role: "assistant",
        content,
      };
      this.#message = { item, part };
      yield* this.#add(item);
      content.push(part);
      yield this.#event("response.content_part.added", { ...this.#textPlace(), part: structuredClone(part) });
    }
    const { part } = this.#message;
    const logprobs = textLogprobs(tokens, this.#tokenizer);
    part.text += delta;
    part.logprobs.push(...logprobs);
    yield this.#event("response.output_text.delta", { ...this.#textPlace(), delta, logprobs });
  }

  *#add(item: OutputItem): Generator<ResponseEvent> {
    this.#output.push(item);
    const place = { output_index: this.#output.length - 1 };
    yield this.#event("response.output_item.added", { ...place, item: structuredClone(item) });
  }

  *#endMessage(status: OutputItem["status"]): Generator<ResponseEvent> {
    if (this.#message === undefined) return;
    const { item, part } = this.#message;
    const place = this.#textPlace();
    const { text, logprobs } = structuredClone(part);
    yield this.#event("response.output_text.done", { ...place, text, logprobs });
    yield this.#event("response.content_part.done", { ...place, part: structuredClone(part) });
    this.#message = undefined;
    item.status = status;
    const { output_index } = place;
    yield this.#event("response.output_item.done", { output_index, item: structuredClone(item) });
  }

  *#endCall(status: OutputItem["status"]): Generator<ResponseEvent> {
    if (this.#call === undefined) return;
    const { item, index } = this.#call;
    const { name, arguments: input } = item;
    yield this.#event("response.function_call_arguments.done", {
      ...this.#callPlace(),
      name,
      arguments: input,
    });
    this.#call = undefined;
    item.status = status;
    yield this.#event("response.output_item.done", { output_index: index, item: { ...item } });
  }

  *#end(isCut: boolean, usage: Usage | undefined): Generator<ResponseEvent> {
    const status = isCut ? "incomplete" : "completed";
    yield* this.#endMessage(status);
    yield* this.#endCall(status);
    this.#usage = usage;
    this.#isCut = isCut;
    this.#status = status;
    yield this.#event(`response.${status}`, { response: this.response });
  }

  #textPlace() {
    const { item } = this.#message!;
    return { item_id: item.id, output_index: this.#output.indexOf(item), content_index: 0 };
  }

  #callPlace() {
    const { item, index } = this.#call!;
    return { item_id: item.id, output_index: index };
  }

  #event(type: string, fields: Readonly<Record<string, unknown>>): ResponseEvent {
    return { type, sequence_number: this.#count++, ...fields };
  }
}
