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

  /** A slot, in the order of the calls. Throws `ABORTED`. */
  async take(signal?: AbortSignal): Promise<Slot> {
    throwIfAborted(signal);
    const free = this.#free.pop();
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
}
