// One question from prompt to answer: reasoning mode, tool mode, results put back, backtracking (ToolkenGPT,
// arXiv 2305.11554, section 3.3).
import { ToolkenError, throwIfAborted } from "../errors.js";
import type { ToolHead } from "../head/tool-head.js";
import type { Output } from "../model/context.js";
import type { TokenDecoder, Tokenizer } from "../model/tokenizer.js";
import type { EncodedPrompt } from "../prompts/encoder.js";
import { executeTool, type ToolSet } from "../tools/index.js";
import { callId, finishPart } from "./events.js";
import type { GenerateResult, ToolCallError, FinishReason, Candidate, Rerank, StreamPart } from "./events.js";
import { endsInNumber } from "./number-end.js";
import type { CachedPrompts } from "./prompt-cache.js";
import { Reranking } from "./rerank.js";
import type { RerankMode } from "./rerank-mode.js";
import { Sampler, type Choice } from "./sampler.js";
import type { Sequence } from "./sequence.js";
import { Stops } from "./stops.js";
import type { ToolMode } from "./tool-mode.js";
import { Transcript } from "./transcript.js";
import { UsageMeter } from "./usage-meter.js";
import type { ResolvedSettings } from "./resolved-settings.js";

/** What all runs of a toolken share. */
export interface RunContext {
  readonly tokenizer: Tokenizer;
  readonly head: ToolHead | undefined;
  readonly tools: ToolSet;
  readonly prompt: EncodedPrompt;
  readonly cache: CachedPrompts;
  readonly toolMode: ToolMode;
  readonly rerankMode: RerankMode | undefined;
  /** Best tokens that a step gives. */
  readonly candidates: number;
}

/** The sequences that one run works on. */
export interface RunSequences {
  readonly reasoning: Sequence;
  readonly tool: Sequence;
  /** Carries the reranker's rows; undefined without one. */
  readonly rerank: Sequence | undefined;
}

/** The step at which a tool came closest, for runs that must call one. */
interface ClosestStep {
  readonly margin: number;
  readonly length: number;
  readonly textLength: number;
  readonly textTokens: number;
  readonly output: Output;
}

/** A tool whose service is down must not be asked at every step. */
const MOST_FAILED_CALLS = 16;

/** A call was carried out and left the text as it was. */
const NOTHING_WRITTEN = Symbol("nothing written");

export class Run {
  readonly #around: RunContext;
  readonly #sequences: RunSequences;
  readonly #settings: ResolvedSettings;
  readonly #question: string;
  readonly #sampler: Sampler;
  readonly #stops: Stops;
  readonly #reranking: Reranking | undefined;
  readonly #reranks: Rerank[] = [];
  readonly #usage = new UsageMeter();
  readonly #transcript = new Transcript();
  readonly #failedCalls: ToolCallError[] = [];
  #decoder: TokenDecoder;
  /** Tokens of the text, results included. */
  #textTokens = 0;
  /** Characters of the text that `token` events have given out. */
  #released = 0;
  /** Length of the text where a number was put in, -1 without one: what follows must not lengthen it. */
  #numberEnd = -1;
  #closest: ClosestStep | undefined;

  constructor(around: RunContext, sequences: RunSequences, settings: ResolvedSettings, question: string) {
    this.#around = around;
    this.#sequences = sequences;
    this.#settings = settings;
    this.#question = question;
    this.#sampler = new Sampler(settings.sampling);
    this.#stops = new Stops(settings.stop);
    this.#reranking = this.#prepareReranking();
    this.#decoder = around.tokenizer.decoder();
  }

