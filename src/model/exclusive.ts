// One native operation at a time per model: two decodes on the same cores slow each other down ten times.

/** Work that continues after its operation and can be taken back. */
export interface Ahead {
  settle(): Promise<void>;
}

/** Runs functions one after the other, in the order of the calls. */
export class Exclusive {
  #last: Promise<unknown> = Promise.resolve();
  #ahead: Ahead | undefined;

  /**
   * What another operation left going on is taken back first.
   * @param owner whose own work ahead may go on
   */
  run<T>(operation: () => Promise<T> | T, owner?: Ahead): Promise<T> {
    const begin = (): Promise<T> | T => {
      const ahead = this.#ahead;
      if (ahead === undefined || ahead === owner) return operation();
      this.#ahead = undefined;
      // A failure is the owner's: it hears of it from its next operation.
      return ahead.settle().then(operation, operation);
    };
    const result = this.#last.then(begin, begin);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** The operation that runs leaves work of `owner` going on. */
  goesAhead(owner: Ahead): void {
    this.#ahead = owner;
  }

  /** Resolves when everything that was asked for so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
