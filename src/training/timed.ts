// The report of a training says how long each of its phases took.

/** What an operation gives, and its seconds. */
export async function timed<T>(
  operation: () => Promise<T>,
): Promise<{ readonly value: T; readonly seconds: number }> {
  const begin = performance.now();
  const value = await operation();
  return { value, seconds: (performance.now() - begin) / 1000 };
}
