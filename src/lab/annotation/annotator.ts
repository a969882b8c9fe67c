// Several texts are read at once: each on a sequence of its own, after demonstrations that are computed once.
import type { Context } from "../../model/context.js";
import { promptsOf } from "../../model/embedded.js";
import type { Model } from "../../model/model.js";
import { Batcher } from "../../generation/batcher.js";
import { type CachedPrompts, PromptCache } from "../../generation/prompt-cache.js";
import { PromptSequences } from "../../generation/prompt-sequences.js";
import { Sequence } from "../../generation/sequence.js";
import { Slots } from "../../generation/slots.js";
import type { TrainingExample } from "../../examples/example.js";
import { annotateText, type TextMarkOptions, type TextMarks } from "./annotate-text.js";
import { chooseContinuation } from "./choice.js";
import { demonstrations } from "./prompt.js";

export interface AnnotatorOptions extends TextMarkOptions {
  /** Worked solutions before each text. */
  readonly prompt: string;
  readonly parallel: number;
  readonly contextSize: number | undefined;
  readonly threads: number | undefined;
}

/** Cells for one text with its calculations. */
const CELLS_PER_TEXT = 1024;

/** The embedded model has learnt to write calculations out, and reads no demonstrations. */
export function defaultPrompt(model: Model): string {
  return promptsOf(model) === undefined ? demonstrations : "";
}

/** Marks texts with a model. Free it with `dispose()` or `await using`. */
export class Annotator {
  readonly #model: Model;
  readonly #context: Context;
  readonly #cache: CachedPrompts;
  readonly #slots: Slots<Sequence>;
  readonly #options: AnnotatorOptions;
  readonly #prefix: Int32Array;

  private constructor(model: Model, context: Context, options: AnnotatorOptions, prefix: Int32Array) {
    this.#model = model;
    this.#context = context;
    this.#options = options;
    this.#prefix = prefix;
    const batcher = new Batcher(context);
    const sequences = Array.from(
      { length: options.parallel + 1 },
      (_, id) => new Sequence(id, context, batcher),
    );
    this.#cache = new PromptCache(new PromptSequences(sequences.slice(-1)));
    this.#slots = new Slots(sequences.slice(0, -1));
  }

  static async create(model: Model, options: AnnotatorOptions): Promise<Annotator> {
    const prefix = encode(model, options.prompt.trimEnd());
    const needed = prefix.length + options.parallel * CELLS_PER_TEXT;
    const context = await model.createContext({
      contextSize: options.contextSize ?? Math.ceil(needed / 256) * 256,
      sequences: options.parallel + 1,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
    });
    return new Annotator(model, context, options, prefix);
  }

  /** Throws `CONTEXT_FULL`, `ABORTED`, `DECODE_FAILED`, `DISPOSED`. */
  async annotate(text: TrainingExample, signal?: AbortSignal): Promise<TextMarks> {
    const sequence = await this.#slots.take(signal);
    try {
      return await annotateText(
        text,
        async (before, lead, texts) => {
          const tokens = encode(this.#model, this.#options.prompt + before);
          await this.#cache.begin("demonstrations", this.#prefix, sequence, tokens, signal);
          return chooseContinuation(this.#model, sequence, tokens, { texts, lead }, signal);
        },
        this.#options,
      );
    } finally {
      this.#slots.give(sequence);
    }
  }

  async dispose(): Promise<void> {
    await this.#context.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}

function encode({ tokenizer }: Model, text: string): Int32Array {
  const bos = tokenizer.addsBos && tokenizer.bos !== null ? [tokenizer.bos] : [];
  return Int32Array.from([...bos, ...tokenizer.encode(text)]);
}
