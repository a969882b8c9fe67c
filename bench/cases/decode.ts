// What the head costs while decoding: the same greedy loop through the same API, with and without it.
import type { Context, Model } from "../../src/index.js";
import type { BenchmarkCase } from "../case.js";
import { interleave, type Variant } from "../interleave.js";

const PROMPT = "The capital of France is";
const TOP_TOKENS = 64;
const TOP_TOOLS = 8;

export const decode: BenchmarkCase = async ({ model, quick, repetitions }) => {
  const tokens = quick ? 24 : 96;
  const sizes = quick ? [13, 1000] : [13, 234, 1000, 10_000];
  const contexts: Context[] = [];
  const variants: Variant[] = [];
  for (const tools of [0, ...sizes]) {
    const context = await contextWithHead(model, tools, tokens, true);
    contexts.push(context);
    variants.push({
      name: tools === 0 ? "plain" : `head in the graph, K = ${tools}`,
      measure: () => greedy(model, context, tokens),
    });
  }
  const onHost = await contextWithHead(model, 13, tokens, false);
  contexts.push(onHost);
  variants.push({ name: "head on the host, K = 13", measure: () => greedy(model, onHost, tokens) });
  const [rival, ...others] = variants;
  const measured = await interleave(rival!, others, repetitions);
  for (const context of contexts) await context.dispose();
  return {
    name: "decode",
    what: `tokens per second, greedy, ${tokens} tokens at a time, one sequence`,
    rival: "the same loop without a head",
    measured,
  };
};

async function contextWithHead(
  model: Model,
  tools: number,
  tokens: number,
  inGraph: boolean,
): Promise<Context> {
  const context = await model.createContext({
    contextSize: tokens + 64,
    hiddenStates: tools > 0 && !inGraph,
  });
  if (tools === 0) return context;
  const d = model.facts.embeddingLength;
  const head = model.createHead(tools);
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

async function greedy(model: Model, context: Context, tokens: number): Promise<number> {
  await context.rollBack(0, 0);
  const prompt = model.tokenizer.encode(PROMPT, { addSpecial: true });
  let { ids } = await context.prefill(0, prompt, { top: TOP_TOKENS });
  const start = performance.now();
  for (let n = 0; n < tokens; n++) {
    const position = prompt.length + n;
    const [output] = await context.decode(
      { tokens: ids.slice(0, 1), positions: Int32Array.of(position), sequences: Int32Array.of(0) },
      [{ index: 0, top: TOP_TOKENS }],
    );
    ids = output!.ids;
  }
  return tokens / ((performance.now() - start) / 1000);
}
