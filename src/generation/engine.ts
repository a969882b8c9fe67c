// A model with a tool head, tools and prompts, ready to answer questions, several at once.
import { ToolkenError, invalidArgument } from "../errors.js";
import type { ToolHead } from "../head/tool-head.js";
import type { Context } from "../model/context.js";
import type { Model } from "../model/model.js";
import type { Message } from "../prompts/chat/messages.js";
import { normalizeMessages } from "../prompts/chat/normalize-messages.js";
import { completionFormat } from "../prompts/chat/plain-format.js";
import type { Prompts } from "../prompts/prompts.js";
import type { Reranker } from "../reranker/reranker.js";
import type { ToolSet } from "../tools/index.js";
import { resolveOptions } from "../utils/options.js";
import { Chat } from "./chat/chat.js";
import { ChatRunner, turnParts } from "./chat/chat-runner.js";
import { completionParts, completionRequest } from "./chat/completion.js";
import type { Probe } from "./chat/probe.js";
import { type ChatSettings, readChatSettings } from "./chat/settings.js";
import { EngineSequences, type Slot } from "./engine-sequences.js";
import type { GenerateResult, StreamPart } from "./events.js";
import { LiveHead } from "./live-head.js";
import { type ChatOptions, generateOptions, type GenerateOptions, type ResolvedCall } from "./options.js";
import type { Prepared } from "./prepared.js";
import type { CachedPrompts } from "./prompt-cache.js";
import { releasedParts } from "./released-parts.js";
import { RerankMode } from "./rerank-mode.js";
import type { ResolvedSettings } from "./resolved-settings.js";
import { Run } from "./run.js";
import { disposedError, Runs } from "./runs.js";
import { readRunOptions } from "./settings.js";
import type { StrategyRun } from "./strategy.js";
import { ToolMode } from "./tool-mode.js";

/** Answers prompts and conversations; create it with `createEngine`, free it with `dispose()` or `await using`. */
export class Engine {
  readonly model: Model;
  readonly tools: ToolSet;
  readonly prompts: Prompts;

  readonly #prepared: Prepared;
  readonly #context: Context;
  readonly #sequences: EngineSequences;
  readonly #cache: CachedPrompts;
  readonly #chat: ChatRunner;
  /** Prompts with tools that are listed in them; undefined: a head decides, or there are no tools. */
  readonly #completion: ChatRunner | undefined;
  readonly #toolMode: ToolMode;
  readonly #rerankMode: RerankMode | undefined;
  readonly #runs = new Runs();
  readonly #live: LiveHead;

