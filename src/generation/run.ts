// One question from prompt to answer: reasoning mode, tool mode, results put back, backtracking (ToolkenGPT,
// arXiv 2305.11554, section 3.3).
import { throwIfAborted } from "../errors.js";
import type { Output } from "../model/context.js";
import { ClosestStep } from "./closest-step.js";
import { finishPart } from "./events.js";
import type { GenerateResult, FinishReason, Rerank, StreamPart } from "./events.js";
import { Reranking } from "./rerank.js";
import type { ResolvedSettings } from "./resolved-settings.js";
import { RunCalls } from "./run-calls.js";
import type { RunContext, RunSequences } from "./run-context.js";
import { RunText } from "./run-text.js";
import { Sampler, type Choice } from "./sampler.js";
import { StepOutcomes } from "./step-outcomes.js";
import { UsageMeter } from "./usage-meter.js";

/** A tool whose service is down must not be asked at every step. */
const MAX_FAILED_CALLS = 16;

/** A call was carried out and left the text as it was. */
const NOTHING_WRITTEN = Symbol("nothing written");

export class Run {
  readonly #around: RunContext;
  readonly #sequences: RunSequences;
  readonly #settings: ResolvedSettings;
  readonly #question: string;
  readonly #sampler: Sampler;
  readonly #text: RunText;
  readonly #outcomes: StepOutcomes;
  readonly #reranking: Reranking | undefined;
  readonly #reranks: Rerank[] = [];
  readonly #usage = new UsageMeter();
  readonly #calls: RunCalls;
  readonly #closest: ClosestStep;

