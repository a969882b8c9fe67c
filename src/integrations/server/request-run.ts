import { ToolkenError } from "../../errors.js";
import { ApiError, shuttingDown, toApiError } from "./api-error.js";

/** Nginx's status for a client that has gone; nobody reads it. */
const CLIENT_CLOSED = 499;

interface Queue {
  /** Whether no other request is going on. */
  readonly isAlone: () => boolean;
  /** Gives the request's place back. */
  readonly leave: () => void;
}

/** One request from admission to its end: what may abort it, and why it was aborted. */
export class RequestRun {
  readonly #controller = new AbortController();
  readonly #isAlone: () => boolean;
  readonly #leave: () => void;
  readonly #timer: NodeJS.Timeout;
  readonly #removeListeners: () => void;

  /**
   * @param client aborts when the client disconnects
   * @param closing aborts when the server does not wait for its requests any longer
   * @param timeout in milliseconds
   */
  constructor(client: AbortSignal, closing: AbortSignal, timeout: number, { isAlone, leave }: Queue) {
    this.#isAlone = isAlone;
    this.#leave = leave;
    const onClient = (): void => {
      this.abort(new ApiError(CLIENT_CLOSED, "The client has closed the request"));
    };
    const onClosing = (): void => {
      this.abort(shuttingDown());
    };
    client.addEventListener("abort", onClient, { once: true });
    closing.addEventListener("abort", onClosing, { once: true });
    this.#timer = setTimeout(() => {
      this.abort(new ApiError(504, `The request took longer than ${timeout} ms`, { code: "timeout" }));
    }, timeout);
    this.#removeListeners = () => {
      client.removeEventListener("abort", onClient);
      closing.removeEventListener("abort", onClosing);
    };
    if (client.aborted) onClient();
    else if (closing.aborted) onClosing();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  abort(reason: ApiError = new ApiError(CLIENT_CLOSED, "The client has closed the request")): void {
    this.#controller.abort(reason);
  }

  /** Ends what is still going on of it. Idempotent. */
  end(): void {
    this.abort();
    clearTimeout(this.#timer);
    this.#removeListeners();
    this.#leave();
  }

  /** The error of a request that has ended by one. */
  errorOf(error: unknown): ApiError {
    const { signal } = this;
    const wasAborted = signal.aborted && error instanceof ToolkenError && error.code === "ABORTED";
    // Nobody else fills the context.
    const isTooLong = error instanceof ToolkenError && error.code === "CONTEXT_FULL" && this.#isAlone();
    return toApiError(wasAborted ? signal.reason : error, isTooLong);
  }
}
