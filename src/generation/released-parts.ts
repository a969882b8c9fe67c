/** Where a stream's parts come from, apart from the generator that its consumer holds. */
class Source<T> {
  readonly #run: AsyncGenerator<T, void, undefined>;
  /** Asked for on the consumer's behalf. */
  readonly #ahead: Promise<IteratorResult<T, void>>[] = [];
  readonly #signal: AbortSignal | undefined;
  readonly #onAbort = (): void => void this.#drain();

  constructor(run: AsyncGenerator<T, void, undefined>, signal: AbortSignal | undefined) {
    this.#run = run;
    // A signal of its own: Node takes more than ten listeners of one for a leak.
    this.#signal = signal === undefined ? undefined : AbortSignal.any([signal]);
  }

  begin(): void {
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  next(): Promise<IteratorResult<T, void>> {
    return this.#ahead.shift() ?? this.#run.next();
  }

  async end(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    await this.#run.return();
  }

  async #drain(): Promise<void> {
    for (let done = false; !done;) {
      const next = this.#run.next();
      this.#ahead.push(next);
      done = await next.then(
        (result) => result.done === true,
        () => true,
      );
    }
  }
}

const abandoned = new FinalizationRegistry<Source<unknown>>(
  (source) => void source.end().catch(() => undefined),
);

/**
 * The same parts; their run ends, and gives back what it holds, also when the consumer does not ask for the next part
 * after the signal has fired, or has dropped the generator without returning it (then as soon as that is collected).
 */
export function releasedParts<T>(
  run: AsyncGenerator<T, void, undefined>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T, void, undefined> {
  const source = new Source(run, signal);
  const parts = read(source);
  abandoned.register(parts, source);
  return parts;
}

async function* read<T>(source: Source<T>): AsyncGenerator<T, void, undefined> {
  source.begin();
  try {
    for (;;) {
      const next = await source.next();
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    await source.end();
  }
}