  constructor(around: RunContext, sequences: RunSequences, settings: ResolvedSettings, question: string) {
    this.#around = around;
    this.#sequences = sequences;
    this.#settings = settings;
    this.#question = question;
    this.#sampler = new Sampler(settings.sampling);
    this.#text = new RunText(around.tokenizer, settings);
    this.#outcomes = new StepOutcomes(around.tokenizer, around.head);
    this.#calls = new RunCalls(around, {
      sequences: sequences.tools,
      ...{ settings, question, text: this.#text, outcomes: this.#outcomes, usage: this.#usage },
    });
    this.#closest = new ClosestStep(this.#outcomes, sequences.reasoning, this.#text);
    this.#reranking = this.#prepareReranking();
  }

  async *events(): AsyncGenerator<StreamPart, void, undefined> {
    let output = await this.#begin();
    for (;;) {
      throwIfAborted(this.#settings.signal);
      if (this.#settings.candidates > 0) {
        yield {
          type: "candidates",
          candidates: this.#outcomes.candidates(output, this.#settings.candidates),
        };
      }
      const next = yield* this.#step(output);
      if (typeof next !== "string") {
        output = next;
        continue;
      }
      const closest = this.#mustStillCall() ? await this.#closest.takeBack() : undefined;
      if (closest === undefined) {
        yield* this.#text.release();
        yield finishPart(this.#answer(next));
        return;
      }
      // The closest step's tool is taken there, as if the head had fired.
      const taken = yield* this.#callFirstTool(closest);
      if (taken === undefined || typeof taken === "string") {
        yield finishPart(this.#answer(taken ?? "other"));
        return;
      }
      output = taken;
    }
  }

  async #begin(): Promise<Output> {
    const { prompt, cache } = this.#around;
    const { reasoning } = this.#sequences;
    const { signal } = this.#settings;
    const tokens = prompt.encode(this.#question, this.#settings.prefill);
    const { decoded } = await cache.begin("general", prompt.prefix, reasoning, tokens, signal);
    const kept = Math.min(reasoning.commonPrefix(tokens), tokens.length - 1);
    await reasoning.rollBack(kept);
    const output = await this.#append(tokens.subarray(kept));
    this.#usage.promptTokens += decoded + tokens.length - kept;
    this.#usage.decodedTokens += decoded;
    this.#usage.cachedTokens += kept - Math.min(decoded, kept);
    return output;
  }

  /** Takes the step's outcome; returns the next step's output, or why the run ends. */
  async *#step(output: Output): AsyncGenerator<StreamPart, Output | FinishReason, undefined> {
    const refused = new Set<number>();
    // Once the reranker has looked at the step: the tools that it would call, best first; after them the tokens.
    let reranked: Choice[] | undefined;
    if (this.#mustStillCall()) this.#closest.remember(output);
    for (;;) {
      const choice = reranked?.shift() ?? (await this.#choose(output, refused, reranked !== undefined));
      if (choice === undefined) return "other";
      if (this.#outcomes.isTool(choice.id)) {
        if (reranked === undefined && this.#reranking?.isNeeded(output, choice) === true) {
          reranked = yield* this.#rerank(output, choice, { refused, mayReject: true });
          continue;
        }
        const called = yield* this.#call(choice, output);
        if (called !== undefined && called !== NOTHING_WRITTEN) return called;
        // Backtracking: the step's next best outcome, never the same tool again; a token where the call was made.
        refused.add(choice.id);
        if (called === NOTHING_WRITTEN) reranked = [];
        continue;
      }
      return yield* this.#takeToken(choice);
    }
  }

  /** The tools to call instead of the tentative one, best first; none: it is rejected. */
  async *#rerank(
    output: Output,
    tentative: Choice,
    { refused, mayReject }: { refused: ReadonlySet<number>; mayReject: boolean },
  ): AsyncGenerator<StreamPart, Choice[], undefined> {
    const { tools, ...looked } = await this.#reranking!.decide(output, tentative, {
      refused,
      mayReject,
      text: this.#text.read,
    });
    const rerank = { ...looked.rerank, at: this.#text.text.length };
    this.#reranks.push(rerank);
    yield { type: "rerank", ...rerank };
    return [...tools];
  }

  async *#takeToken(choice: Choice): AsyncGenerator<StreamPart, Output | FinishReason, undefined> {
    if (this.#around.tokenizer.isEndOfGeneration(choice.id)) return "stop";
    this.#text.addToken(choice.id);
    this.#usage.textTokens++;
    const reason = this.#text.end();
    yield* this.#text.release(choice, reason === undefined);
    return reason ?? (await this.#append([choice.id]));
  }

  /** Tool mode; undefined when the call failed and the step must go another way. */
  async *#call(
    choice: Choice,
    output: Output,
  ): AsyncGenerator<StreamPart, Output | FinishReason | typeof NOTHING_WRITTEN | undefined, undefined> {
    const result = yield* this.#calls.make(choice, output);
    if (result === undefined || typeof result === "string") return result;
    return result.length > 0 ? await this.#append(result) : NOTHING_WRITTEN;
  }

  async *#callFirstTool(
    output: Output,
  ): AsyncGenerator<StreamPart, Output | FinishReason | undefined, undefined> {
    let tools = this.#outcomes.tools(output);
    const [first] = tools;
    if (first !== undefined && tools.length > 1 && this.#reranking?.isNeeded(output, first) === true) {
      // There must be a call: REJ has no say here.
      const best = yield* this.#rerank(output, first, { refused: new Set(), mayReject: false });
      const others = tools.filter(({ id }) => !best.some((candidate) => candidate.id === id));
      tools = [...best, ...others];
    }
    for (const choice of tools) {
      const called = yield* this.#call(choice, output);
      if (called === NOTHING_WRITTEN) {
        const token = await this.#choose(output, new Set(), true);
        return token === undefined ? "other" : yield* this.#takeToken(token);
      }
      if (called !== undefined) return called;
    }
    return undefined;
  }

  async #append(tokens: ArrayLike<number>): Promise<Output> {
    this.#usage.decodedTokens += tokens.length;
    // After the last token nothing follows that could be computed ahead.
    const request = { top: this.#around.candidates, ahead: this.#text.goesOn && this.#sampler.isGreedy };
    return this.#sequences.reasoning.append(tokens, request, this.#settings.signal);
  }

  async #choose(
    output: Output,
    refused: ReadonlySet<number>,
    tokensOnly: boolean,
  ): Promise<Choice | undefined> {
    const { tokenizer } = this.#around;
    const { isAtResult } = this.#text;
    // Where the model is in the middle of a number of its own, no result may be added to it.
    const noTools = tokensOnly || this.#text.isInNumber || this.#calls.failures >= MAX_FAILED_CALLS;
    const allowed = (id: number): boolean =>
      !refused.has(id) &&
      !(this.#outcomes.isTool(id) ? noTools : isAtResult && tokenizer.startsWithDigit(id));
    const recent = this.#sequences.reasoning.tokens;
    const choice = this.#sampler.choose(output, allowed, recent);
    return choice ?? this.#bestOfVocabulary(allowed);
  }

  /** When no candidate may be taken: the step once more, without the head, over the whole vocabulary. */
  async #bestOfVocabulary(allowed: (id: number) => boolean): Promise<Choice | undefined> {
    const { reasoning, tool } = this.#sequences;
    const last = reasoning.tokens[reasoning.length - 1]!;
    await tool.share(reasoning, reasoning.length - 1);
    const { allLogits } = await tool.append([last], { logits: true }, this.#settings.signal);
    this.#usage.decodedTokens++;
    let best: Choice | undefined;
    allLogits?.forEach((logit, id) => {
      if (logit > (best?.logit ?? -Infinity) && allowed(id)) best = { id, logit, probability: 0 };
    });
    return best;
  }

  #mustStillCall(): boolean {
    return this.#settings.required && this.#text.calls.length === 0;
  }

  #prepareReranking(): Reranking | undefined {
    const { rerankMode: mode } = this.#around;
    const { rerank: settings, signal } = this.#settings;
    const sequence = this.#sequences.rerank;
    if (mode === undefined || settings === undefined || sequence === undefined) return undefined;
    const run = { sequence, question: this.#question, usage: this.#usage, signal };
    return new Reranking(mode, settings, run, (id) => this.#outcomes.toolName(id));
  }

  #answer(finishReason: FinishReason): GenerateResult {
    return {
      text: this.#text.text,
      transcript: this.#text.withCalls,
      toolCalls: [...this.#text.calls],
      toolErrors: [...this.#calls.failed],
      reranks: [...this.#reranks],
      finishReason,
      usage: this.#usage.read(),
    };
  }
}
