// What the head costs while decoding: the same greedy loop through the same API, with and without it.
import type { Context, HeadType, Model } from "../../src/index.js";
import type { BenchmarkCase } from "../case.js";
import { interleave, type Variant } from "../interleave.js";

const PROMPT = "The capital of France is";
const TOP_TOKENS = 64;
const TOP_TOOLS = 8;
const CONTEXT_SIZE = 256;
const TOKENS_PER_TURN = 8;
const TURNS_PER_REPETITION = 8;

export const decode: BenchmarkCase = async ({ model, quick, repetitions }) => {
  const loops: GreedyLoop[] = [];
  const variant = async (name: string, tools: number, type: HeadType, inGraph: boolean): Promise<Variant> => {
    const loop = new GreedyLoop(model, await contextWithHead(model, tools, type, inGraph));
    loops.push(loop);
    return { name, measure: () => loop.run(TOKENS_PER_TURN) };
  };
  const rival = await variant("plain", 0, "f32", true);
  const variants = [await variant("in the graph, K = 13", 13, "f32", true)];
  if (!quick) {
    variants.push(
      await variant("in the graph, K = 234", 234, "f32", true),
      await variant("in the graph, K = 1,000", 1000, "f32", true),
      await variant("in the graph, K = 10,000, F32", 10_000, "f32", true),
      await variant("in the graph, K = 10,000, F16 (default)", 10_000, "auto", true),
    );
  }
  variants.push(await variant("in the graph, K = 10,000, Q8_0", 10_000, "q8_0", true));
  variants.push(await variant("on the host, K = 13", 13, "f32", false));
  // Short turns, many of them: the machine's speed drifts over seconds, and each ratio is of one round.
  const measured = await interleave(rival, variants, TURNS_PER_REPETITION * repetitions);
  for (const loop of loops) await loop.context.dispose();
  return {
    name: "decode",
    what: `tokens per second, greedy, one sequence, turns of ${TOKENS_PER_TURN} tokens`,
    rival: "the same loop without a head",
    measured,
  };
};

async function contextWithHead(
  model: Model,
  tools: number,
  type: HeadType,
  inGraph: boolean,
): Promise<Context> {
  const context = await model.createContext({
    contextSize: CONTEXT_SIZE,
    hiddenStates: tools > 0 && !inGraph,
  });
  if (tools === 0) return context;
  const d = model.facts.embeddingLength;
  const head = model.createHead(tools, type);
  let state = 1;
  const weights = Float32Array.from({ length: tools * d }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state / 2 ** 32 - 0.5) * 0.02;
  });
  await context.updateHead(head, weights, tools);
  await context.attachHead(head, [0], { topTokens: TOP_TOKENS, topTools: TOP_TOOLS, inGraph });
  // The text stays the plain model's: no tool ever wins.
  await context.setBias(0, new Float32Array(tools).fill(-50));
  return context;
}

/** A greedy loop that goes on where it stopped, and begins again when its context is full. */
class GreedyLoop {
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
        [{ index: 0, top: TOP_TOKENS }],
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
