// A run's tentative calls are looked at again: which tools are candidates, and what their scores decide (Toolken+,
// arXiv 2410.12004).
import type { Output } from "../model/context.js";
import { REJECT } from "../reranker/reranker.js";
import type { Rerank } from "./events.js";
import type { RerankCall, RerankMode } from "./rerank-mode.js";
import type { Choice } from "./sampler.js";

export interface RerankSettings {
  /** Calls whose tool reaches all that is given here are not looked at; undefined: every call is. */
  readonly below:
    { readonly margin?: number | undefined; readonly probability?: number | undefined } | undefined;
  /** w of `w·score + (1 − w)·log p`. */
  readonly weight: number;
}

/** A tool that is still possible at a step. */
interface Candidate extends Choice {
  readonly tool: string;
}

/** The tool of an outcome; undefined for a token. */
type ToolOf = (id: number) => string | undefined;

export class Reranking {
  readonly #mode: RerankMode;
  readonly #settings: RerankSettings;
  readonly #run: Omit<RerankCall, "text">;
  readonly #toolOf: ToolOf;

  constructor(mode: RerankMode, settings: RerankSettings, run: Omit<RerankCall, "text">, toolOf: ToolOf) {
    this.#mode = mode;
    this.#settings = settings;
    this.#run = run;
    this.#toolOf = toolOf;
  }

  /** Whether the head is not sure enough of its tool to call it as it is. */
  isNeeded(output: Output, tentative: Choice): boolean {
    const { below } = this.#settings;
    if (below === undefined) return true;
    const token = output.ids.findIndex((id) => this.#toolOf(id) === undefined);
    const margin = tentative.logit - (output.logits[token] ?? -Infinity);
    return margin < (below.margin ?? -Infinity) || tentative.probability < (below.probability ?? -Infinity);
  }

  /**
   * The tools to call at a step, best first: those that beat `REJ`, or all candidates where there must be a call.
   * Throws what {@link RerankMode.score} throws.
   * @param refused outcomes whose call has failed
   * @param text the answer so far
   */
  async decide(
    output: Output,
    tentative: Choice,
    {
      refused,
      text,
      mayReject,
    }: { readonly refused: ReadonlySet<number>; readonly text: string; readonly mayReject: boolean },
  ): Promise<{ readonly tools: readonly Choice[]; readonly rerank: Omit<Rerank, "at"> }> {
    const candidates = this.#candidates(output, tentative, refused);
    const scores = await this.#mode.score(
      candidates.map(({ tool }) => tool),
      { ...this.#run, text },
    );
    const reject = { probability: this.#tokenProbability(output), score: scores[candidates.length]! };
    const least = mayReject ? this.#worth(reject) : -Infinity;
    const scored = candidates.map((candidate, i) => ({ ...candidate, score: scores[i]! }));
    const tools = scored
      // Stable: of equals the more probable one, and a tool before rejecting.
      .toSorted((a, b) => this.#worth(b) - this.#worth(a))
      .filter((candidate) => this.#worth(candidate) >= least);
    const rerank = {
      tentative: this.#toolOf(tentative.id)!,
      candidates: scored.map(({ tool, logit, probability, score }) => ({ tool, logit, probability, score })),
      reject,
      decision: tools[0]?.tool ?? REJECT,
    };
    return { tools, rerank };
  }

  /** In descending order of probability, the tentative tool always among them. */
  #candidates(output: Output, tentative: Choice, refused: ReadonlySet<number>): Candidate[] {
    const tools: Candidate[] = [];
    // Sorted by logit, and so by probability.
    output.ids.forEach((id, i) => {
      const tool = refused.has(id) ? undefined : this.#toolOf(id);
      if (tool !== undefined)
        tools.push({ id, tool, logit: output.logits[i]!, probability: output.probs[i]! });
    });
    const most = this.#mode.topK;
    const rank = tools.findIndex(({ id }) => id === tentative.id);
    return rank < most ? tools.slice(0, most) : [...tools.slice(0, most - 1), tools[rank]!];
  }

  #worth({ score, probability }: { score: number; probability: number }): number {
    const { weight } = this.#settings;
    // What can't be told from impossible (0 in single precision) is as improbable as can be told.
    const logProbability = Math.log(Math.max(probability, Number.MIN_VALUE));
    return weight * score + (1 - weight) * logProbability;
  }

  /** That the step's outcome is a token: the sum over those that came back, which is all but a trace. */
  #tokenProbability({ ids, probs }: Output): number {
    const sum = probs.reduce((all, p, i) => (this.#toolOf(ids[i]!) === undefined ? all + p : all), 0);
    return Math.min(1, sum);
  }
}
