// The sequences that runs work on: as many runs at once as there are slots, the others wait their turn.
import { abortError, throwIfAborted } from "../errors.js";

export class Slots<Slot> {
  readonly #free: Slot[];
  readonly #waiting: ((slot: Slot) => void)[] = [];

  constructor(slots: readonly Slot[]) {
    this.#free = [...slots];
  }

  /** Slots that nobody has. */
  get idle(): readonly Slot[] {
    return this.#free;
  }

  /**
   * A slot, in the order of the calls. Throws `ABORTED`.
   * @param score of the free slots the one with the highest is taken, of equals the one that has been free longest
   */
  async take(signal?: AbortSignal, score?: (slot: Slot) => number): Promise<Slot> {
    throwIfAborted(signal);
    const free = score === undefined ? this.#free.pop() : this.#takeBest(score);
    if (free !== undefined) return free;
    return new Promise<Slot>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(give), 1);
        reject(abortError(signal));
      };
      const give = (slot: Slot): void => {
        signal?.removeEventListener("abort", onAbort);
        resolve(slot);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#waiting.push(give);
    });
  }

  give(slot: Slot): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(slot);
    else next(slot);
  }

  #takeBest(score: (slot: Slot) => number): Slot | undefined {
    let best = -1;
    let highest = -Infinity;
    this.#free.forEach((slot, i) => {
      const value = score(slot);
      if (value > highest) [best, highest] = [i, value];
    });
    return this.#free.splice(best, best < 0 ? 0 : 1)[0];
  }
}
