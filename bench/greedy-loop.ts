// Greedy decoding through the public API, that goes on where it stopped and begins again when its context is full.
import type { Context } from "../src/model/context.js";
import type { Model } from "../src/index.js";
import { TOP_TOKENS } from "./synthetic-head.js";

const PROMPT = "The capital of France is";
export const CONTEXT_SIZE = 256;

export class GreedyLoop {
  readonly context: Context;
  readonly #model: Model;
  #next: Int32Array | undefined;
  #position = 0;

  constructor(model: Model, context: Context) {
    this.#model = model;
    this.context = context;
  }

  /** Tokens per second over `tokens` steps. */
  async run(tokens: number): Promise<number> {
    if (this.#next === undefined || this.#position + tokens > CONTEXT_SIZE) await this.#begin();
    const start = performance.now();
    for (let n = 0; n < tokens; n++) {
      const [output] = await this.context.decode(
        {
          tokens: this.#next!,
          positions: Int32Array.of(this.#position++),
          sequences: Int32Array.of(0),
        },
        // The turn's last step leaves nothing going on beside the rival's turn.
        [{ index: 0, top: TOP_TOKENS, ahead: n + 1 < tokens }],
      );
      this.#next = output!.ids.slice(0, 1);
    }
    return tokens / ((performance.now() - start) / 1000);
  }

  async #begin(): Promise<void> {
    await this.context.rollBack(0, 0);
    const prompt = this.#model.tokenizer.encode(PROMPT, { addSpecial: true });
    const { ids } = await this.context.prefill(0, prompt, { top: TOP_TOKENS });
    this.#next = ids.slice(0, 1);
    this.#position = prompt.length;
  }
}
