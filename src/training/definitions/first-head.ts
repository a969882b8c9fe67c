import type { Model } from "../../model/model.js";
import type { Tool } from "../../tools/index.js";
import { multiplyRow } from "../score-steps.js";
import { solveDecision } from "./decision-solve.js";
import { labelledStates, textStates } from "./labelled-states.js";
import type { SolveSettings, UpdateSettings } from "./options.js";
import type { DecisionForm } from "../../prompts/decision-text.js";
import { bm25RoundTrip, type RoundTrip } from "./synthesis/round-trip.js";
import { toolText } from "./tool-text.js";
import { trainingTexts } from "./training-texts.js";
import { foldBack } from "./unit-rows.js";

/**
 * Ranks requests by a head over the definitions alone and by BM25; the better rank counts, as each fails where the
 * other does not.
 *
 * @throws what computing states throws.
 */
export async function firstHeadRoundTrip(
  model: Model,
  tools: readonly Tool[],
  form: DecisionForm,
  settings: SolveSettings,
  options: UpdateSettings,
): Promise<RoundTrip> {
  const texts = trainingTexts({ tools, synthetic: [], real: [], noTool: options.noTool });
  const labelled = await labelledStates(model, texts, { tools: tools.length, form, settings, options });
  const { l2, prior } = settings;
  const { threads } = options;
  const solution = await solveDecision(labelled, { l2, prior, threads, signal: options.signal });
  const { weights, bias } = foldBack(solution.weights, labelled.rows.space);
  const words = bm25RoundTrip(tools.map(toolText), { ofUnknownWords: Infinity });
  const numbers = new Map(tools.map(({ name }, k) => [name, k]));
  const d = model.facts.embeddingLength;
  return async (requests, tool, signal) => {
    const { states } = await textStates(model, requests, form, { states: options.states, threads, signal });
    const own = numbers.get(tool)!;
    const z = new Float64Array(tools.length + 1);
    const byWords = await words(requests, tool, signal);
    return requests.map((_, i) => {
      multiplyRow(weights, states, i * d, d, z);
      for (let k = 0; k < tools.length; k++) z[k]! += bias[k]!;
      let rank = 1;
      for (let k = 0; k < tools.length; k++) if (z[k]! > z[own]!) rank++;
      return Math.min(rank, byWords[i]!);
    });
  };
}
