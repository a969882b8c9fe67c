import { invalidArgument, ToolkenError } from "../../errors.js";
import { NO_TOOL } from "../../head/decision.js";
import type { ToolHead } from "../../head/tool-head.js";
import type { Context } from "../../model/context.js";
import type { Model } from "../../model/model.js";
import { type ProbeEncoder, probeEncoder } from "../../prompts/decision-text.js";

/** A tool, and how probable a head finds it for a request. */
export interface FoundTool {
  readonly name: string;
  readonly probability: number;
}

/** Which of a head's tools fits a request: one pass of the request through the model, no generation. */
export class ToolFinder implements AsyncDisposable {
  readonly head: ToolHead;
  readonly #context: Context;
  readonly #encode: ProbeEncoder;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(head: ToolHead, context: Context, encode: ProbeEncoder) {
    this.head = head;
    this.#context = context;
    this.#encode = encode;
  }

  /** @throws ToolkenError `INVALID_ARGUMENT` for a head that was not trained from definitions, `MODEL_MISMATCH` */
  static async create(model: Model, head: ToolHead, contextSize = 2048): Promise<ToolFinder> {
    if (head.decision === null) {
      throw new ToolkenError("INVALID_ARGUMENT", "Expected a head that decides on requests", {
        hint: "`toolken train` makes one from tool definitions.",
      });
    }
    head.assertFits(await model.identity());
    const encode = await probeEncoder(model, head.decision);
    const context = await model.createContext({ contextSize, hiddenStates: true });
    return new ToolFinder(head, context, encode);
  }

  /**
   * The most probable tools, most probable first; none where no tool fits.
   *
   * @throws ToolkenError `INVALID_ARGUMENT`, `CONTEXT_FULL`, `ABORTED`
   */
  async find(request: string, limit = 5, signal?: AbortSignal): Promise<FoundTool[]> {
    if (request.trim() === "") throw invalidArgument("a non-empty string", "request", request);
    const tokens = await this.#encode(request, signal);
    // One request at a time has the context.
    const state = this.#last.then(() => this.#stateOf(tokens, signal));
    this.#last = state.catch(() => undefined);
    const ranked = this.#probabilities(await state).sort((a, b) => b.probability - a.probability);
    const end = ranked.findIndex(({ name }) => name === NO_TOOL);
    // A tool that is less probable than none is no answer.
    return ranked.slice(0, Math.min(limit, end < 0 ? ranked.length : end));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#last;
    await this.#context.dispose();
  }

  async #stateOf(tokens: Int32Array, signal: AbortSignal | undefined): Promise<Float32Array> {
    await this.#context.rollBack(0, 0);
    const options = signal === undefined ? {} : { signal };
    const output = await this.#context.prefill(0, tokens, { hiddenState: true }, options);
    return output.hiddenState!;
  }

  /** softmax(W h + b) over all rows, with W (K, d) and h (d). */
  #probabilities(h: Float32Array): FoundTool[] {
    const { tools, weights, bias, dimension: d } = this.head;
    const logits = tools.map((_, k) => {
      let sum = bias[k]!;
      for (let j = 0; j < d; j++) sum += weights[k * d + j]! * h[j]!;
      return sum;
    });
    const best = Math.max(...logits);
    const total = logits.reduce((sum, logit) => sum + Math.exp(logit - best), 0);
    return tools.map((name, k) => ({ name, probability: Math.exp(logits[k]! - best) / total }));
  }
}
