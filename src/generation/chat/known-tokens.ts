import type { Tokenizer } from "../../model/tokenizer.js";
import { encodeMarked } from "../../prompts/chat/control-text.js";

interface KnownText {
  readonly text: string;
  readonly tokens: Int32Array;
}

/** Texts per sequence: prompts and what was generated after them. */
const MAX_KNOWN = 8;

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
    return this.#longest(text)?.text.length ?? 0;
  }

  /** Tokens of a rendered conversation, BOS included. */
  encode(text: string): Int32Array {
    const known = this.#longest(text);
    if (known === undefined) return this.#first(text);
    const rest = encodeMarked(this.#tokenizer, text.slice(known.text.length), true);
    return Int32Array.from([...known.tokens, ...rest]);
  }

  /** Remembers a text by its tokens. */
  add(text: string, tokens: ArrayLike<number>): void {
    const others = this.#known.filter((known) => known.text !== text);
    this.#known = [{ text, tokens: Int32Array.from(tokens) }, ...others].slice(0, MAX_KNOWN);
  }

  #longest(text: string): KnownText | undefined {
    let best: KnownText | undefined;
    for (const known of this.#known) {
      if (known.text.length > (best?.text.length ?? 0) && text.startsWith(known.text)) best = known;
    }
    return best;
  }

  #first(text: string): Int32Array {
    const tokens = encodeMarked(this.#tokenizer, text, false);
    const { addsBos, bos } = this.#tokenizer;
    return addsBos && bos !== null && tokens[0] !== bos ? Int32Array.from([bos, ...tokens]) : tokens;
  }
}
