// Tools return promises, streams, generators and responses: what comes of them is the result.

/**
 * The value itself; of an async generator the last value, of a stream its chunks joined, of a Response or Blob its
 * text, of a promise what any of these become.
 *
 * @param longest a stream is read until it has more characters than this
 * @throws what the tool's value throws; an Error that is returned is thrown
 */
export async function settled(value: unknown, longest: number, signal: AbortSignal): Promise<unknown> {
  const result = await value;
  if (result instanceof Error) throw result;
  if (typeof result !== "object" || result === null) return result;
  if (isBody(result)) return result.text();
  if (!(Symbol.asyncIterator in result)) return result;
  const chunks = result as AsyncIterable<unknown>;
  return "pipe" in result || "getReader" in result ? joined(chunks, longest, signal) : lastOf(chunks, signal);
}

/** AI SDK's tools yield preliminary results, the last one counts. */
async function lastOf(values: AsyncIterable<unknown>, signal: AbortSignal): Promise<unknown> {
  let last: unknown;
  for await (const value of values) {
    if (signal.aborted) break;
    last = value;
  }
  return last;
}

async function joined(
  chunks: AsyncIterable<unknown>,
  longest: number,
  signal: AbortSignal,
): Promise<unknown> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let text = "";
  let objects: unknown[] | undefined;
  for await (const chunk of chunks) {
    if (signal.aborted || text.length > longest) break;
    if (typeof chunk === "string") text += chunk;
    else if (chunk instanceof Uint8Array) text += decoder.decode(chunk, { stream: true });
    else (objects ??= []).push(chunk);
  }
  // Streams of objects, as databases have them.
  return objects ?? text;
}

function isBody(value: object): value is Blob {
  return (
    (typeof Response === "function" && value instanceof Response) ||
    (typeof Blob === "function" && value instanceof Blob)
  );
}
