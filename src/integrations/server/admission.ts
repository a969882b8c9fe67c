import { ApiError } from "./api-error.js";

/** Duration that is assumed before any request has ended, in milliseconds. */
const FIRST_DURATION = 1000;

/** Counts requests that run and wait, and refuses those beyond the queue. */
export class Admission {
  readonly #parallel: number;
  readonly #maxQueue: number;
  #inside = 0;
  /** Exponential mean of the requests' durations, in milliseconds. */
  #duration = FIRST_DURATION;

  constructor(parallel: number, maxQueue: number) {
    this.#parallel = parallel;
    this.#maxQueue = maxQueue;
  }

  get running(): number {
    return Math.min(this.#inside, this.#parallel);
  }

  get waiting(): number {
    return this.#inside - this.running;
  }

  /**
   * Takes places for the answers of one request, and returns what gives them back.
   *
   * @throws ApiError 429 with `Retry-After`
   */
  enter(count: number): () => void {
    if (this.#inside + count > this.#parallel + this.#maxQueue) throw this.#full();
    this.#inside += count;
    const start = performance.now();
    let inside = true;
    return () => {
      if (!inside) return;
      inside = false;
      this.#inside -= count;
      this.#duration += 0.1 * (performance.now() - start - this.#duration);
    };
  }

  #full(): ApiError {
    const seconds = Math.max(1, Math.ceil(this.#duration / this.#parallel / 1000));
    return new ApiError(
      429,
      `The server has ${this.#inside} requests running and waiting. Try again later.`,
      {
        code: "queue_full",
        headers: { "retry-after": String(seconds) },
      },
    );
  }
}
