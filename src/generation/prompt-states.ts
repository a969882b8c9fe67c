// Kept prompts as copies outside the KV cells, for sequences that have cells of their own and can't share them.
import type { Context, SavedState } from "../model/context.js";
import type { PromptStore } from "./prompt-cache.js";
import { commonPrefix, type Sequence } from "./sequence.js";

interface KeptState {
  readonly state: SavedState;
  readonly tokens: Int32Array;
  released: boolean;
}

export class PromptStates implements PromptStore<KeptState> {
  readonly capacity: number;
  readonly #context: Context;

  constructor(context: Context, capacity: number) {
    this.#context = context;
    this.capacity = capacity;
  }

  async compute(prefix: Int32Array, target: Sequence, signal?: AbortSignal): Promise<KeptState> {
    await target.rollBack(0);
    await target.append(prefix, {}, signal);
    return { state: await this.#context.saveState(target.id), tokens: prefix, released: false };
  }

  commonPrefix(kept: KeptState, tokens: Int32Array): number {
    return kept.released ? 0 : commonPrefix(kept.tokens, tokens);
  }

  async begin(kept: KeptState, target: Sequence, length: number): Promise<void> {
    await target.restore(kept.state, kept.tokens, length);
  }

  release(kept: KeptState): void {
    kept.released = true;
    // A context that is gone took its states with it.
    this.#context.forgetState(kept.state).catch(() => undefined);
  }
}
