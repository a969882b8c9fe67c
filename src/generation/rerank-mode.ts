// The reranker's sequence: the candidates' documentation, the question and the text so far; the reranker's rows are a
// second head there, of which those of the candidates and of REJ are switched on.
import { ToolkenError } from "../errors.js";
import type { Context, Output } from "../model/context.js";
import type { Tokenizer } from "../model/tokenizer.js";
import { encodeRerankPrompt } from "../reranker/encode.js";
import { rerankPrompt } from "../reranker/prompt.js";
import { REJECT } from "../reranker/reranker.js";
import type { ToolSet } from "../tools/index.js";
import type { CachedPrompts } from "./prompt-cache.js";
import type { RerankSetup } from "./rerank-setup.js";
import type { Sequence } from "./sequence.js";
import type { UsageMeter } from "./usage-meter.js";

/** What a tentative call is looked at with. */
export interface RerankCall {
  /** Carries the reranker's rows. */
  readonly sequence: Sequence;
  readonly question: string;
  /** The answer so far, with results in place of calls. */
  readonly text: string;
  readonly usage: UsageMeter;
  readonly signal: AbortSignal | undefined;
}

export class RerankMode {
  readonly #context: Context;
  readonly #kept: CachedPrompts;
  readonly #tokenizer: Tokenizer;
  readonly #tools: ToolSet;
  readonly #setup: RerankSetup;
  /** The candidates whose rows are switched on, by sequence. */
  readonly #switchedOn = new Map<Sequence, string>();

  /** @param kept documentation that was computed, by the set of candidates */
  constructor(
    context: Context,
    kept: CachedPrompts,
    { tokenizer, tools, setup }: { tokenizer: Tokenizer; tools: ToolSet; setup: RerankSetup },
  ) {
    this.#context = context;
    this.#kept = kept;
    this.#tokenizer = tokenizer;
    this.#tools = tools;
    this.#setup = setup;
  }

  /** Candidates per call. */
  get topK(): number {
    return this.#setup.topK;
  }

  /**
   * `R_c·h` of every candidate, then of `REJ`, in the precision of the device.
   * Throws `CONTEXT_FULL` (the prompt has no room), `ABORTED`, `DECODE_FAILED`, `DISPOSED`.
   */
  async score(candidates: readonly string[], call: RerankCall): Promise<Float32Array> {
    const { sequence, question, text, usage, signal } = call;
    const prompt = rerankPrompt(this.#tools, { candidates, question, text }, this.#setup.documentation);
    const { prefix, tokens } = encodeRerankPrompt(this.#tokenizer, prompt);
    const set = JSON.stringify(candidates.toSorted());
    await this.#switchOn(sequence, candidates, set);
    try {
      const { decoded } = await this.#kept.begin(`rerank:${set}`, prefix, sequence, tokens, signal);
      const kept = Math.min(sequence.commonPrefix(tokens), tokens.length - 1);
      await sequence.rollBack(kept);
      const output = await sequence.append(tokens.subarray(kept), { top: 1 }, signal);
      usage.rerankTokens += decoded + tokens.length - kept;
      usage.decodedTokens += decoded + tokens.length - kept;
      usage.cachedRerankTokens += kept - Math.min(decoded, kept);
      return this.#scores(output, candidates);
    } catch (error) {
      throw error instanceof ToolkenError && error.code === "CONTEXT_FULL"
        ? this.#noRoom(candidates, tokens.length, error)
        : error;
    }
  }

  /** All other rows get a bias of -Infinity: the scores that come back are those of the candidates. */
  async #switchOn(sequence: Sequence, candidates: readonly string[], set: string): Promise<void> {
    if (this.#switchedOn.get(sequence) === set) return;
    const { reranker } = this.#setup;
    const bias = new Float32Array(reranker.tools.length + 1).fill(-Infinity);
    for (const outcome of [...candidates, REJECT]) bias[reranker.indexOf(outcome)] = 0;
    this.#switchedOn.delete(sequence);
    await this.#context.setBias(sequence.id, bias);
    this.#switchedOn.set(sequence, set);
  }

  #scores({ ids, logits }: Output, candidates: readonly string[]): Float32Array {
    const { vocabularySize } = this.#tokenizer;
    return Float32Array.from([...candidates, REJECT], (outcome) => {
      const at = ids.indexOf(vocabularySize + this.#setup.reranker.indexOf(outcome));
      if (at < 0) throw new ToolkenError("INTERNAL", `Expected a score of ${outcome} but there is none`);
      return logits[at]!;
    });
  }

  #noRoom(candidates: readonly string[], length: number, cause: ToolkenError): ToolkenError {
    return new ToolkenError(
      "CONTEXT_FULL",
      `Expected room for a rerank prompt of ${length} tokens (${candidates.join(", ")}) in a context of ${this.#context.contextSize}`,
      { cause, hint: "Raise contextSize, lower topK, or shorten the tools' descriptions." },
    );
  }
}
