// Many items for a few slots: the slots share each decode, so as many items are worked on at once.
import { throwIfAborted } from "../errors.js";

/** Works on `parallel` items at a time. The first failure stops the others and is the one that is thrown; `ABORTED`. */
export async function inParallel<T>(
  items: readonly T[],
  parallel: number,
  signal: AbortSignal | undefined,
  work: (item: T, signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const failure = new AbortController();
  const stop = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
  const queue = items.values();
  const errors: unknown[] = [];
  const worker = async (): Promise<void> => {
    try {
      for (const item of queue) {
        throwIfAborted(stop);
        await work(item, stop);
      }
    } catch (error) {
      errors.push(error);
      failure.abort();
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
  throwIfAborted(signal);
  if (errors.length > 0) throw errors[0];
}
