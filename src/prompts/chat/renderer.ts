import { Worker } from "node:worker_threads";
import { abortError, throwIfAborted, ToolkenError } from "../../errors.js";
import type { RenderAnswer, RenderRequest } from "./render-worker.js";

/** Templates come inside model files, from strangers: Jinja source may loop, or grow without end. */
const MAX_TEMPLATE_LENGTH = 256 * 1024;
const MAX_OUTPUT_LENGTH = 16 * 2 ** 20;
const TIMEOUT = 5_000;

/** Renders Jinja templates in a worker thread, which is ended and replaced when one takes too long. */
class Renderer {
  #worker: Worker | undefined;
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

  #render(request: RenderRequest): Promise<string> {
    const worker = (this.#worker ??= startWorker());
    worker.ref();
    return new Promise<string>((resolve, reject) => {
      const end = (reason: string): void => {
        settle();
        this.#worker = undefined;
        void worker.terminate();
        reject(failure(reason));
      };
      const onMessage = (answer: RenderAnswer): void => {
        settle();
        if ("text" in answer) resolve(answer.text);
        else reject(failure(answer.error));
      };
      const onError = (error: Error): void => {
        end(error.message);
      };
      const onExit = (): void => {
        end("its thread ended");
      };
      const settle = (): void => {
        clearTimeout(timer);
        worker.off("message", onMessage).off("error", onError).off("exit", onExit);
        worker.unref();
      };
      const timer = setTimeout(() => {
        end(`it took longer than ${TIMEOUT} ms`);
      }, TIMEOUT);
      worker.on("message", onMessage).on("error", onError).on("exit", onExit);
      worker.postMessage(request);
    });
  }
}

function startWorker(): Worker {
  const worker = new Worker(new URL("./render-worker.js", import.meta.url), {
    // A template's recursion or growth ends the worker, not the process.
    resourceLimits: { maxOldGenerationSizeMb: 256, stackSizeMb: 4 },
  });
  // A thread that is being terminated may still report an error.
  return worker.on("error", () => undefined);
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

function failure(reason: string): ToolkenError {
  return new ToolkenError("CHAT_TEMPLATE_FAILED", `The chat template can't be rendered: ${reason}`, {
    hint: "Pass another template by the chatTemplate option, or use a prompt instead of messages.",
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
