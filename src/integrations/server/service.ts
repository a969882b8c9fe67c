import { randomBytes } from "node:crypto";
import { setMaxListeners } from "node:events";
import type { Engine } from "../../generation/engine.js";
import { libraryVersion } from "../../utils/library-version.js";
import type { GenerateOptions } from "../../generation/options.js";
import type { Tool } from "../../tools/index.js";
import { Admission } from "./admission.js";
import { answerEvents, type AnswerEvent } from "./answer-events.js";
import { shuttingDown } from "./api-error.js";
import type { ResponseFacts } from "./chat/response.js";
import { Metrics } from "./metrics.js";
import type { ResolvedServerOptions } from "./options.js";
import { RequestRun } from "./request-run.js";

/** What every route works with: the engine, the options, and the requests that are going on. */
export class Service {
  readonly engine: Engine;
  readonly options: ResolvedServerOptions;
  readonly modelId: string;
  /** Seconds since 1970. */
  readonly created = Math.floor(Date.now() / 1000);
  readonly admission: Admission;
  readonly metrics = new Metrics();
  readonly #runs = new Set<RequestRun>();
  readonly #closing = new AbortController();
  #isDraining = false;
  #onIdle: (() => void) | undefined;

  constructor(engine: Engine, options: ResolvedServerOptions) {
    // Every request listens to the end of the server; Node takes more than ten listeners for a leak.
    setMaxListeners(0, this.#closing.signal);
    this.engine = engine;
    this.options = options;
    const { name, architecture } = engine.model.facts;
    this.modelId = options.modelId ?? (name === "" ? architecture : name);
    this.admission = new Admission(engine.parallel, options.maxQueue);
  }

  /** Tools that the server executes, of now. */
  get tools(): Iterable<Tool> {
    return this.options.tools ?? this.engine.tools;
  }

  /** Whether new requests are refused. */
  get isDraining(): boolean {
    return this.#isDraining;
  }

  /**
   * Begins a request; call `run.end()` when it is over.
   *
   * @param answers how many answers it wants
   * @throws ApiError 429, 503
   */
  begin(client: AbortSignal, answers: number): RequestRun {
    if (this.#isDraining) throw shuttingDown();
    const leave = this.admission.enter(answers);
    const start = performance.now();
    const run = new RequestRun(client, this.#closing.signal, this.options.requestTimeout, {
      isAlone: () => this.#runs.size <= 1,
      leave: () => {
        leave();
        if (this.#runs.delete(run)) this.metrics.duration((performance.now() - start) / 1000);
        if (this.#runs.size === 0) this.#onIdle?.();
      },
    });
    this.#runs.add(run);
    return run;
  }

  /**
   * An answer of the engine, as a client sees it.
   *
   * @param isExecuted whether the server executes a tool's calls
   */
  async *answer(
    options: GenerateOptions,
    isExecuted: (toolName: string) => boolean,
  ): AsyncGenerator<AnswerEvent, void, undefined> {
    for await (const event of answerEvents(this.engine.stream(options), isExecuted)) {
      if (event.type === "finish") this.metrics.answer(event.usage);
      yield event;
    }
  }

  /** Facts of a new response. */
  facts(prefix: string): ResponseFacts {
    return {
      id: `${prefix}${randomBytes(12).toString("hex")}`,
      created: Math.floor(Date.now() / 1000),
      model: this.modelId,
      system_fingerprint: `toolken-${libraryVersion()}`,
    };
  }

  /** Refuses new requests, waits for the running ones, and aborts those that take longer than the shutdown's time. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    if (this.#runs.size === 0) return;
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    const timer = setTimeout(() => {
      this.#closing.abort();
    }, this.options.shutdownTimeout);
    await idle;
    clearTimeout(timer);
  }
}
