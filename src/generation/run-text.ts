import type { TokenDecoder, Tokenizer } from "../model/tokenizer.js";
import type { FinishReason, StreamPart, ToolCall } from "./events.js";
import { endsInNumber } from "./number-end.js";
import type { Choice } from "./sampler.js";
import { Stops } from "./stops.js";
import { Transcript } from "./transcript.js";

/** A run's text as it grows: where it ends, and what of it can be given out. */
export class RunText {
  readonly #tokenizer: Tokenizer;
  readonly #stops: Stops;
  readonly #prefill: string;
  readonly #maxTokens: number;
  readonly #transcript = new Transcript();
  #decoder: TokenDecoder;
  /** Tokens of the text, results included. */
  #tokens = 0;
  /** Characters of the text that parts have given out. */
  #released = 0;
  /** Length of the text where a number was put in, -1 without one: what follows must not lengthen it. */
  #numberEnd = -1;

  /** @param settings.prefill stands before the text */
  constructor(
    tokenizer: Tokenizer,
    settings: {
      readonly stop: readonly (string | RegExp)[];
      readonly prefill: string;
      readonly maxTokens: number;
    },
  ) {
    this.#tokenizer = tokenizer;
    this.#stops = new Stops(settings.stop);
    this.#prefill = settings.prefill;
    this.#maxTokens = settings.maxTokens;
    this.#decoder = tokenizer.decoder();
  }

  /** Without what stood before it. */
  get text(): string {
    return this.#transcript.text;
  }

  /** Without what stood before it; calls are written out. */
  get withCalls(): string {
    return this.#transcript.withCalls;
  }

  get calls(): readonly ToolCall[] {
    return this.#transcript.calls;
  }

  get tokens(): number {
    return this.#tokens;
  }

  /** What the model reads after the question. */
  get read(): string {
    return this.#prefill + this.#transcript.text;
  }

  /** The same with calls written out. */
  get readWithCalls(): string {
    return this.#prefill + this.#transcript.withCalls;
  }

  get isInNumber(): boolean {
    return endsInNumber(this.read);
  }

  /** `16951` and `16951.` are the result still; a digit would make another number of it. */
  get isAtResult(): boolean {
    return this.#numberEnd >= 0 && /^[.,]?$/u.test(this.text.slice(this.#numberEnd));
  }

  /** Whether more may follow after the next token. */
  get goesOn(): boolean {
    return this.#tokens + 1 < this.#maxTokens;
  }

  addToken(id: number): void {
    this.#transcript.add(this.#decoder.write(id));
    this.#tokens++;
  }

  /**
   * A call whose result becomes part of the text.
   *
   * @param lead white space before the result
   * @param tokens of the result
   */
  addCall(lead: string, call: Omit<ToolCall, "start" | "end">, tokens: number): ToolCall {
    const placed = this.#transcript.addCall(lead, call);
    this.#released = this.text.length;
    this.#decoder = this.#tokenizer.decoder();
    this.#tokens += tokens;
    this.#numberEnd = /\d$/u.test(call.outputText) ? this.text.length : -1;
    return placed;
  }

  /** Cuts the text at a stop sequence; why it ends, if it does. */
  end(): FinishReason | undefined {
    // What a tool returns ends nothing by itself, and a call that was made stays.
    const { text, calls } = this.#transcript;
    const end = this.#stops.find(text, calls);
    if (end !== undefined) {
      this.#transcript.cut(Math.max(end, calls.at(-1)?.end ?? 0));
      return "stop";
    }
    return this.#tokens >= this.#maxTokens ? "length" : undefined;
  }

  /** Gives out the text that can't be cut off any more. */
  *release(choice?: Choice, mayGrow = false): Generator<StreamPart, void, undefined> {
    const { text } = this.#transcript;
    const settled = mayGrow ? this.#stops.settled(text) : text.length;
    if (settled <= this.#released && choice === undefined) return;
    const piece = text.slice(this.#released, Math.max(settled, this.#released));
    this.#released = Math.max(settled, this.#released);
    yield { type: "text-delta", token: choice?.id ?? -1, text: piece, probability: choice?.probability ?? 1 };
  }

  /** Drops what came after an earlier step. */
  returnTo(textLength: number, textTokens: number): void {
    this.#transcript.cut(textLength);
    this.#tokens = textTokens;
    this.#released = Math.min(this.#released, textLength);
    this.#decoder = this.#tokenizer.decoder();
  }
}
