// A guess of what a call's arguments go on with: keys and punctuation that the grammar asks for, and values that are
// copied from the conversation (prompt lookup decoding, Saxena 2023).
import type { Grammar } from "../model/grammar.js";
import type { Tokenizer } from "../model/tokenizer.js";

/** What a value begins after. */
const VALUE = /[^"([{,:]*$/u;
/** What is not part of a word at its end. */
const PUNCTUATION = /[.,;:!?)\]}'"]+$/u;

export class ArgumentDraft {
  readonly #tokenizer: Tokenizer;
  readonly #source: string;

  /** @param source text that values may be copied from, the most relevant at its end */
  constructor(tokenizer: Tokenizer, source: string) {
    this.#tokenizer = tokenizer;
    this.#source = source;
  }

  /**
   * Tokens that may come next, at most `max` of them.
   *
   * @param text the arguments so far
   * @param grammar what accepts their continuation
   */
  next(text: string, grammar: Grammar, max: number): Int32Array {
    const draft = grammar.draft(isSpaced(text), this.#copy(text));
    const tokens = draft === "" ? new Int32Array() : this.#tokenizer.encode(draft);
    // A tokenizer that puts a space before every text has no tokens for the middle of one.
    const fits = tokens.length > 0 && draft.startsWith(this.#tokenizer.name(tokens[0]!));
    return fits ? tokens.subarray(0, max) : new Int32Array();
  }

  /** The rest of the value that the text ends in, where the source has it; "" where it ends there. */
  #copy(text: string): string | undefined {
    const value = VALUE.exec(text)![0].trimStart();
    if (value === "") return undefined;
    const at = lastAtWord(this.#source, value);
    if (at < 0) return undefined;
    const rest = this.#source.slice(at + value.length, at + value.length + 200);
    // The more words have been copied, the more will be.
    const words = 2 ** Math.min(4, value.split(" ").length - 1);
    const pattern = new RegExp(String.raw`^[^\s"]*(?: [^\s"]+){0,${words - 1}}`, "u");
    return pattern.exec(rest)![0].replace(PUNCTUATION, "");
  }
}

/** Whether JSON so far has spaces after its punctuation; so it is taken where it has none yet. */
function isSpaced(text: string): boolean {
  return /[:,] /u.test(text) || !/[:,]/u.test(text);
}

/** The last place of a text within another, at the beginning of a word. */
function lastAtWord(source: string, text: string): number {
  for (let at = source.lastIndexOf(text); at >= 0; at = at === 0 ? -1 : source.lastIndexOf(text, at - 1)) {
    if (at === 0 || !/[\p{L}\p{N}]/u.test(source[at - 1]!)) return at;
  }
  return -1;
}
