/**
 * The same parts; when the signal fires, their run ends and frees its place in the engine even if nobody asks for
 * the next part. Clients leave a stream on the signal without returning it.
 */
export function releaseOnAbort<T>(
  parts: AsyncGenerator<T, void, undefined>,
  signal: AbortSignal | undefined,
): AsyncIterableIterator<T, void, undefined> {
  if (signal === undefined) return parts;
  const release = (): void => void parts.return();
  signal.addEventListener("abort", release, { once: true });
  const forget = (): void => {
    signal.removeEventListener("abort", release);
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const next = await parts.next();
        if (next.done === true) forget();
        return next;
      } catch (error) {
        forget();
        throw error;
      }
    },
    async return() {
      forget();
      await parts.return();
      return { done: true, value: undefined };
    },
  };
}
