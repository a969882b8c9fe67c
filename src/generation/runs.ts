import { setMaxListeners } from "node:events";
import { ToolkenError } from "../errors.js";
import type { StreamPart } from "./events.js";

type Parts = AsyncGenerator<StreamPart, void, undefined>;

/** The runs of an engine, which end with it. */
export class Runs {
  readonly #disposal = unlimited(new AbortController());
  readonly #running = new Set<Parts>();

  /** Fires when the engine is disposed. */
  get signal(): AbortSignal {
    return this.#disposal.signal;
  }

  get isDisposed(): boolean {
    return this.signal.aborted;
  }

  /** The caller's signal, and the engine's end. */
  signalOf(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.signal : AbortSignal.any([signal, this.signal]);
  }

  /** @throws ToolkenError `DISPOSED` */
  assertInUse(): void {
    if (this.isDisposed) throw disposedError();
  }

  /** A run that ends with the engine. */
  async *watch(run: Parts, signal: AbortSignal | undefined): Parts {
    this.#running.add(run);
    let answered = false;
    try {
      for await (const event of run) {
        answered = event.type === "finish";
        yield event;
      }
    } catch (error) {
      throw this.isDisposed && signal?.aborted !== true ? disposedError(error) : error;
    } finally {
      this.#running.delete(run);
    }
    // Ended from outside, while whoever listens had an event in hand.
    if (!answered) throw disposedError();
  }

  /** Ends all runs: one that works by the signal, one whose next part nobody has asked for by its return. */
  async dispose(): Promise<void> {
    this.#disposal.abort();
    await Promise.allSettled([...this.#running].map((run) => run.return()));
  }
}

export function disposedError(cause?: unknown): ToolkenError {
  return new ToolkenError("DISPOSED", "The engine has been disposed", { cause });
}

/** Every run listens to the engine's end; Node takes more than ten listeners for a leak. */
function unlimited(controller: AbortController): AbortController {
  setMaxListeners(0, controller.signal);
  return controller;
}
