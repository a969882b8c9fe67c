// A GGUF model under llama.cpp: the owner of contexts, heads on the device and grammars.
import { ToolkenError, invalidArgument } from "../errors.js";
import type { Addon, NativeFeatureCounts, NativeFeatureInput, NativeModel } from "../native/addon.js";
import { callNative, callNativeAsync } from "../native/call.js";
import { resolveOptions } from "../utils/options.js";
import { Context, contextOptions, type ContextOptions } from "./context.js";
import { DeviceHead } from "./device-head.js";
import { Exclusive } from "./exclusive.js";
import type { ModelFacts, ModelIdentity } from "./facts.js";
import { fileFingerprint } from "./fingerprint.js";
import { Grammar } from "./grammar.js";
import { Tokenizer } from "./tokenizer.js";
import { integer } from "../utils/integer.js";

const DEFAULT_CONTEXT_SIZE = 4096;

/** Weights of a head on the device; "auto" keeps F32 while they are small beside the model's own. */
export const HEAD_TYPES = ["auto", "f32", "f16", "bf16", "q8_0"] as const;
export type HeadType = (typeof HEAD_TYPES)[number];

/** Bytes of F32 rows from which "auto" takes F16: reading them at every token would show. */
const MAX_F32_HEAD = 4 * 2 ** 20;

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** A loaded model. Create it with {@link loadModel}; free it with `dispose()` or `await using`. */
export class Model {
  readonly path: string;
  readonly facts: ModelFacts;
  readonly tokenizer: Tokenizer;
  /** Threads of contexts that do not choose their own. */
  readonly threads: number;

  readonly #addon: Addon;
  readonly #exclusive = new Exclusive();
  readonly #contexts = new Set<Context>();
  #native: NativeModel | undefined;
  #disposing = false;
  #fingerprint: Promise<string> | undefined;

  /** Use {@link loadModel}. */
  constructor(addon: Addon, native: NativeModel, path: string, threads: number) {
    this.#addon = addon;
    this.#native = native;
    this.path = path;
    this.threads = threads;
    const facts = native.facts();
    this.facts = facts;
    this.tokenizer = new Tokenizer(() => this.#get(), facts);
  }

  /** SHA-256 of the model file, lower-case hex; computed once, off-thread. Throws `IO`. */
  fingerprint(): Promise<string> {
    this.#fingerprint ??= fileFingerprint(this.path).catch((error: unknown) => {
      this.#fingerprint = undefined;
      throw error;
    });
    return this.#fingerprint;
  }

  /** What a head remembers of this model. */
  async identity(): Promise<ModelIdentity> {
    const { architecture, name, embeddingLength, vocabularySize } = this.facts;
    return { architecture, name, embeddingLength, vocabularySize, fingerprint: await this.fingerprint() };
  }

  /** Creates a context. Throws `INVALID_ARGUMENT`, `CONTEXT_CREATE_FAILED`, `DISPOSED`. */
  async createContext(given: ContextOptions = {}): Promise<Context> {
    const options = resolveOptions(contextOptions, given, "createContext");
    const { batchSize, sequences, hiddenStates, offloadKv, batchInvariant } = options;
    // Whose answers must not depend on others can't share cells with them.
    if (batchInvariant && options.kvUnified === true) {
      throw invalidArgument("false with batchInvariant", "kvUnified", true);
    }
    const native = {
      contextSize: options.contextSize ?? Math.min(DEFAULT_CONTEXT_SIZE, this.facts.trainedContext),
      batchSize,
      sequences,
      outputs: options.outputs ?? sequences,
      threads: options.threads ?? this.threads,
      hiddenStates,
      offloadKv,
      kvUnified: options.kvUnified ?? !batchInvariant,
      batchInvariant,
    };
    return this.#exclusive.run(async () => {
      const created = await callNativeAsync(
        this.#addon,
        undefined,
        () => this.#addon.createContext(this.#get(), native),
        "Ask for a smaller contextSize or fewer layers on the GPU.",
      );
      const context = new Context(this.#addon, created, this.#exclusive, (gone) => {
        this.#contexts.delete(gone);
      });
      this.#contexts.add(context);
      return context;
    });
  }

  /** Rows of a head for {@link Context.attachHead}: room for `capacity` rows. */
  createHead(capacity: number, type: HeadType = "auto"): DeviceHead {
    this.#get();
    const rows = integer(capacity, "capacity", 1, 1 << 24);
    const d = this.facts.embeddingLength;
    const stored = type !== "auto" ? type : 4 * rows * d <= MAX_F32_HEAD ? "f32" : "f16";
    return new DeviceHead(callNative(() => new this.#addon.Head(d, rows, stored)));
  }

  /**
   * A GBNF grammar and its state. Throws `GRAMMAR_INVALID`, with the line, for what is no grammar and for one that is too
   * large (256 KiB, 65,536 rules with those of repetitions, 256 parentheses within each other) or too ambiguous (4,096
   * ways of going on).
   */
  createGrammar(gbnf: string, root = "root"): Grammar {
    if (typeof gbnf !== "string") throw invalidArgument("a GBNF grammar", "gbnf", gbnf);
    return new Grammar(callNative(() => new this.#addon.Grammar(this.#get(), gbnf, root)));
  }

  /** The text of a conversation in the model's own chat template. Throws `INVALID_ARGUMENT` without one. */
  applyChatTemplate(messages: readonly ChatMessage[], addAssistant = true): string {
    return callNative(() => this.#get().applyChatTemplate(messages, addAssistant));
  }

  /** The feature pass of training; see {@link extractFeatures}, which prepares its input. */
  async extractFeatures(
    input: NativeFeatureInput,
    options: {
      signal?: AbortSignal | undefined;
      onProgress?: ((done: number, total: number) => void) | undefined;
    },
  ): Promise<NativeFeatureCounts> {
    return this.#exclusive.run(() =>
      callNativeAsync(this.#addon, options.signal, (cancel) =>
        this.#addon.extractFeatures(this.#get(), input, cancel, options.onProgress),
      ),
    );
  }

  get disposed(): boolean {
    return this.#native === undefined;
  }

  /** Frees the model and its contexts; running operations end first. Idempotent. */
  async dispose(): Promise<void> {
    this.#disposing = true;
    do {
      await Promise.all([...this.#contexts].map((context) => context.dispose()));
      // A context that is being made is there when that is done.
      await this.#exclusive.idle();
    } while (this.#contexts.size > 0);
    const native = this.#native;
    this.#native = undefined;
    await native?.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  #get(): NativeModel {
    if (this.#native === undefined || this.#disposing) {
      throw new ToolkenError("DISPOSED", "The model has been disposed");
    }
    return this.#native;
  }
}
