// A context: sequences of tokens with their KV cache, decoded in batches.
import { z } from "zod";
import { ToolkenError, invalidArgument } from "../errors.js";
import type { Addon, NativeContext, NativeOutput, NativeOutputRequest } from "../native/addon.js";
import { callNative, callNativeAsync } from "../native/call.js";
import { integerField, threadsField } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf } from "../utils/options.js";
import { type DeviceHead, nativeHead, setRows } from "./device-head.js";
import type { Ahead, Exclusive } from "./exclusive.js";
import { type Grammar, nativeGrammar } from "./grammar.js";

const flag = z.boolean();

export const contextOptions = defineOptions({
  contextSize: integerField(1)
    .optional()
    .describe("KV cells of all sequences together, in tokens")
    .meta({ defaultText: "the smaller of 4,096 and the trained context" }),
  batchSize: integerField(1).default(512).describe("Most tokens of one decode"),
  sequences: integerField(1, 256).default(1).describe("Number of sequences"),
  outputs: integerField(1)
    .optional()
    .describe("Most asked-for positions of one decode")
    .meta({ defaultText: "one per sequence" }),
  threads: threadsField.meta({ more: "Steps take fewer while other programs take cores away." }),
  hiddenStates: flag
    .default(false)
    .describe("Whether last hidden states can be asked for; it costs a split of the compute graph"),
  offloadKv: flag.default(true).describe("Keep the KV cache on the GPU with the layers"),
  kvUnified: flag.optional().describe("One pool of KV cells for all sequences").meta({
    more: "A shared prefix costs its cells once, and a sequence may be as long as the others leave room. Without it each has `contextSize / sequences` cells of its own, into which a shared prefix is copied; attention then passes by no cells of others, which is faster from about four sequences on.",
    defaultText: "true, unless `batchInvariant`",
  }),
  batchInvariant: flag
    .default(false)
    .describe("What is computed for a sequence does not depend on the others")
    .meta({
      more: "Each has cells of its own, and on a CPU attention rounds the same however many tokens are decoded together, at the price of up to a quarter of the speed in long texts. Matrix products of some quantizations still differ from four tokens on.",
    }),
});
export type ContextOptions = OptionsOf<typeof contextOptions>;

/** Tokens to decode: `tokens[i]` goes to position `positions[i]` of sequence `sequences[i]`. */
export interface Batch {
  readonly tokens: Int32Array;
  readonly positions: Int32Array;
  readonly sequences: Int32Array;
}

/** What to give back for one position of a batch. */
export interface OutputRequest extends Omit<NativeOutputRequest, "grammar"> {
  /** Only what the grammar accepts next becomes a candidate. */
  readonly grammar?: Grammar;
}

/**
 * What a position gave: candidates sorted by logit (`ids` below V are tokens, V + k is tool k; `probs` under the
 * softmax over all outcomes), and, when asked for, the last hidden state (d) and all logits (V).
 */
export type Output = NativeOutput;

/** A copy of what a sequence held, in its context's keeping. */
export interface SavedState {
  readonly id: number;
}

/** A head of a context: W (K, d) uploaded with room for more rows. */
export interface HeadPlacement {
  /** In llama.cpp's graph, or computed on the host from the hidden state. */
  readonly inGraph: boolean;
}

export class Context {
  readonly contextSize: number;
  readonly batchSize: number;
  readonly sequences: number;
  readonly outputs: number;
  readonly threads: number;
  readonly hiddenStates: boolean;

  readonly #addon: Addon;
  readonly #exclusive: Exclusive;
  readonly #release: (context: Context) => void;
  /** What decodes that were asked for `ahead` leave going on. */
  readonly #ahead: Ahead;
  #native: NativeContext | undefined;

