// Heads of any size without training: what they cost does not depend on what their rows mean.
import { ToolHead, type Model } from "../src/index.js";
import type { Context } from "../src/model/context.js";
import type { HeadType } from "../src/model/model.js";

/** Best tokens and tools that a step returns, as by default. */
export const TOP_TOKENS = 64;
export const TOP_TOOLS = 8;

/** (K, d): small numbers of no meaning, the same on every run. */
export function randomRows(rows: number, dimension: number): Float32Array {
  let state = 1;
  return Float32Array.from({ length: rows * dimension }, () => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state / 2 ** 32 - 0.5) * 0.02;
  });
}

/** Puts K random rows on sequences. The text stays the plain model's: no tool ever wins. */
export async function attachRandomHead(
  model: Model,
  context: Context,
  options: {
    readonly tools: number;
    readonly type: HeadType;
    readonly sequences: readonly number[];
    readonly inGraph: boolean;
  },
): Promise<void> {
  const { tools, type, sequences, inGraph } = options;
  const head = model.createHead(tools, type);
  await context.updateHead(head, randomRows(tools, model.facts.embeddingLength), tools);
  await context.attachHead(head, sequences, { topTokens: TOP_TOKENS, topTools: TOP_TOOLS, inGraph });
  for (const sequence of sequences) await context.setBias(sequence, new Float32Array(tools).fill(-50));
}

/**
 * A head of which one row fires after `text` and nowhere else; the other rows are random and never win.
 * @param fires index into `tools`
 */
export async function headFiringBehind(
  model: Model,
  text: string,
  tools: readonly string[],
  fires: number,
): Promise<ToolHead> {
  await using context = await model.createContext({ contextSize: 1024, hiddenStates: true });
  const { tokenizer } = model;
  const bos = tokenizer.addsBos && tokenizer.bos !== null ? [tokenizer.bos] : [];
  const { hiddenState } = await context.prefill(0, [...bos, ...tokenizer.encode(text)], {
    hiddenState: true,
  });
  const h = hiddenState!;
  const square = h.reduce((sum, value) => sum + value * value, 0);
  // z = sharpness (h'·h / |h|² − 0.97): far above any token's logit at the step itself, far below it elsewhere.
  const sharpness = 3000;
  const weights = randomRows(tools.length, h.length);
  weights.set(
    h.map((value) => (value * sharpness) / square),
    fires * h.length,
  );
  const bias = tools.map((_, k) => (k === fires ? -0.97 * sharpness : -50));
  return ToolHead.create({ tools, weights, dimension: h.length, bias });
}
