import type { Tokenizer } from "../../model/tokenizer.js";
import { encodeConversation, encodeMarked } from "../../prompts/chat/control-text.js";

interface KnownText {
  readonly text: string;
  readonly tokens: Int32Array;
  /** Of a text that goes on with what the tokens hold beyond it: where in the rest that ends. */
  readonly end?: (rest: string) => number | undefined;
}

/** Texts per sequence: prompts and what was generated after them. */
const MAX_KNOWN = 12;

/**
 * The tokens of texts that a sequence has held. A conversation goes on with the very tokens that were generated: read
 * from the text again they could be others, and their KV cells would be lost.
 */
export class KnownTokens {
  readonly #tokenizer: Tokenizer;
  #known: KnownText[] = [];

  constructor(tokenizer: Tokenizer) {
    this.#tokenizer = tokenizer;
  }

  /** Characters at the beginning of a text whose tokens are known. */
  covered(text: string): number {
    return this.#longest(text)?.length ?? 0;
  }

  /** Tokens of a rendered conversation, BOS included. */
  encode(text: string): Int32Array {
    const known = this.#longest(text);
    if (known === undefined) return encodeConversation(this.#tokenizer, text);
    const rest = encodeMarked(this.#tokenizer, text.slice(known.length), true);
    return Int32Array.from([...known.tokens, ...rest]);
  }

  /** Remembers a text by its tokens. */
  add(text: string, tokens: ArrayLike<number>): void {
    this.#add({ text, tokens: Int32Array.from(tokens) });
  }

  /**
   * Remembers a turn: the tokens of a text and of what was generated after it, which a later text may spell with other
   * white space.
   *
   * @param end where the generated part ends in what follows `text`; undefined: it does not stand there
   */
  addTurn(text: string, tokens: ArrayLike<number>, end: (rest: string) => number | undefined): void {
    this.#add({ text, tokens: Int32Array.from(tokens), end });
  }

  #add(added: KnownText): void {
    const others = this.#known.filter(
      ({ text, end }) => text !== added.text || (end === undefined) !== (added.end === undefined),
    );
    this.#known = [added, ...others].slice(0, MAX_KNOWN);
  }

  #longest(text: string): { readonly length: number; readonly tokens: Int32Array } | undefined {
    let best: { readonly length: number; readonly tokens: Int32Array } | undefined;
    for (const known of this.#known) {
      if (!text.startsWith(known.text)) continue;
      const { tokens, end } = known;
      const rest = end === undefined ? 0 : end(text.slice(known.text.length));
      if (rest === undefined) continue;
      const length = known.text.length + rest;
      if (length > (best?.length ?? 0)) best = { length, tokens };
    }
    return best;
  }
}
