// A model with a tool head, tools and prompts, ready to answer questions, several at once.
import { setMaxListeners } from "node:events";
import { ToolkenError, invalidArgument } from "../errors.js";
import type { ToolHead } from "../head/tool-head.js";
import type { Model } from "../model/model.js";
import type { Context } from "../model/context.js";
import type { Message } from "../prompts/chat/messages.js";
import { normalizeMessages } from "../prompts/chat/normalize-messages.js";
import { completionFormat } from "../prompts/chat/plain-format.js";
import type { EncodedPrompt } from "../prompts/encoder.js";
import type { Prompts } from "../prompts/prompts.js";
import type { Reranker } from "../reranker/reranker.js";
import type { ToolSet } from "../tools/index.js";
import { Batcher } from "./batcher.js";
import { Chat } from "./chat/chat.js";
import { ChatRunner, turnParts } from "./chat/chat-runner.js";
import { completionParts, completionRequest } from "./chat/completion.js";
import { Probe } from "./chat/probe.js";
import { type ChatSettings, readChatSettings } from "./chat/settings.js";
import type { GenerateResult, StreamPart } from "./events.js";
import { type ChatOptions, generateOptions, type GenerateOptions, type ResolvedCall } from "./options.js";
import { attach, type PlacedHead, type PlacementOptions } from "./placement.js";
import type { Layout } from "./layout.js";
import { type CachedPrompts, PromptCache } from "./prompt-cache.js";
import { PromptSequences } from "./prompt-sequences.js";
import { PromptStates } from "./prompt-states.js";
import { RerankMode } from "./rerank-mode.js";
import type { RerankSetup } from "./rerank-setup.js";
import { Run, type RunSequences } from "./run.js";
import { Sequence } from "./sequence.js";
import { assertRows, readRunOptions } from "./settings.js";
import { resolveOptions } from "../utils/options.js";
import { Slots } from "./slots.js";
import type { StrategyRun } from "./strategy.js";
import { ToolMode } from "./tool-mode.js";
import type { ResolvedSettings } from "./resolved-settings.js";

/** One run's sequences, and what the last run left in them. */
interface Slot extends RunSequences {
  /** Set on the reasoning sequence. */
  bias: Float32Array | undefined;
  question: string | undefined;
}

/** What `createEngine` has checked and made. */
export interface Prepared {
  readonly tools: ToolSet;
  readonly prompts: Prompts;
  readonly general: EncodedPrompt;
  readonly toolPrompts: ReadonlyMap<string, EncodedPrompt>;
  readonly parallel: number;
  readonly layout: Layout;
  readonly kvUnified: boolean;
  readonly batchInvariant: boolean;
  /** Most sequences of a decode of next tokens; undefined: all of them. */
  readonly widest: number | undefined;
  readonly candidates: number;
  /** Jinja; undefined: the model's own. */
  readonly chatTemplate: string | undefined;
  /** Prompts are wrapped in the chat template. */
  readonly chat: boolean;
  readonly toolPromptBudget: number;
  readonly placement: PlacementOptions;
  readonly placed: PlacedHead;
  readonly head: ToolHead | undefined;
  readonly reranking: RerankSetup | undefined;
}

/** Answers prompts and conversations; create it with `createEngine`, free it with `dispose()` or `await using`. */
export class Engine {
  readonly model: Model;
  readonly tools: ToolSet;
  readonly prompts: Prompts;

  readonly #prepared: Prepared;
  readonly #context: Context;
  readonly #slots: Slots<Slot>;
  readonly #allSlots: readonly Slot[];
  readonly #cache: CachedPrompts;
  readonly #chat: ChatRunner;
  /** Prompts with tools that are listed in them; undefined: a head decides, or there are no tools. */
  readonly #completion: ChatRunner | undefined;
  readonly #toolMode: ToolMode;
  readonly #rerankMode: RerankMode | undefined;
  readonly #disposal = unlimited(new AbortController());
  readonly #running = new Set<AsyncGenerator<StreamPart, void, undefined>>();
  #head: ToolHead | undefined;
  /** Of a head that decides on requests; undefined for one that decides at every step of running text. */
  #probe: Probe | undefined;
  #placed: PlacedHead;
  #callable: boolean[];

