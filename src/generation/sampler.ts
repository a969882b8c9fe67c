// Chooses an outcome among a step's candidates: tokens and tools together, on the joint distribution.
import type { Output } from "../model/context.js";
import { seededRandom } from "../utils/random.js";

export interface SamplingOptions {
  readonly temperature: number;
  readonly topK: number;
  readonly topP: number;
  readonly minP: number;
  readonly repeatPenalty: number;
  readonly repeatLastTokens: number;
  readonly seed: number;
}

/** A candidate that was chosen: an id below V is a token, V + k is tool k. */
export interface Choice {
  readonly id: number;
  readonly logit: number;
  /** Probability under the model's joint softmax, before temperature and truncation. */
  readonly probability: number;
}

export class Sampler {
  readonly #options: SamplingOptions;
  readonly #random: () => number;

  constructor(options: SamplingOptions) {
    this.#options = options;
    this.#random = seededRandom(options.seed);
  }

  /** Whether the best allowed candidate is chosen. */
  get isGreedy(): boolean {
    return this.#options.temperature === 0 && this.#options.repeatPenalty === 1;
  }

  /**
   * The outcome of a step, or undefined when no candidate is allowed.
   * @param output candidates, sorted by logit
   * @param allowed which ids may be chosen
   * @param recent tokens of the text so far, for the repeat penalty
   */
  choose(output: Output, allowed: (id: number) => boolean, recent: readonly number[]): Choice | undefined {
    const { temperature } = this.#options;
    if (this.isGreedy) {
      // Candidates are sorted: the first allowed one is the best.
      for (let i = 0; i < output.ids.length; i++) {
        const id = output.ids[i]!;
        if (allowed(id)) return { id, logit: output.logits[i]!, probability: output.probs[i]! };
      }
      return undefined;
    }
    const choices = this.#penalised(output, allowed, recent);
    if (temperature === 0 || choices.length <= 1) return choices[0];
    return this.#draw(choices);
  }

  #penalised(output: Output, allowed: (id: number) => boolean, recent: readonly number[]): Choice[] {
    const { repeatPenalty, repeatLastTokens } = this.#options;
    const repeated =
      repeatPenalty === 1 || repeatLastTokens === 0 ? undefined : new Set(recent.slice(-repeatLastTokens));
    const choices: Choice[] = [];
    for (let i = 0; i < output.ids.length; i++) {
      const id = output.ids[i]!;
      if (!allowed(id)) continue;
      let logit = output.logits[i]!;
      if (repeated?.has(id) === true) logit = logit > 0 ? logit / repeatPenalty : logit * repeatPenalty;
      choices.push({ id, logit, probability: output.probs[i]! });
    }
    return choices.sort((a, b) => b.logit - a.logit || a.id - b.id);
  }

  #draw(choices: readonly Choice[]): Choice {
    const { temperature, topK, topP, minP } = this.#options;
    const best = choices[0]!.logit;
    let kept = choices
      .slice(0, topK)
      .map((choice) => ({ choice, weight: Math.exp((choice.logit - best) / temperature) }));
    // The best weighs 1: min-p compares with it directly.
    kept = kept.filter(({ weight }) => weight >= minP);
    const total = kept.reduce((sum, { weight }) => sum + weight, 0);
    let mass = 0;
    const nucleus = [];
    for (const entry of kept) {
      nucleus.push(entry);
      mass += entry.weight;
      if (mass >= topP * total) break;
    }
    let point = this.#random() * mass;
    for (const { choice, weight } of nucleus) {
      point -= weight;
      if (point < 0) return choice;
    }
    return nucleus[nucleus.length - 1]!.choice;
  }
}
