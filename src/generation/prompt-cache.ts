// Prompts that many runs begin with are computed once and kept in sequences of their own.
import type { Sequence } from "./sequence.js";

interface Entry {
  readonly sequence: Sequence;
  readonly ready: Promise<unknown>;
}

/** Least recently used prompts make room for new ones. */
export class PromptCache {
  readonly #free: Sequence[];
  readonly #entries = new Map<string, Entry>();

  constructor(sequences: readonly Sequence[]) {
    this.#free = [...sequences];
  }

  /**
   * Makes `target` begin with as much of `tokens` as the prompt `key` has in common with it, and returns that
   * length and how many tokens had to be decoded for it.
   */
  async begin(
    key: string,
    prefix: Int32Array,
    target: Sequence,
    tokens: Int32Array,
    signal?: AbortSignal,
  ): Promise<{ decoded: number }> {
    let decoded = 0;
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      const fresh = this.#take();
      if (fresh === undefined || prefix.length === 0) return { decoded };
      entry = { sequence: fresh, ready: fresh.rollBack(0).then(() => fresh.append(prefix, {}, signal)) };
      decoded = prefix.length;
    } else {
      this.#entries.delete(key);
    }
    // Last in the map: most recently used.
    this.#entries.set(key, entry);
    try {
      await entry.ready;
    } catch (error) {
      if (this.#entries.get(key) === entry) {
        this.#entries.delete(key);
        this.#free.push(entry.sequence);
      }
      throw error;
    }
    const length = Math.min(entry.sequence.commonPrefix(tokens), tokens.length - 1);
    if (length > target.commonPrefix(tokens)) await target.share(entry.sequence, length);
    return { decoded };
  }

  #take(): Sequence | undefined {
    const free = this.#free.pop();
    if (free !== undefined) return free;
    for (const [key, entry] of this.#entries) {
      this.#entries.delete(key);
      return entry.sequence;
    }
    return undefined;
  }
}
