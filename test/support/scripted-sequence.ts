// A model that writes what a script says, for tests of what is made of its text.
import type { Sequence } from "../../src/generation/sequence.js";
import type { Model } from "../../src/index.js";
import type { Output } from "../../src/model/context.js";
import type { Tokenizer } from "../../src/model/tokenizer.js";

/** Texts that the model may write after a text, the most probable first; "": it ends. */
export type Script = (text: string) => readonly string[];

const FIRST = 0.999;

export function scriptedSequence(
  { tokenizer, facts }: Model,
  script: Script,
): Sequence & { readonly text: string } {
  let tokens: number[] = [];
  const textOf = (): string =>
    tokens.map((token) => (tokenizer.isControl(token) ? "" : tokenizer.decode([token]))).join("");
  const scripted = {
    id: 0,
    get tokens() {
      return tokens;
    },
    get length() {
      return tokens.length;
    },
    get text() {
      return textOf();
    },
    rollBack: (length: number) => {
      tokens = tokens.slice(0, length);
      return Promise.resolve();
    },
    share: (other: Sequence, length: number) => {
      tokens = other.tokens.slice(0, length);
      return Promise.resolve();
    },
    commonPrefix: (others: ArrayLike<number>) => {
      let length = 0;
      while (length < Math.min(tokens.length, others.length) && tokens[length] === others[length]) length++;
      return length;
    },
    room: 8,
    appendAll: (more: ArrayLike<number>, requests: readonly unknown[]) => {
      const all = Array.from(more);
      const first = all.length - requests.length + 1;
      return Promise.resolve(
        requests.map((_, i) => {
          tokens.push(...(i === 0 ? all.slice(0, first) : all.slice(first + i - 1, first + i)));
          return outputOf(nextTokens(tokenizer, facts.eos!, script(textOf())));
        }),
      );
    },
    append: (more: ArrayLike<number>) => {
      tokens.push(...Array.from(more));
      return Promise.resolve(outputOf(nextTokens(tokenizer, facts.eos!, script(textOf()))));
    },
  };
  return scripted as unknown as Sequence & { readonly text: string };
}

/** An output with these tokens or tools in descending order of probability. */
export function outputOf(ids: readonly number[]): Output {
  const probs = ids.map((_, i) => (i === 0 ? FIRST : (1 - FIRST) / (ids.length - 1)));
  return {
    ids: Int32Array.from(ids),
    probs: Float32Array.from(probs),
    logits: Float32Array.from(probs, Math.log),
  };
}

function nextTokens(tokenizer: Tokenizer, end: number, texts: readonly string[]): number[] {
  // After a line end, so that no space is put before the text.
  const skipped = tokenizer.encode("\n").length;
  const ids = texts.map((text) => (text === "" ? end : tokenizer.encode(`\n${text}`)[skipped]!));
  return [...new Set(ids)];
}
