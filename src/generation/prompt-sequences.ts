// Kept prompts as sequences of the same cells: a run that begins with one shares its cells, and nothing is copied.
import type { PromptStore } from "./prompt-cache.js";
import type { Sequence } from "./sequence.js";

export class PromptSequences implements PromptStore<Sequence> {
  readonly capacity: number;
  readonly #free: Sequence[];

  /** The sequences belong to the store. */
  constructor(sequences: readonly Sequence[]) {
    this.capacity = sequences.length;
    this.#free = [...sequences];
  }

  async compute(prefix: Int32Array, _target: Sequence, signal?: AbortSignal): Promise<Sequence> {
    const sequence = this.#free.pop()!;
    try {
      await sequence.rollBack(0);
      await sequence.append(prefix, {}, signal);
      return sequence;
    } catch (error) {
      this.#free.push(sequence);
      throw error;
    }
  }

  commonPrefix(kept: Sequence, tokens: Int32Array): number {
    return kept.commonPrefix(tokens);
  }

  async begin(kept: Sequence, target: Sequence, length: number): Promise<void> {
    await target.share(kept, length);
  }

  release(kept: Sequence): void {
    this.#free.push(kept);
  }
}
