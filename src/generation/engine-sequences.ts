import type { Context } from "../model/context.js";
import { Batcher } from "./batcher.js";
import type { BiasedSlot } from "./live-head.js";
import type { Prepared } from "./prepared.js";
import { type CachedPrompts, PromptCache } from "./prompt-cache.js";
import { PromptSequences } from "./prompt-sequences.js";
import { PromptStates } from "./prompt-states.js";
import type { RunSequences } from "./run-context.js";
import { Sequence } from "./sequence.js";
import { Slots } from "./slots.js";

/** One run's sequences, and what the last run left in them. */
export interface Slot extends RunSequences, BiasedSlot {
  question: string | undefined;
}

/** The sequences of an engine's context: those of runs, and those of prompts that are kept. */
export class EngineSequences {
  readonly slots: Slots<Slot>;
  readonly all: readonly Slot[];
  readonly #context: Context;
  readonly #batcher: Batcher;
  readonly #kvUnified: boolean;
  #next: number;

  constructor({ placed, widest, parallel, reranking, kvUnified, layout }: Prepared) {
    const { context } = placed;
    this.#context = context;
    this.#kvUnified = kvUnified;
    this.#batcher = new Batcher(context, widest, () => this.#reclaim());
    this.#next = (reranking === undefined ? 2 : 3) * parallel;
    this.all = Array.from({ length: parallel }, (_, slot) => {
      const tool = this.#sequence(parallel + slot);
      const more = Array.from({ length: layout.toolSequences - 1 }, () => this.#sequence(this.#next++));
      return {
        reasoning: this.#sequence(slot),
        tool,
        tools: [tool, ...more],
        rerank: reranking && this.#sequence(2 * parallel + slot),
        bias: undefined,
        question: undefined,
      };
    });
    this.slots = new Slots(this.all);
  }

  /** Share of the KV cells that hold tokens of runs, 0…1; cells that sequences share are counted for each. */
  get usage(): number {
    const used = this.all.flatMap(sequencesOf).reduce((sum, { length }) => sum + length, 0);
    return Math.min(1, used / this.#context.contextSize);
  }

  /** Room for prompts that runs begin with. */
  cache(count: number): CachedPrompts {
    if (!this.#kvUnified) return new PromptCache(new PromptStates(this.#context, count));
    const sequences = Array.from({ length: count }, () => this.#sequence(this.#next++));
    return new PromptCache(new PromptSequences(sequences));
  }

  /**
   * Gives up what finished runs have left for the next that begins alike, and what running ones have left of other
   * tools; false: there is nothing.
   */
  async #reclaim(): Promise<boolean> {
    const unused = [
      ...this.slots.idle.flatMap(sequencesOf),
      ...this.all.flatMap(({ tools }) => tools.slice(0, -1)),
    ];
    const left = [...new Set(unused)].filter(({ length }) => length > 0);
    // All at once: a slot that is taken meanwhile finds them empty.
    await Promise.all(left.map((sequence) => sequence.rollBack(0)));
    return left.length > 0;
  }

  #sequence(id: number): Sequence {
    return new Sequence(id, this.#context, this.#batcher);
  }
}

function sequencesOf({ reasoning, tools, rerank }: RunSequences): Sequence[] {
  return [reasoning, ...tools, ...(rerank === undefined ? [] : [rerank])];
}
