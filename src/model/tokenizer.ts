// The model's tokenizer, with the facts about single tokens that generation and alignment need.
import { z } from "zod";
import { invalidArgument } from "../errors.js";
import type { NativeModel, NativeModelFacts } from "../native/addon.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import { callNative, fromNative } from "../native/call.js";

const encodeOptions = defineOptions({
  addSpecial: z.boolean().default(false).describe("Add BOS and EOS as the model asks for"),
  parseSpecial: z
    .boolean()
    .default(false)
    .describe("Read `<|im_start|>` and the like as control tokens; never for text of others"),
});
export type EncodeOptions = OptionsOf<typeof encodeOptions>;

/** Text to tokens and back. */
export class Tokenizer {
  /** V: token ids are 0…V-1. */
  readonly vocabularySize: number;
  readonly addsBos: boolean;
  readonly bos: number | null;
  readonly eos: number | null;

  readonly #native: () => NativeModel;
  #pieces: { bytes: Uint8Array; offsets: Int32Array } | undefined;
  #flags: Uint8Array | undefined;
  #startsWithDigit: Uint8Array | undefined;
  #controlNames: readonly string[] | undefined;
  #maxPieceLength: number | undefined;

  constructor(native: () => NativeModel, facts: NativeModelFacts) {
    this.#native = native;
    this.vocabularySize = facts.vocabularySize;
    this.addsBos = facts.addsBos;
    this.bos = facts.bos;
    this.eos = facts.eos;
  }

  /**
   * Tokens of a text, at once: a text of a thousand characters takes less than a millisecond, a long one blocks the
   * event loop; see {@link encodeAsync}. Throws `INVALID_ARGUMENT`, `RESOURCE_EXHAUSTED`, `DISPOSED`.
   */
  encode(text: string, options: EncodeOptions = {}): Int32Array {
    if (typeof text !== "string") throw invalidArgument("a string", "text", text);
    const { addSpecial, parseSpecial } = resolveOptions(encodeOptions, options, "encode");
    return callNative(() => this.#native().tokenize(text, addSpecial, parseSpecial));
  }

  /** The same off the main thread: for texts of any length. */
  async encodeAsync(text: string, options: EncodeOptions = {}): Promise<Int32Array> {
    if (typeof text !== "string") throw invalidArgument("a string", "text", text);
    const { addSpecial, parseSpecial } = resolveOptions(encodeOptions, options, "encode");
    try {
      return await this.#native().tokenizeAsync(text, addSpecial, parseSpecial);
    } catch (error) {
      throw fromNative(error);
    }
  }

  /** Text of tokens; control tokens give nothing, broken UTF-8 gives U+FFFD. */
  decode(tokens: Iterable<number>): string {
    const decoder = this.decoder();
    let text = "";
    for (const token of tokens) text += decoder.write(token);
    return text + decoder.end();
  }

  /** Decodes token by token: characters whose bytes are split over tokens come out when they are whole. */
  decoder(): TokenDecoder {
    return new TokenDecoder(this);
  }

  /** Bytes of a token; of a control token, the bytes of its name. */
  piece(token: number): Uint8Array {
    this.#check(token);
    this.#pieces ??= callNative(() => this.#native().pieces());
    const { bytes, offsets } = this.#pieces;
    return bytes.subarray(offsets[token], offsets[token + 1]);
  }

  /** Text of a token; of a control token its name, such as `<|im_end|>`. */
  name(token: number): string {
    return new TextDecoder().decode(this.piece(token));
  }

  /** Bytes of the longest token: a text of n bytes has at least n / this many tokens. */
  get maxPieceLength(): number {
    this.#pieces ??= callNative(() => this.#native().pieces());
    const { offsets } = this.#pieces;
    this.#maxPieceLength ??= offsets.reduce((max, end, i) => Math.max(max, end - (offsets[i - 1] ?? 0)), 1);
    return this.#maxPieceLength;
  }

  /** Names of the control tokens, longest first. */
  get controlNames(): readonly string[] {
    if (this.#controlNames === undefined) {
      const names: string[] = [];
      for (let id = 0; id < this.vocabularySize; id++) if (this.isControl(id)) names.push(this.name(id));
      this.#controlNames = names.filter((name) => name.length > 1).sort((a, b) => b.length - a.length);
    }
    return this.#controlNames;
  }

  isEndOfGeneration(token: number): boolean {
    return (this.#flag(token) & 1) !== 0;
  }

  isControl(token: number): boolean {
    return (this.#flag(token) & 2) !== 0;
  }

  /** Whether a token's first byte is one of 0…9: it would lengthen a number before it. */
  startsWithDigit(token: number): boolean {
    if (this.#startsWithDigit === undefined) {
      const table = new Uint8Array(this.vocabularySize);
      for (let id = 0; id < table.length; id++) {
        const first = this.piece(id)[0] ?? 0;
        table[id] = first >= 0x30 && first <= 0x39 ? 1 : 0;
      }
      this.#startsWithDigit = table;
    }
    this.#check(token);
    return this.#startsWithDigit[token] === 1;
  }

  #flag(token: number): number {
    this.#check(token);
    this.#flags ??= callNative(() => this.#native().flags());
    return this.#flags[token]!;
  }

  #check(token: number): void {
    if (!Number.isInteger(token) || token < 0 || token >= this.vocabularySize) {
      throw invalidArgument(`a token id from 0 to ${this.vocabularySize - 1}`, "token", token);
    }
  }
}

/** Incremental decoding of one token stream. */
export class TokenDecoder {
  readonly #tokenizer: Tokenizer;
  readonly #utf8 = new TextDecoder("utf-8");

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** Text that became whole with this token; "" while a character is incomplete. */
  write(token: number): string {
    if (this.#tokenizer.isControl(token)) return "";
    return this.#utf8.decode(this.#tokenizer.piece(token), { stream: true });
  }

  /** What is left: U+FFFD for an incomplete character, else "". */
  end(): string {
    return this.#utf8.decode();
  }
}
