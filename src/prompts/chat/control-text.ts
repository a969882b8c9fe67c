// Control tokens come from the template alone. Where a message spells one (`<|im_end|>`), the name is replaced by a
// mark before the template is rendered; the tokenizer then reads the marked name as text.
import type { Tokenizer } from "../../model/tokenizer.js";

/** Around a mark: code points for private use, which templates leave alone. Marked themselves where a message has them. */
const OPEN = "\ue000";
const CLOSE = "\ue001";

const MARK = /\ue000(\d+)\ue001/u;

/** Names that are marked, by their number; per tokenizer. */
const patterns = new WeakMap<Tokenizer, { readonly names: readonly string[]; readonly pattern: RegExp }>();

/** A text of others with a mark for each name of a control token. */
export function marked(text: string, tokenizer: Tokenizer): string {
  const { names, pattern } = patternOf(tokenizer);
  return text.replace(pattern, (name) => `${OPEN}${names.indexOf(name)}${CLOSE}`);
}

/** The same for all texts in a JSON value, keys included. */
export function markedDeep(value: unknown, tokenizer: Tokenizer): unknown {
  if (typeof value === "string") return marked(value, tokenizer);
  if (Array.isArray(value)) return value.map((item) => markedDeep(item, tokenizer));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [
    marked(key, tokenizer),
    markedDeep(item, tokenizer),
  ]);
  return Object.fromEntries(entries);
}

/** What the marks stand for. */
export function unmarked(text: string, tokenizer: Tokenizer): string {
  const { names } = patternOf(tokenizer);
  return text.replace(new RegExp(MARK, "gu"), (mark, number: string) => names[Number(number)] ?? mark);
}

/**
 * Tokens of a rendered conversation, without BOS: control tokens by their names, marked names as text.
 *
 * @param continues the text goes on after other tokens: tokenizers that put a space before a text must not do so
 */
export function encodeMarked(tokenizer: Tokenizer, text: string, continues: boolean): Int32Array {
  const pieces: Int32Array[] = [];
  // Odd elements are the marks' numbers.
  for (const [at, part] of text.split(MARK).entries()) {
    if (part === "") continue;
    const isMark = at % 2 === 1;
    const piece = isMark ? (patternOf(tokenizer).names[Number(part)] ?? "") : part;
    const encode = continues || at > 0 ? encodeAfter : encodeFirst;
    pieces.push(encode(tokenizer, piece, !isMark));
  }
  return joined(pieces);
}

function joined(pieces: readonly Int32Array[]): Int32Array {
  const tokens = new Int32Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    tokens.set(piece, at);
    at += piece.length;
  }
  return tokens;
}

/** Tokens of a rendered conversation from its start, BOS included where the model wants one. */
export function encodeConversation(tokenizer: Tokenizer, text: string): Int32Array {
  const tokens = encodeMarked(tokenizer, text, false);
  const { addsBos, bos } = tokenizer;
  return addsBos && bos !== null && tokens[0] !== bos ? Int32Array.from([bos, ...tokens]) : tokens;
}

function encodeFirst(tokenizer: Tokenizer, text: string, parseSpecial: boolean): Int32Array {
  return tokenizer.encode(text, { parseSpecial });
}

/** After a line end, whose tokens are then dropped, no space is put before a text. */
function encodeAfter(tokenizer: Tokenizer, text: string, parseSpecial: boolean): Int32Array {
  const before = tokenizer.encode("\n");
  const both = tokenizer.encode(`\n${text}`, { parseSpecial });
  if (before.some((token, i) => both[i] !== token)) return tokenizer.encode(text, { parseSpecial });
  return both.subarray(before.length);
}

function patternOf(tokenizer: Tokenizer): { readonly names: readonly string[]; readonly pattern: RegExp } {
  let known = patterns.get(tokenizer);
  if (known === undefined) {
    const names = [...tokenizer.controlNames, OPEN, CLOSE];
    const escaped = names.map((name) => name.replace(/[.*+?^${}()|[\]\\]/gu, String.raw`\$&`));
    known = { names, pattern: new RegExp(escaped.join("|"), "gu") };
    patterns.set(tokenizer, known);
  }
  return known;
}