  /** Use `createEngine`. */
  constructor(model: Model, prepared: Prepared, grammar: boolean) {
    const { tools, prompts, toolPrompts, parallel, layout, placed, head, reranking } = prepared;
    this.model = model;
    this.tools = tools;
    this.prompts = prompts;
    this.#prepared = prepared;
    this.#placed = placed;
    this.#context = placed.context;
    this.#head = head;
    this.#probe = probeOf(model, head);
    this.#callable = callableRows(head, tools);
    const batcher = new Batcher(placed.context, prepared.widest, () => this.#reclaim());
    const sequence = (id: number): Sequence => new Sequence(id, placed.context, batcher);
    this.#allSlots = Array.from({ length: parallel }, (_, slot) => ({
      reasoning: sequence(slot),
      tool: sequence(parallel + slot),
      rerank: reranking && sequence(2 * parallel + slot),
      bias: undefined,
      question: undefined,
    }));
    this.#slots = new Slots(this.#allSlots);
    let nextSequence = (reranking === undefined ? 2 : 3) * parallel;
    const keep = (count: number): CachedPrompts =>
      prepared.kvUnified
        ? new PromptCache(new PromptSequences(Array.from({ length: count }, () => sequence(nextSequence++))))
        : new PromptCache(new PromptStates(placed.context, count));
    this.#cache = keep(layout.keptPrompts);
    const { chatTemplate: template, toolPromptBudget } = prepared;
    this.#chat = new ChatRunner(model, tools, grammar, { template, toolPromptBudget });
    if (head === undefined && tools.size > 0) {
      const format = completionFormat(model);
      this.#completion = prepared.chat
        ? this.#chat
        : new ChatRunner(model, tools, grammar, { format, toolPromptBudget });
    }
    this.#toolMode = new ToolMode(model, this.#cache, toolPrompts, grammar);
    this.#rerankMode =
      reranking &&
      new RerankMode(placed.context, keep(layout.keptDocumentations), {
        tokenizer: model.tokenizer,
        tools,
        setup: reranking,
      });
  }

  get head(): ToolHead | undefined {
    return this.#head;
  }

  get reranker(): Reranker | undefined {
    return this.#prepared.reranking?.reranker;
  }

  /** Tools that the reranker chooses among; undefined without one. */
  get topK(): number | undefined {
    return this.#prepared.reranking?.topK;
  }

  /** Whether the head is part of llama.cpp's compute graph. */
  get headInGraph(): boolean {
    return this.#placed.inGraph;
  }

  /** Runs that share each decode. */
  get parallel(): number {
    return this.#prepared.parallel;
  }

  /** KV cells of all runs, in tokens. */
  get contextSize(): number {
    return this.#context.contextSize;
  }

  /** Share of the KV cells that hold tokens of runs, 0…1; cells that sequences share are counted for each. */
  get contextUsage(): number {
    const used = this.#allSlots
      .flatMap(({ reasoning, tool, rerank }) => [reasoning, tool, ...(rerank === undefined ? [] : [rerank])])
      .reduce((sum, { length }) => sum + length, 0);
    return Math.min(1, used / this.#context.contextSize);
  }

  /**
   * Answers a question. Throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL`, `CONTEXT_FULL`, `ABORTED`, `DECODE_FAILED`,
   * `DISPOSED`. Tools that fail do not throw: the run goes on without the call (event `backtrack`).
   */
  async generate(options: GenerateOptions): Promise<GenerateResult> {
    for await (const part of this.stream(options)) {
      if (part.type === "finish") return part.result;
    }
    throw new ToolkenError("INTERNAL", "The run ended without a finish part");
  }

  /** The same, event by event. Leaving the loop early ends the run. */
  async *stream(options: GenerateOptions): AsyncGenerator<StreamPart, void, undefined> {
    this.#assertInUse();
    const { prompt: question, messages, ...settings } = resolveOptions(generateOptions, options, "generate");
    if (messages !== undefined) {
      yield* this.#watched(this.#conversation(settings, normalizeMessages(messages)), settings.signal);
      return;
    }
    if (question === undefined) throw invalidArgument("a non-empty string, or messages", "prompt", question);
    if (this.#probe !== undefined) {
      throw invalidArgument("messages, which the head decides on", "prompt", question, {
        hint: 'Give the question as messages: [{ role: "user", content: question }].',
      });
    }
    if (this.#completion !== undefined && settings.strategy === undefined) {
      const { settings: own, messages: text } = completionRequest(settings, this.prompts.general, question);
      const parts = completionParts(this.#conversation(own, text, this.#completion));
      yield* this.#watched(parts, settings.signal);
      return;
    }
    // What does not fit is rejected before the run waits for its turn.
    this.#read(question, settings);
    yield* this.#watched(this.#events(question, settings), settings.signal);
  }

  /**
   * A conversation that remembers its messages; several may go on at once.
   *
   * @example
   * const chat = engine.chat({ system: "You are a home assistant." });
   * const { text } = await chat.send("Wake me at 7.");
   */
  chat(options: ChatOptions = {}): Chat {
    this.#assertInUse();
    return new Chat((given) => this.stream(given), options);
  }

  /** A run that ends with the engine. */
  async *#watched(
    run: AsyncGenerator<StreamPart, void, undefined>,
    signal: AbortSignal | undefined,
  ): AsyncGenerator<StreamPart, void, undefined> {
    this.#running.add(run);
    let answered = false;
    try {
      for await (const event of run) {
        answered = event.type === "finish";
        yield event;
      }
    } catch (error) {
      throw this.#disposal.signal.aborted && signal?.aborted !== true ? disposedError(error) : error;
    } finally {
      this.#running.delete(run);
    }
    // Ended from outside, while whoever listens had an event in hand.
    if (!answered) throw disposedError();
  }

  /** Answers a conversation in the slot that holds most of it. */
  async *#conversation(
    options: ResolvedCall,
    messages: readonly Message[],
    chat = this.#chat,
  ): AsyncGenerator<StreamPart, void, undefined> {
    const signal = this.#signalOf(options.signal);
    const { candidates } = this.#prepared;
    const { contextSize } = this.#context;
    const { given, probe } = this.#decidedBy(
      readChatSettings({ ...options, signal }, this.tools, { contextSize, candidates }),
    );
    const text = await chat.render(messages, given);
    const slot = await this.#slots.take(signal, ({ tool }) => chat.known(tool).covered(text));
    try {
      slot.question = undefined;
      if (this.#prepared.kvUnified) {
        const others = this.#allSlots.map(({ tool }) => tool);
        await chat.share(slot.tool, others, text);
      }
      const setBias = (bias: Float32Array): Promise<void> => this.#setBias(slot, bias);
      const sequences = { conversation: slot.tool, probe: slot.reasoning, setBias };
      yield* turnParts(await chat.turn(sequences, given, messages, probe));
    } finally {
      this.#slots.give(slot);
    }
  }

  /** A head with a row for each tool decides, and no tool is documented in the prompt. */
  #decidedBy(settings: ChatSettings): { readonly given: ChatSettings; readonly probe: Probe | undefined } {
    const probe = this.#probe?.covers(settings.documentedTools) === true ? this.#probe : undefined;
    return { given: probe === undefined ? settings : { ...settings, documentedTools: [] }, probe };
  }

  #signalOf(signal: AbortSignal | undefined): AbortSignal {
    return signal === undefined ? this.#disposal.signal : AbortSignal.any([signal, this.#disposal.signal]);
  }

  async *#events(question: string, options: ResolvedCall): AsyncGenerator<StreamPart, void, undefined> {
    const signal = this.#signalOf(options.signal);
    const slot = await this.#slots.take(signal);
    try {
      // With the head of now: it may have been changed while the run waited.
      const { given, strategy } = this.#read(question, options);
      await this.#clear(slot, question);
      await this.#setBias(slot, given.bias);
      const around = {
        tokenizer: this.model.tokenizer,
        head: this.#head,
        tools: this.tools,
        prompt: this.#prepared.general,
        cache: this.#cache,
        toolMode: this.#toolMode,
        rerankMode: this.#rerankMode,
        candidates: this.#prepared.candidates,
      };
      const settings = { ...given, signal };
      if (strategy === undefined) yield* new Run(around, slot, settings, question).events();
      else {
        const setBias = (bias: Float32Array): Promise<void> => this.#setBias(slot, bias);
        yield* strategy({ ...around, head: this.#head!, setBias }, slot.reasoning, settings);
      }
    } finally {
      this.#slots.give(slot);
    }
  }

  /** Prompts of another question serve no run; with batchInvariant none does that was computed in other batches. */
  async #clear(slot: Slot, question: string): Promise<void> {
    const { batchInvariant } = this.#prepared;
    if (batchInvariant) await slot.reasoning.rollBack(0);
    if (!batchInvariant && slot.question === question) return;
    slot.question = question;
    await slot.tool.rollBack(0);
    await slot.rerank?.rollBack(0);
  }

  /** Options in full, for the head as it is. */
  #read(
    question: string,
    options: ResolvedCall,
  ): { readonly given: ResolvedSettings; readonly strategy: StrategyRun | undefined } {
    const { candidates } = this.#prepared;
    const hasReranker = this.#rerankMode !== undefined;
    const given = readRunOptions(options, this.#head, this.#callable, candidates, hasReranker);
    return { given, strategy: options.strategy?.prepare(question, this.#head, this.tools) };
  }

  /**
   * Another head for the same tools: more, fewer or other rows. They are uploaded anew; nothing else is built
   * again while the rows fit into the room that was left. Waits until the runs that have begun are at their end, or
   * left (so it must not be waited for inside the loop over one of them); those that begin later have the new rows.
   */
  async setHead(head: ToolHead): Promise<void> {
    this.#assertInUse();
    const { tools } = this.#prepared;
    if (this.#placed.native === undefined) {
      throw new ToolkenError("INVALID_ARGUMENT", "The engine was created without a head");
    }
    if (head.dimension !== this.model.facts.embeddingLength) {
      throw invalidArgument(
        `a head of dimension ${this.model.facts.embeddingLength}`,
        "head",
        head.dimension,
      );
    }
    assertRows(head, tools);
    // All asked for at once: two heads that are set at the same time come one after the other.
    const { signal } = this.#disposal;
    const slots = await Promise.all(this.#allSlots.map(() => this.#slots.take(signal))).catch(
      (error: unknown) => {
        throw disposedError(error);
      },
    );
    try {
      await this.#replaceHead(head);
    } finally {
      for (const slot of slots) this.#slots.give(slot);
    }
  }

  async #replaceHead(head: ToolHead): Promise<void> {
    this.#assertInUse();
    if (head.size <= this.#placed.capacity) {
      await this.#context.updateHead(this.#placed.native!, head.weights, head.size);
    } else {
      const { placement } = this.#prepared;
      const old = this.#placed.native!;
      const fresh = await attach(this.model, this.#context, head, placement, this.#placed.inGraph);
      this.#placed = { ...this.#placed, ...fresh };
      old.dispose();
    }
    this.#head = head;
    this.#probe = probeOf(this.model, head);
    this.#callable = callableRows(head, this.tools);
    for (const slot of this.#allSlots) slot.bias = undefined;
  }

  /** Ends its runs (they throw `DISPOSED`) and frees its context; the model stays. Idempotent. */
  async dispose(): Promise<void> {
    if (this.#disposal.signal.aborted) return;
    this.#disposal.abort();
    // A run that works ends by the signal, one whose last event nobody has asked behind by its return.
    await Promise.allSettled([...this.#running].map((run) => run.return()));
    this.#toolMode.dispose();
    this.#chat.dispose();
    if (this.#completion !== this.#chat) this.#completion?.dispose();
    await this.#context.dispose();
    this.#placed.native?.dispose();
    this.#placed.nativeReranker?.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }

  /** Gives up what finished runs have left for the next that begins alike; false: there is nothing. */
  async #reclaim(): Promise<boolean> {
    const left = this.#slots.idle
      .flatMap(({ reasoning, tool, rerank }) => [reasoning, tool, ...(rerank === undefined ? [] : [rerank])])
      .filter(({ length }) => length > 0);
    // All at once: a slot that is taken meanwhile finds them empty.
    await Promise.all(left.map((sequence) => sequence.rollBack(0)));
    return left.length > 0;
  }

  async #setBias(slot: Slot, bias: Float32Array): Promise<void> {
    if (this.#head === undefined) return;
    if (
      slot.bias?.every((value, k) => Object.is(value, bias[k])) === true &&
      slot.bias.length === bias.length
    )
      return;
    await this.#context.setBias(slot.reasoning.id, bias);
    slot.bias = bias;
  }

  #assertInUse(): void {
    if (this.#disposal.signal.aborted) throw disposedError();
  }
}

/** Every run listens to the end of its toolken; Node takes more than ten listeners for a leak. */
function unlimited(controller: AbortController): AbortController {
  setMaxListeners(0, controller.signal);
  return controller;
}

function disposedError(cause?: unknown): ToolkenError {
  return new ToolkenError("DISPOSED", "The engine has been disposed", { cause });
}

function probeOf(model: Model, head: ToolHead | undefined): Probe | undefined {
  return head?.decision == null ? undefined : new Probe(model, head, head.decision);
}

function callableRows(head: ToolHead | undefined, tools: ToolSet): boolean[] {
  return (head?.tools ?? []).map((name) => tools.has(name));
}
