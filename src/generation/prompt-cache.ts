// Prompts that many runs begin with are computed once and kept.
import { throwIfAborted } from "../errors.js";
import type { Sequence } from "./sequence.js";

/** Where computed prompts are kept. */
export interface PromptStore<Kept> {
  /** How many can be kept at once. */
  readonly capacity: number;
  /** Computes a prompt; `target` may be used for it. */
  compute(prefix: Int32Array, target: Sequence, signal?: AbortSignal): Promise<Kept>;
  /** How many tokens at the beginning are the same as of what is kept. */
  commonPrefix(kept: Kept, tokens: Int32Array): number;
  /** Makes the first `length` tokens of what is kept the content of `target`. */
  begin(kept: Kept, target: Sequence, length: number): Promise<void>;
  release(kept: Kept): void;
}

/** Gives runs their beginnings. */
export interface CachedPrompts {
  /**
   * Makes `target` begin with as much of `tokens` as the prompt `key` has in common with it, and returns how many
   * tokens had to be decoded for that. Throws what decoding throws.
   */
  begin(
    key: string,
    prefix: Int32Array,
    target: Sequence,
    tokens: Int32Array,
    signal?: AbortSignal,
  ): Promise<{ decoded: number }>;
}

interface Entry<Kept> {
  readonly ready: Promise<Kept>;
  kept?: Kept;
}

/** Least recently used prompts make room for new ones. */
export class PromptCache<Kept> implements CachedPrompts {
  readonly #store: PromptStore<Kept>;
  readonly #entries = new Map<string, Entry<Kept>>();

  constructor(store: PromptStore<Kept>) {
    this.#store = store;
  }

  async begin(
    key: string,
    prefix: Int32Array,
    target: Sequence,
    tokens: Int32Array,
    signal?: AbortSignal,
  ): Promise<{ decoded: number }> {
    if (prefix.length === 0) return { decoded: 0 };
    for (;;) {
      const known = this.#entries.get(key);
      const entry = known ?? this.#compute(key, prefix, target, signal);
      if (entry === undefined) return { decoded: 0 };
      // Last in the map: most recently used.
      if (this.#entries.delete(key)) this.#entries.set(key, entry);
      let kept: Kept;
      try {
        kept = await entry.ready;
      } catch (error) {
        if (known === undefined) throw error;
        // The run that was computing it ended early; this one does not end with it.
        throwIfAborted(signal);
        continue;
      }
      const length = Math.min(this.#store.commonPrefix(kept, tokens), tokens.length - 1);
      if (length > target.commonPrefix(tokens)) await this.#store.begin(kept, target, length);
      return { decoded: known === undefined ? prefix.length : 0 };
    }
  }

  /** Undefined while everything that is kept is still being computed. */
  #compute(
    key: string,
    prefix: Int32Array,
    target: Sequence,
    signal: AbortSignal | undefined,
  ): Entry<Kept> | undefined {
    if (this.#entries.size >= this.#store.capacity) {
      const oldest = [...this.#entries].find(([, { kept }]) => kept !== undefined);
      if (oldest === undefined) return undefined;
      this.#entries.delete(oldest[0]);
      this.#store.release(oldest[1].kept!);
    }
    const entry: Entry<Kept> = { ready: this.#store.compute(prefix, target, signal) };
    this.#entries.set(key, entry);
    entry.ready.then(
      (kept) => {
        entry.kept = kept;
      },
      () => {
        if (this.#entries.get(key) === entry) this.#entries.delete(key);
      },
    );
    return entry;
  }
}
