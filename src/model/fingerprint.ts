// SHA-256 of a model file, off the main thread: hashing gigabytes must not block the event loop.
import { Worker } from "node:worker_threads";
import { ToolkenError, abortError, throwIfAborted } from "../errors.js";

/** Lower-case hex SHA-256 of a file. Throws `IO`, `ABORTED`. */
export async function fileFingerprint(path: string, signal?: AbortSignal): Promise<string> {
  throwIfAborted(signal);
  const worker = new Worker(new URL("./fingerprint-worker.js", import.meta.url), { workerData: path });
  worker.unref();
  const abort = (): void => void worker.terminate();
  signal?.addEventListener("abort", abort, { once: true });
  try {
    return await new Promise<string>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", (cause) => {
        reject(new ToolkenError("IO", `Expected to read ${path} for its SHA-256`, { cause }));
      });
      worker.once("exit", () => {
        reject(abortError(signal));
      });
      worker.ref();
    });
  } finally {
    signal?.removeEventListener("abort", abort);
  }
}