  async *events(): AsyncGenerator<StreamPart, void, undefined> {
    let output = await this.#begin();
    for (;;) {
      throwIfAborted(this.#settings.signal);
      if (this.#settings.candidates > 0) {
        yield { type: "candidates", candidates: this.#outcomes(output) };
      }
      const next = yield* this.#step(output);
      if (typeof next !== "string") {
        output = next;
        continue;
      }
      const closest = this.#mustStillCall() ? this.#closest : undefined;
      if (closest === undefined) {
        yield* this.#release();
        yield finishPart(this.#answer(next));
        return;
      }
      // The closest step's tool is taken there, as if the head had fired.
      this.#closest = undefined;
      await this.#returnTo(closest);
      const taken = yield* this.#callFirstTool(closest.output);
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
    // Once the reranker has looked at the step: the tools that it would call, best first; behind them the tokens.
    let reranked: Choice[] | undefined;
    this.#rememberClosest(output);
    for (;;) {
      const choice = reranked?.shift() ?? (await this.#choose(output, refused, reranked !== undefined));
      if (choice === undefined) return "other";
      if (this.#isTool(choice.id)) {
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
    const { text } = this.#transcript;
    const { tools, ...looked } = await this.#reranking!.decide(output, tentative, {
      refused,
      mayReject,
      text: this.#settings.prefill + text,
    });
    const rerank = { ...looked.rerank, at: text.length };
    this.#reranks.push(rerank);
    yield { type: "rerank", ...rerank };
    return [...tools];
  }

  async *#takeToken(choice: Choice): AsyncGenerator<StreamPart, Output | FinishReason, undefined> {
    if (this.#around.tokenizer.isEndOfGeneration(choice.id)) return "stop";
    this.#transcript.add(this.#decoder.write(choice.id));
    this.#usage.textTokens++;
    this.#textTokens++;
    const reason = this.#ended();
    yield* this.#release(choice, reason === undefined);
    return reason ?? (await this.#append([choice.id]));
  }

  /** Tool mode; undefined when the call failed and the step must go another way. */
  async *#call(
    choice: Choice,
    output: Output,
  ): AsyncGenerator<StreamPart, Output | FinishReason | typeof NOTHING_WRITTEN | undefined, undefined> {
    if (this.#transcript.calls.length >= this.#settings.maxCalls) return "tool-calls";
    const { head, tools, toolMode, tokenizer } = this.#around;
    const { signal } = this.#settings;
    const tool = tools.get(head!.tools[choice.id - tokenizer.vocabularySize]!);
    const lead = this.#leadOf(output);
    const toolCallId = this.#nextCallId();
    let argumentsText = "";
    try {
      argumentsText = await toolMode.writeArguments(tool, {
        sequence: this.#sequences.tool,
        question: this.#question,
        transcript: this.#settings.prefill + this.#transcript.withCalls + lead,
        maxTokens: this.#settings.maxArgumentTokens,
        usage: this.#usage,
        signal,
      });
      yield* this.#release();
      yield {
        type: "tool-call",
        toolCallId,
        toolName: tool.name,
        inputText: argumentsText,
        probability: choice.probability,
      };
      const { args, value, text } = await executeTool(tool, argumentsText, { signal });
      // Nothing stands behind nothing.
      const before = text === "" ? "" : lead;
      const call = this.#transcript.addCall(before, {
        toolCallId,
        toolName: tool.name,
        inputText: argumentsText,
        input: args,
        output: value,
        outputText: text,
        probability: choice.probability,
      });
      this.#released = this.#transcript.text.length;
      yield { type: "tool-result", ...call };
      this.#decoder = tokenizer.decoder();
      const tokens = tokenizer.encode(before + text);
      this.#usage.resultTokens += tokens.length;
      this.#textTokens += tokens.length;
      this.#numberEnd = /\d$/u.test(text) ? this.#transcript.text.length : -1;
      const reason = this.#ended();
      if (reason !== undefined) return reason;
      return tokens.length > 0 ? await this.#append(tokens) : NOTHING_WRITTEN;
    } catch (error) {
      if (!(error instanceof ToolkenError) || !isToolFailure(error)) throw error;
      const { code, message } = error;
      this.#failedCalls.push({ toolCallId, toolName: tool.name, inputText: argumentsText, code, message });
      yield { type: "tool-error", toolCallId, toolName: tool.name, inputText: argumentsText, error };
      return undefined;
    }
  }

  async *#callFirstTool(
    output: Output,
  ): AsyncGenerator<StreamPart, Output | FinishReason | undefined, undefined> {
    let tools: Choice[] = [];
    output.ids.forEach((id, i) => {
      if (this.#isTool(id)) tools.push({ id, logit: output.logits[i]!, probability: output.probs[i]! });
    });
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
    // Behind the last token nothing follows that could be computed ahead.
    const goesOn = this.#textTokens + 1 < this.#settings.maxTokens;
    const request = { top: this.#around.candidates, ahead: goesOn && this.#sampler.isGreedy };
    return this.#sequences.reasoning.append(tokens, request, this.#settings.signal);
  }

  async #choose(
    output: Output,
    refused: ReadonlySet<number>,
    tokensOnly: boolean,
  ): Promise<Choice | undefined> {
    const { tokenizer } = this.#around;
    const { text } = this.#transcript;
    // `16951` and `16951.` are the result still; a digit would make another number of it. And where the model is in
    // the middle of a number of its own, no result may be added to it.
    const atResult = this.#numberEnd >= 0 && /^[.,]?$/u.test(text.slice(this.#numberEnd));
    const noTools = tokensOnly || this.#isInNumber || this.#failedCalls.length >= MOST_FAILED_CALLS;
    const allowed = (id: number): boolean =>
      !refused.has(id) && !(this.#isTool(id) ? noTools : atResult && tokenizer.startsWithDigit(id));
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

  /** White space that the best token begins with stands before the result: ` 52` is one token of some models. */
  #leadOf(output: Output): string {
    const { tokenizer } = this.#around;
    const token = output.ids.find((id) => !this.#isTool(id));
    if (token === undefined || tokenizer.isControl(token)) return "";
    const piece = new TextDecoder().decode(tokenizer.piece(token));
    const lead = /^[ \t]+(?=[\p{L}\p{N}$-])/u.exec(piece)?.[0] ?? "";
    return /\s$/u.test(this.#settings.prefill + this.#transcript.text) ? "" : lead;
  }

  #ended(): FinishReason | undefined {
    // What a tool returns ends nothing by itself, and a call that was made stays.
    const { text, calls } = this.#transcript;
    const end = this.#stops.find(text, calls);
    if (end !== undefined) {
      this.#transcript.cut(Math.max(end, calls.at(-1)?.end ?? 0));
      return "stop";
    }
    return this.#textTokens >= this.#settings.maxTokens ? "length" : undefined;
  }

  /** Gives out the text that can't be cut off any more. */
  *#release(choice?: Choice, mayGrow = false): Generator<StreamPart, void, undefined> {
    const { text } = this.#transcript;
    const settled = mayGrow ? this.#stops.settled(text) : text.length;
    if (settled <= this.#released && choice === undefined) return;
    const piece = text.slice(this.#released, Math.max(settled, this.#released));
    this.#released = Math.max(settled, this.#released);
    yield { type: "text-delta", token: choice?.id ?? -1, text: piece, probability: choice?.probability ?? 1 };
  }

  /** The same for the same run: the calls are numbered. */
  #nextCallId(): string {
    return callId(this.#transcript.calls.length + this.#failedCalls.length);
  }

  get #isInNumber(): boolean {
    return endsInNumber(this.#settings.prefill + this.#transcript.text);
  }

  #mustStillCall(): boolean {
    return this.#settings.required && this.#transcript.calls.length === 0;
  }

  #rememberClosest(output: Output): void {
    if (!this.#mustStillCall() || this.#isInNumber) return;
    const tool = output.ids.findIndex((id) => this.#isTool(id));
    const token = output.ids.findIndex((id) => !this.#isTool(id));
    if (tool < 0) return;
    const margin = output.logits[tool]! - (output.logits[token] ?? -Infinity);
    if (margin <= (this.#closest?.margin ?? -Infinity)) return;
    const { length } = this.#sequences.reasoning;
    const { length: textLength } = this.#transcript.text;
    this.#closest = { margin, length, textLength, textTokens: this.#textTokens, output };
  }

  async #returnTo({ length, textLength, textTokens }: ClosestStep): Promise<void> {
    await this.#sequences.reasoning.rollBack(length);
    this.#transcript.cut(textLength);
    this.#textTokens = textTokens;
    this.#released = Math.min(this.#released, textLength);
    this.#decoder = this.#around.tokenizer.decoder();
  }

  #outcomes(output: Output): Candidate[] {
    const { tokenizer, head } = this.#around;
    const outcomes: Candidate[] = [];
    for (let i = 0; i < Math.min(this.#settings.candidates, output.ids.length); i++) {
      const id = output.ids[i]!;
      const numbers = { logit: output.logits[i]!, probability: output.probs[i]! };
      if (this.#isTool(id)) {
        const tool = head!.tools[id - tokenizer.vocabularySize]!;
        outcomes.push({ tool, text: tool, ...numbers });
      } else {
        outcomes.push({ token: id, text: new TextDecoder().decode(tokenizer.piece(id)), ...numbers });
      }
    }
    return outcomes;
  }

  #prepareReranking(): Reranking | undefined {
    const { rerankMode: mode } = this.#around;
    const { rerank: settings, signal } = this.#settings;
    const sequence = this.#sequences.rerank;
    if (mode === undefined || settings === undefined || sequence === undefined) return undefined;
    const run = { sequence, question: this.#question, usage: this.#usage, signal };
    return new Reranking(mode, settings, run, (id) => this.#toolOf(id));
  }

  /** Undefined for a token. */
  #toolOf(id: number): string | undefined {
    return this.#around.head?.tools[id - this.#around.tokenizer.vocabularySize];
  }

  #isTool(id: number): boolean {
    return id >= this.#around.tokenizer.vocabularySize;
  }

  #answer(finishReason: FinishReason): GenerateResult {
    return {
      text: this.#transcript.text,
      transcript: this.#transcript.withCalls,
      toolCalls: [...this.#transcript.calls],
      toolErrors: [...this.#failedCalls],
      reranks: [...this.#reranks],
      finishReason,
      usage: this.#usage.read(),
    };
  }
}

/** Failures of a call, not of the machine: the run goes on without the call. */
function isToolFailure({ code }: ToolkenError): boolean {
  return code.startsWith("TOOL_");
}
