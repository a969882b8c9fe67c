// A sequence of a context and the tokens that it holds: what is there already is never decoded again.
import type { Context, Output, OutputRequest, SavedState } from "../model/context.js";
import type { Batcher } from "./batcher.js";

export class Sequence {
  readonly id: number;
  readonly #context: Context;
  readonly #batcher: Batcher;
  #tokens: number[] = [];

  constructor(id: number, context: Context, batcher: Batcher) {
    this.id = id;
    this.#context = context;
    this.#batcher = batcher;
  }

  /** The tokens whose KV cells the sequence holds. */
  get tokens(): readonly number[] {
    return this.#tokens;
  }

  get length(): number {
    return this.#tokens.length;
  }

  /** Keeps the first `length` tokens. */
  async rollBack(length: number): Promise<void> {
    if (length >= this.#tokens.length) return;
    this.#tokens.length = length;
    await this.#context.rollBack(this.id, length);
  }

  /** Takes over the first `length` tokens of another sequence without computing them. */
  async share(other: Sequence, length: number): Promise<void> {
    // Taken now: the other sequence may go on before the native call has its turn.
    this.#tokens = other.#tokens.slice(0, length);
    await this.#context.sharePrefix(other.id, this.id, length);
  }

  /** Takes over the first `length` tokens of a saved state, which holds `tokens`. */
  async restore(state: SavedState, tokens: Int32Array, length: number): Promise<void> {
    this.#tokens = [];
    await this.#context.restoreState(state, this.id);
    this.#tokens = Array.from(tokens);
    await this.rollBack(length);
  }

  /** How many tokens at the beginning are the same as here. */
  commonPrefix(tokens: ArrayLike<number>): number {
    return commonPrefix(this.#tokens, tokens);
  }

  /** Decodes more tokens and gives the last one's output. */
  async append(
    tokens: ArrayLike<number>,
    request: Omit<OutputRequest, "index">,
    signal?: AbortSignal,
  ): Promise<Output> {
    const [output] = await this.appendAll(tokens, [request], signal);
    return output!;
  }

  /** Decodes more tokens and gives the outputs of the last ones, one for each request. */
  async appendAll(
    tokens: ArrayLike<number>,
    requests: readonly Omit<OutputRequest, "index">[],
    signal?: AbortSignal,
  ): Promise<readonly Output[]> {
    const position = this.#tokens.length;
    try {
      const outputs = await this.#batcher.decodeAll(this.id, position, tokens, requests, signal);
      for (const token of Array.from(tokens)) this.#tokens.push(token);
      return outputs;
    } catch (error) {
      // Parts of a long prompt may have been decoded before the failure.
      await this.#context.rollBack(this.id, position).catch(() => undefined);
      throw error;
    }
  }

  /** Tokens of a draft that a step has room for. */
  get room(): number {
    return this.#batcher.room;
  }
}

/** How many tokens at the beginning are the same. */
export function commonPrefix(a: ArrayLike<number>, b: ArrayLike<number>): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}
