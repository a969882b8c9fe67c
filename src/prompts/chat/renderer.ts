import { Worker } from "node:worker_threads";
import { abortError, throwIfAborted, ToolkenError } from "../../errors.js";
import type { RenderAnswer, RenderRequest } from "./render-worker.js";

/** Templates come inside model files, from strangers: Jinja source may loop, or grow without end. */
const MAX_TEMPLATE_LENGTH = 256 * 1024;
const MAX_OUTPUT_LENGTH = 16 * 2 ** 20;
const TIMEOUT = 5_000;
/** Loading the thread's modules, on a machine that has other work. */
const START_TIMEOUT = 60_000;

/** Renders Jinja templates in a worker thread, which is ended and replaced when one takes too long. */
class Renderer {
  #worker: Promise<Worker> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  /** One after the other: a template that takes too long costs no other conversation its answer. */
  async render(request: RenderRequest, signal?: AbortSignal): Promise<string> {
    throwIfAborted(signal);
    const rendered = this.#last.then(() => {
      throwIfAborted(signal);
      return this.#render(request);
    });
    this.#last = rendered.catch(() => undefined);
    return signal === undefined ? rendered : Promise.race([rendered, aborted(signal)]);
  }

  async #render(request: RenderRequest): Promise<string> {
    const worker = await this.#running();
    // While it works, and only then, the thread keeps the process alive.
    worker.ref();
    try {
      const answer = await this.#answer<RenderAnswer>(worker, TIMEOUT, () => {
        worker.postMessage(request);
      });
      if ("error" in answer) throw failure(answer.error);
      return answer.text;
    } finally {
      worker.unref();
    }
  }

  #running(): Promise<Worker> {
    if (this.#worker !== undefined) return this.#worker;
    const worker = this.#start();
    this.#worker = worker;
    worker.catch(() => {
      if (this.#worker === worker) this.#worker = undefined;
    });
    return worker;
  }

  /** A thread whose modules are loaded, so that a template's time is its own. */
  async #start(): Promise<Worker> {
    const worker = new Worker(new URL("./render-worker.js", import.meta.url), {
      // Some of the process's own flags, such as --input-type, are refused in threads.
      execArgv: [],
      // A template's recursion or growth ends the worker, not the process.
      resourceLimits: { maxOldGenerationSizeMb: 256, stackSizeMb: 4 },
    });
    // A thread that is being terminated may still report an error.
    worker.on("error", () => undefined);
    await this.#answer<string>(worker, START_TIMEOUT, () => undefined);
    const started = this.#worker;
    worker.on("exit", () => {
      if (this.#worker === started) this.#worker = undefined;
    });
    return worker;
  }

  /** The thread's next message; a thread that fails or is late is ended. */
  #answer<T>(worker: Worker, timeout: number, ask: () => void): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const settle = (): void => {
        clearTimeout(timer);
        worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      };
      const end = (reason: string): void => {
        settle();
        this.#worker = undefined;
        void worker.terminate();
        reject(failure(reason, { isLimit: true }));
      };
      const onMessage = (answer: T): void => {
        settle();
        resolve(answer);
      };
      const onError = (error: Error): void => {
        end(error.message);
      };
      const onExit = (): void => {
        end("its thread ended");
      };
      const timer = setTimeout(() => {
        end(`it took longer than ${timeout} ms`);
      }, timeout);
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
      try {
        ask();
      } catch (error) {
        // Values that can't be copied to a thread.
        settle();
        reject(failure(String(error)));
      }
    });
  }
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener(
      "abort",
      () => {
        reject(abortError(signal));
      },
      { once: true },
    );
  });
}

/** The template took more time or memory than it may: rendering it with other values would do the same. */
export function exceedsLimit(error: unknown): boolean {
  return error instanceof ToolkenError && (error as { isLimit?: boolean }).isLimit === true;
}

function failure(reason: string, facts: { readonly isLimit?: boolean } = {}): ToolkenError {
  return new ToolkenError("CHAT_TEMPLATE_FAILED", `The chat template can't be rendered: ${reason}`, {
    hint: "Pass another template by the chatTemplate option, or use a prompt instead of messages.",
    facts,
  });
}

const renderer = new Renderer();

/**
 * The text that a Jinja template makes of a context.
 *
 * @throws ToolkenError `CHAT_TEMPLATE_FAILED` (a syntax error, an exception of the template's own, more than 5 s or
 * 16 Mi characters, a source of more than 256 Ki characters), `ABORTED`
 */
export async function renderTemplate(
  template: string,
  context: Readonly<Record<string, unknown>>,
  signal?: AbortSignal,
): Promise<string> {
  if (template.length > MAX_TEMPLATE_LENGTH) {
    throw failure(`it has ${template.length} characters, the limit is ${MAX_TEMPLATE_LENGTH}`);
  }
  return renderer.render({ template, context, maxLength: MAX_OUTPUT_LENGTH }, signal);
}