  /** Use `createEngine`. */
  constructor(model: Model, prepared: Prepared, grammar: boolean) {
    const { tools, prompts, toolPrompts, layout, placed, head, reranking } = prepared;
    this.model = model;
    this.tools = tools;
    this.prompts = prompts;
    this.#prepared = prepared;
    this.#context = placed.context;
    this.#live = new LiveHead(model, tools, prepared);
    this.#sequences = new EngineSequences(prepared);
    this.#cache = this.#sequences.cache(layout.keptPrompts);
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
      new RerankMode(placed.context, this.#sequences.cache(layout.keptDocumentations), {
        tokenizer: model.tokenizer,
        tools,
        setup: reranking,
      });
  }

  get head(): ToolHead | undefined {
    return this.#live.head;
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
    return this.#live.inGraph;
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
    return this.#sequences.usage;
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

  /**
   * The same, part by part. A run ends when the loop over it is left, by its signal, and when the stream is dropped.
   */
  stream(options: GenerateOptions): AsyncGenerator<StreamPart, void, undefined> {
    const signal = (options as Partial<GenerateOptions> | undefined)?.signal;
    return releasedParts(this.#parts(options), signal instanceof AbortSignal ? signal : undefined);
  }

  async *#parts(options: GenerateOptions): AsyncGenerator<StreamPart, void, undefined> {
    this.#runs.assertInUse();
    const { prompt: question, messages, ...settings } = resolveOptions(generateOptions, options, "generate");
    if (messages !== undefined) {
      yield* this.#runs.watch(this.#conversation(settings, normalizeMessages(messages)), settings.signal);
      return;
    }
    if (question === undefined) throw invalidArgument("a non-empty string, or messages", "prompt", question);
    if (this.#live.probe !== undefined) {
      throw invalidArgument("messages, which the head decides on", "prompt", question, {
        hint: 'Give the question as messages: [{ role: "user", content: question }].',
      });
    }
    if (this.#completion !== undefined && settings.strategy === undefined) {
      const { settings: own, messages: text } = completionRequest(settings, this.prompts.general, question);
      const parts = completionParts(this.#conversation(own, text, this.#completion));
      yield* this.#runs.watch(parts, settings.signal);
      return;
    }
    // What does not fit is rejected before the run waits for its turn.
    this.#read(question, settings);
    yield* this.#runs.watch(this.#events(question, settings), settings.signal);
  }

  /**
   * A conversation that remembers its messages; several may go on at once.
   *
   * @example
   * const chat = engine.chat({ system: "You are a home assistant." });
   * const { text } = await chat.send("Wake me at 7.");
   */
  chat(options: ChatOptions = {}): Chat {
    this.#runs.assertInUse();
    return new Chat((given) => this.stream(given), options);
  }

  /** Answers a conversation in the slot that holds most of it. */
  async *#conversation(
    options: ResolvedCall,
    messages: readonly Message[],
    chat = this.#chat,
  ): AsyncGenerator<StreamPart, void, undefined> {
    const signal = this.#runs.signalOf(options.signal);
    const { candidates } = this.#prepared;
    const { contextSize } = this.#context;
    const { given, probe } = this.#decidedBy(
      readChatSettings({ ...options, signal }, this.tools, { contextSize, candidates }),
    );
    const text = await chat.render(messages, given);
    const slot = await this.#sequences.slots.take(signal, ({ tool }) => chat.known(tool).covered(text));
    try {
      slot.question = undefined;
      if (this.#prepared.kvUnified) {
        const others = this.#sequences.all.map(({ tool }) => tool);
        await chat.share(slot.tool, others, text);
      }
      const setBias = (bias: Float32Array): Promise<void> => this.#live.setBias(slot, bias);
      const sequences = { conversation: slot.tool, probe: slot.reasoning, setBias };
      yield* turnParts(await chat.turn(sequences, given, messages, probe));
    } finally {
      this.#sequences.slots.give(slot);
    }
  }

  /** A head with a row for each tool decides, and tools are documented only where that is asked for. */
  #decidedBy(settings: ChatSettings): { readonly given: ChatSettings; readonly probe: Probe | undefined } {
    const probe = this.#live.probe?.covers(settings.documentedTools) === true ? this.#live.probe : undefined;
    return { given: probe === undefined ? settings : { ...settings, ...settings.withHead }, probe };
  }

  async *#events(question: string, options: ResolvedCall): AsyncGenerator<StreamPart, void, undefined> {
    const signal = this.#runs.signalOf(options.signal);
    const slot = await this.#sequences.slots.take(signal);
    try {
      // With the head of now: it may have been changed while the run waited.
      const { given, strategy } = this.#read(question, options);
      await this.#clear(slot, question);
      await this.#live.setBias(slot, given.bias);
      const around = {
        tokenizer: this.model.tokenizer,
        head: this.#live.head,
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
        const setBias = (bias: Float32Array): Promise<void> => this.#live.setBias(slot, bias);
        yield* strategy({ ...around, head: this.#live.head!, setBias }, slot.reasoning, settings);
      }
    } finally {
      this.#sequences.slots.give(slot);
    }
  }

  /** Prompts of another question serve no run; with batchInvariant none does that was computed in other batches. */
  async #clear(slot: Slot, question: string): Promise<void> {
    const { batchInvariant } = this.#prepared;
    if (batchInvariant) await slot.reasoning.rollBack(0);
    if (!batchInvariant && slot.question === question) return;
    slot.question = question;
    for (const sequence of slot.tools) await sequence.rollBack(0);
    await slot.rerank?.rollBack(0);
  }

  /** Options in full, for the head as it is. */
  #read(
    question: string,
    options: ResolvedCall,
  ): { readonly given: ResolvedSettings; readonly strategy: StrategyRun | undefined } {
    const { candidates } = this.#prepared;
    const hasReranker = this.#rerankMode !== undefined;
    const given = readRunOptions(options, this.#live.head, this.#live.callable, candidates, hasReranker);
    return { given, strategy: options.strategy?.prepare(question, this.#live.head, this.tools) };
  }

  /**
   * Another head for the same tools: more, fewer or other rows. They are uploaded; nothing else is built again
   * while the rows fit into the room that was left. Waits until the runs that have begun have ended (so it must not be
   * awaited inside the loop over one of them); those that begin later have the new rows.
   */
  async setHead(head: ToolHead): Promise<void> {
    this.#runs.assertInUse();
    this.#live.assertReplaceable(head);
    // All asked for at once: two heads that are set at the same time come one after the other.
    const { signal } = this.#runs;
    const slots = await Promise.all(this.#sequences.all.map(() => this.#sequences.slots.take(signal))).catch(
      (error: unknown) => {
        throw disposedError(error);
      },
    );
    try {
      this.#runs.assertInUse();
      await this.#live.replace(head);
      for (const slot of slots) slot.bias = undefined;
    } finally {
      for (const slot of slots) this.#sequences.slots.give(slot);
    }
  }

  /** Ends its runs (they throw `DISPOSED`) and frees its context; the model stays. Idempotent. */
  async dispose(): Promise<void> {
    if (this.#runs.isDisposed) return;
    await this.#runs.dispose();
    this.#toolMode.dispose();
    this.#chat.dispose();
    if (this.#completion !== this.#chat) this.#completion?.dispose();
    await this.#context.dispose();
    this.#live.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
  }
}
