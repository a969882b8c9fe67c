// Rerankers made by hand, and the slow, obvious way to their scores.
import { Reranker, type Model } from "../../src/index.js";
import { rerankPrompt } from "../../src/reranker/prompt.js";
import { REJECT } from "../../src/reranker/reranker.js";
import type { ToolSet } from "../../src/tools/index.js";
import { encodeRerankPrompt } from "../../src/reranker/encode.js";

/** A tentative call, as a `rerank` event and its run tell it. */
export interface Tentative {
  readonly candidates: readonly string[];
  readonly question: string;
  readonly text: string;
}

/** h (d) after the rerank prompt, decoded as a whole in a context of its own. */
export async function hiddenStateOf(model: Model, tools: ToolSet, call: Tentative): Promise<Float32Array> {
  await using context = await model.createContext({ contextSize: 1024, hiddenStates: true });
  const { tokens } = encodeRerankPrompt(model.tokenizer, rerankPrompt(tools, call));
  return (await context.prefill(0, tokens, { hiddenState: true })).hiddenState!;
}

/** Rows of zeros but for the given ones. */
export function rerankerWith(
  tools: readonly string[],
  rows: Readonly<Record<string, Float32Array>>,
  topK = 3,
): Reranker {
  const d = Object.values(rows)[0]!.length;
  const weights = new Float32Array((tools.length + 1) * d);
  [...tools, REJECT].forEach((outcome, row) => {
    const given = rows[outcome];
    if (given !== undefined) weights.set(given, row * d);
  });
  return Reranker.of({ tools, weights, topK });
}

/** `factor · h / |h|²`: gives `factor` at h. */
export function along(h: Float32Array, factor: number): Float32Array {
  const square = h.reduce((sum, value) => sum + value * value, 0);
  return h.map((value) => (factor * value) / square);
}

/** Deterministic weights in -1…1. */
export function mixedRows(tools: readonly string[], d: number): Record<string, Float32Array> {
  let state = 4711;
  const next = (): number => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0;
    return (state >>> 8) / 2 ** 23 - 1;
  };
  return Object.fromEntries(
    [...tools, REJECT].map((outcome) => [outcome, Float32Array.from({ length: d }, next)]),
  );
}
