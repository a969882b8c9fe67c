// A head that fires at exactly one step: a row along that step's hidden state, with a bias that nothing else reaches.
import { ToolHead, type Model } from "../../src/index.js";

/** Rows for `tools`; the first one fires where the model has read `text` and nothing more. */
export async function headFiringBehind(
  model: Model,
  text: string,
  tools: readonly string[],
): Promise<ToolHead> {
  await using context = await model.createContext({ contextSize: 2048, hiddenStates: true });
  const { tokenizer } = model;
  const bos = tokenizer.addsBos && tokenizer.bos !== null ? [tokenizer.bos] : [];
  const { hiddenState } = await context.prefill(0, [...bos, ...tokenizer.encode(text)], {
    hiddenState: true,
  });
  const h = hiddenState!;
  const square = h.reduce((sum, value) => sum + value * value, 0);
  // z = sharpness (h'·h / |h|² − 0.97): 90 at the step itself, far below any token's logit where cos < 0.96.
  const sharpness = 3000;
  const d = h.length;
  const weights = new Float32Array(tools.length * d);
  weights.set(h.map((value) => (value * sharpness) / square));
  const bias = tools.map((_, k) => (k === 0 ? -0.97 * sharpness : -1000));
  return ToolHead.create({ tools, weights, dimension: d, bias });
}
