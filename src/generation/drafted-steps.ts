import type { Grammar } from "../model/grammar.js";
import type { Output, OutputRequest } from "../model/context.js";
import type { Sequence } from "./sequence.js";
import type { UsageMeter } from "./usage-meter.js";

/** Tokens that a text may go on with, at most `max` of them. */
export type Draft = (max: number) => Int32Array;

/**
 * Steps under a grammar, several of them in one decode: a draft is decoded with the token before it, and its tokens
 * are used as far as they are what is chosen then (speculative decoding, Leviathan et al. 2023). What is chosen is
 * the same without a draft.
 */
export class DraftedSteps {
  readonly #sequence: Sequence;
  readonly #top: number;
  readonly #usage: UsageMeter;
  /** Decoded and not chosen yet. */
  #drafted: { readonly token: number; readonly output: Output }[] = [];

  /**
   * @param top candidates of a step
   * @param usage counts what is decoded, drafts that were wrong included
   */
  constructor(sequence: Sequence, top: number, usage: UsageMeter) {
    this.#sequence = sequence;
    this.#top = top;
    this.#usage = usage;
  }

  /** Tokens of the sequence without those of a draft. */
  get length(): number {
    return this.#sequence.length - this.#drafted.length;
  }

  /**
   * Reads a token that was chosen and gives the output after it.
   *
   * @param grammar its state after the token
   */
  async write(
    token: number,
    grammar: Grammar,
    draft: Draft,
    signal: AbortSignal | undefined,
  ): Promise<Output> {
    const [next] = this.#drafted;
    if (next?.token === token) {
      this.#drafted.shift();
      return next.output;
    }
    await this.settle();
    const states = [grammar.clone()];
    try {
      const tokens = [token];
      for (const drafted of draft(this.#sequence.room)) {
        const state = states.at(-1)!.clone();
        states.push(state);
        if (!accepts(state, drafted) || state.complete()) {
          states.pop()!.dispose();
          break;
        }
        tokens.push(drafted);
      }
      const requests = states.map((state): Omit<OutputRequest, "index"> => ({
        top: this.#top,
        grammar: state,
      }));
      const [output, ...others] = await this.#sequence.appendAll(tokens, requests, signal);
      this.#usage.decodedTokens += tokens.length;
      this.#drafted = others.map((output, i) => ({ token: tokens[i + 1]!, output }));
      return output!;
    } finally {
      for (const state of states) state.dispose();
    }
  }

  /** Takes back what was drafted and not chosen. */
  async settle(): Promise<void> {
    if (this.#drafted.length === 0) return;
    const { length } = this;
    this.#drafted = [];
    await this.#sequence.rollBack(length);
  }
}

function accepts(grammar: Grammar, token: number): boolean {
  try {
    grammar.accept(token);
    return true;
  } catch {
    return false;
  }
}