  /** Use {@link Model.createContext}. */
  constructor(
    addon: Addon,
    native: NativeContext,
    exclusive: Exclusive,
    release: (context: Context) => void,
  ) {
    this.#addon = addon;
    this.#native = native;
    this.#exclusive = exclusive;
    this.#release = release;
    this.#ahead = {
      settle: async () => {
        if (native.isAhead()) await native.settle();
      },
    };
    const facts = native.facts();
    this.contextSize = facts.contextSize;
    this.batchSize = facts.batchSize;
    this.sequences = facts.sequences;
    this.outputs = facts.outputs;
    this.threads = facts.threads;
    this.hiddenStates = facts.hiddenStates;
  }

  /**
   * Decodes a batch; resolves with an output per request, in order. Requests with `ahead` let the context go on
   * with their best tokens while the caller looks at them: a wrong guess changes no result and costs at most a step.
   * Throws `INVALID_ARGUMENT`, `CONTEXT_FULL` (nothing changed), `DECODE_FAILED`, `ABORTED`, `DISPOSED`.
   */
  async decode(
    batch: Batch,
    requests: readonly OutputRequest[] = [],
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<Output[]> {
    for (const name of ["tokens", "positions", "sequences"] as const) {
      if (!(batch[name] instanceof Int32Array)) throw invalidArgument("an Int32Array", name, batch[name]);
    }
    const native = requests.map(toNative);
    return this.#exclusive.run(() => {
      const context = this.#get();
      if (requests.some(({ ahead }) => ahead === true)) this.#exclusive.goesAhead(this.#ahead);
      return callNativeAsync(this.#addon, options.signal, (cancel) =>
        context.decode(batch.tokens, batch.positions, batch.sequences, native, cancel),
      );
    }, this.#ahead);
  }

  /**
   * Decodes tokens at the end of one sequence, in as many batches as they need, and returns the last one's output.
   */
  async prefill(
    sequence: number,
    tokens: ArrayLike<number>,
    request: Omit<OutputRequest, "index"> = { top: 64 },
    options: { signal?: AbortSignal } = {},
  ): Promise<Output> {
    if (tokens.length === 0) throw invalidArgument("at least one token", "tokens", []);
    let position = await this.length(sequence);
    let last: Output | undefined;
    for (let from = 0; from < tokens.length; from += this.batchSize) {
      const part = Int32Array.from(tokens).subarray(from, from + this.batchSize);
      const isLast = from + part.length === tokens.length;
      const positions = part.map((_, i) => position + i);
      [last] = await this.decode(
        { tokens: part, positions, sequences: new Int32Array(part.length).fill(sequence) },
        isLast ? [{ ...request, index: part.length - 1 }] : [],
        options,
      );
      position += part.length;
    }
    return last!;
  }

  /** Forgets the positions of a sequence from `position` on. */
  rollBack(sequence: number, position: number): Promise<void> {
    return this.#edit((native) => {
      native.rollBack(sequence, position);
    });
  }

  /**
   * The first `length` positions of `from` become the content of `to`; nothing is computed. Without `kvUnified` a model
   * with sliding windows copies them at the next decode; neither sequence can be saved or restored before that.
   */
  sharePrefix(from: number, to: number, length: number): Promise<void> {
    return this.#off((native) => native.sharePrefix(from, to, length));
  }

  /** Keeps a copy of a sequence's positions, outside the cells, until it is forgotten or the context disposed. */
  async saveState(sequence: number): Promise<SavedState> {
    return { id: await this.#off((native) => native.saveState(sequence)) };
  }

  /** Makes a saved copy the content of a sequence. Throws `CONTEXT_FULL`; the sequence is then empty. */
  restoreState(state: SavedState, sequence: number): Promise<void> {
    return this.#off((native) => native.restoreState(state.id, sequence));
  }

  forgetState(state: SavedState): Promise<void> {
    return this.#edit((native) => {
      native.forgetState(state.id);
    });
  }

  clear(): Promise<void> {
    return this.#edit((native) => {
      native.clear();
    });
  }

  /** Number of positions that a sequence holds. */
  length(sequence: number): Promise<number> {
    return this.#edit((native) => native.length(sequence));
  }

  /**
   * Puts a head on sequences. `inGraph: false` computes it on the host, as does a backend that lacks an operation
   * (this needs `hiddenStates`, else `BACKEND_UNAVAILABLE`). Every step then gives the best `topTokens` tokens and `topTools` tools.
   */
  async attachHead(
    head: DeviceHead,
    sequences: readonly number[],
    options: { topTokens: number; topTools: number; inGraph: boolean },
  ): Promise<HeadPlacement> {
    const native = nativeHead(head);
    return this.#exclusive.run(async () => ({
      inGraph: await callNativeAsync(this.#addon, undefined, () =>
        this.#get().attachHead(
          native,
          Int32Array.from(sequences),
          options.topTokens,
          options.topTools,
          options.inGraph,
        ),
      ),
    }));
  }

  /**
   * Replaces the rows of an attached head by weights (n, d), n at most its capacity. The next step sees them; no
   * graph or context is built again.
   */
  async updateHead(head: DeviceHead, weights: Float32Array, rows: number): Promise<void> {
    assertFloats(weights, "weights");
    return this.#off(() => setRows(head, weights, rows));
  }

  /** Bias (K) that is added to the tool logits of a sequence from its next step on; -Infinity: switched off. */
  async setBias(sequence: number, bias: Float32Array): Promise<void> {
    assertFloats(bias, "bias");
    return this.#edit((native) => {
      native.setBias(sequence, bias);
    });
  }

  /** Frees the context; a running decode ends first. Idempotent. */
  async dispose(): Promise<void> {
    if (this.#native === undefined) return;
    const native = this.#native;
    this.#native = undefined;
    this.#release(this);
    await this.#exclusive.run(() => native.dispose());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** An operation of some milliseconds, off the main thread. */
  #off<T>(operation: (native: NativeContext) => Promise<T>): Promise<T> {
    return this.#exclusive.run(() => callNativeAsync(this.#addon, undefined, () => operation(this.#get())));
  }

  #edit<T>(change: (native: NativeContext) => T): Promise<T> {
    return this.#exclusive.run(() => callNative(() => change(this.#get())));
  }

  #get(): NativeContext {
    if (this.#native === undefined) {
      throw new ToolkenError("DISPOSED", "The context has been disposed");
    }
    return this.#native;
  }
}

function toNative({ grammar, ...request }: OutputRequest): NativeOutputRequest {
  return grammar === undefined ? request : { ...request, grammar: nativeGrammar(grammar) };
}

/** The native side takes the elements as they lie in memory. */
function assertFloats(value: unknown, name: string): void {
  if (!(value instanceof Float32Array)) throw invalidArgument("a Float32Array", name, value);
}
