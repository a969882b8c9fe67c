// A model with a tool head, tools and prompts, ready to answer questions, several at once.
import { setMaxListeners } from "node:events";
import { ToolkenError, invalidArgument } from "../errors.js";
import type { ToolHead } from "../head/tool-head.js";
import type { Model } from "../model/model.js";
import type { Context } from "../model/context.js";
import type { EncodedPrompt } from "../prompts/encoder.js";
import type { Prompts } from "../prompts/prompts.js";
import type { Reranker } from "../reranker/reranker.js";
import type { ToolSet } from "../tools/index.js";
import { Batcher } from "./batcher.js";
import type { Answer, RunEvent } from "./events.js";
import type { RunOptions } from "./options.js";
import { attach, type PlacedHead, type PlacementOptions } from "./placement.js";
import type { Layout } from "./layout.js";
import { type KeptPrompts, PromptCache } from "./prompt-cache.js";
import { PromptSequences } from "./prompt-sequences.js";
import { PromptStates } from "./prompt-states.js";
import { Plan } from "./plan.js";
import { PlanRun } from "./plan-run.js";
import { RerankMode } from "./rerank-mode.js";
import type { RerankSetup } from "./rerank-setup.js";
import { Run, type RunSequences } from "./run.js";
import { Sequence } from "./sequence.js";
import { assertRows, readRunOptions } from "./settings.js";
import { Slots } from "./slots.js";
import { ToolMode } from "./tool-mode.js";

/** One run's sequences, and the bias that is set on the reasoning sequence. */
interface Slot extends RunSequences {
  bias: Float32Array | undefined;
}

/** What `createToolken` has checked and made. */
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
  readonly placement: PlacementOptions;
  readonly placed: PlacedHead;
  readonly head: ToolHead | undefined;
  readonly reranking: RerankSetup | undefined;
}

/** Answers questions; create it with `createToolken`, free it with `dispose()` or `await using`. */
export class Toolken {
  readonly model: Model;
  readonly tools: ToolSet;
  readonly prompts: Prompts;

  readonly #prepared: Prepared;
  readonly #context: Context;
  readonly #slots: Slots<Slot>;
  readonly #allSlots: readonly Slot[];
  readonly #cache: KeptPrompts;
  readonly #toolMode: ToolMode;
  readonly #rerankMode: RerankMode | undefined;
  readonly #disposal = unlimited(new AbortController());
  readonly #running = new Set<Promise<unknown>>();
  #head: ToolHead | undefined;
  #placed: PlacedHead;
  #callable: boolean[];

  /** Use `createToolken`. */
  constructor(model: Model, prepared: Prepared, grammar: boolean) {
    const { tools, prompts, toolPrompts, parallel, layout, placed, head, reranking } = prepared;
    this.model = model;
    this.tools = tools;
    this.prompts = prompts;
    this.#prepared = prepared;
    this.#placed = placed;
    this.#context = placed.context;
    this.#head = head;
    this.#callable = callableRows(head, tools);
    const batcher = new Batcher(placed.context, prepared.widest);
    const sequence = (id: number): Sequence => new Sequence(id, placed.context, batcher);
    this.#allSlots = Array.from({ length: parallel }, (_, slot) => ({
      reasoning: sequence(slot),
      tool: sequence(parallel + slot),
      rerank: reranking && sequence(2 * parallel + slot),
      bias: undefined,
    }));
    this.#slots = new Slots(this.#allSlots);
    let nextSequence = (reranking === undefined ? 2 : 3) * parallel;
    const keep = (count: number): KeptPrompts =>
      prepared.kvUnified
        ? new PromptCache(new PromptSequences(Array.from({ length: count }, () => sequence(nextSequence++))))
        : new PromptCache(new PromptStates(placed.context, count));
    this.#cache = keep(layout.keptPrompts);
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

  /**
   * Answers a question. Throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL`, `CONTEXT_FULL`, `ABORTED`, `DECODE_FAILED`,
   * `DISPOSED`. Tools that fail do not throw: the run goes on without the call (event `backtrack`).
   */
  async run(question: string, options: RunOptions = {}): Promise<Answer> {
    for await (const event of this.stream(question, options)) {
      if (event.type === "done") return event.answer;
    }
    throw new ToolkenError("INTERNAL", "Expected a run to end with an answer");
  }

  /** The same, event by event. Leaving the loop early ends the run. */
  async *stream(question: string, options: RunOptions = {}): AsyncGenerator<RunEvent, void, undefined> {
    this.#assertInUse();
    if (typeof question !== "string" || question.trim() === "") {
      throw invalidArgument("a question", "question", question);
    }
    const { candidates } = this.#prepared;
    const hasReranker = this.#rerankMode !== undefined;
    const given = readRunOptions(options, this.#head, this.#callable, candidates, hasReranker);
    const plan =
      options.plan === undefined ? undefined : Plan.of(options.plan, question, this.#head, this.tools);
    const signal =
      given.signal === undefined
        ? this.#disposal.signal
        : AbortSignal.any([given.signal, this.#disposal.signal]);
    let ended!: () => void;
    const running = new Promise<void>((resolve) => (ended = resolve));
    this.#running.add(running);
    try {
      const slot = await this.#slots.take(signal);
      try {
        if (this.#prepared.batchInvariant) {
          // What the last run left here was computed in its batches.
          await slot.reasoning.rollBack(0);
          await slot.tool.rollBack(0);
          await slot.rerank?.rollBack(0);
        }
        await this.#setBias(slot, given.bias);
        const around = {
          tokenizer: this.model.tokenizer,
          head: this.#head,
          tools: this.tools,
          prompt: this.#prepared.general,
          cache: this.#cache,
          toolMode: this.#toolMode,
          rerankMode: this.#rerankMode,
          candidates,
        };
        const settings = { ...given, signal };
        if (plan === undefined) yield* new Run(around, slot, settings, question).events();
        else {
          const setBias = (bias: Float32Array): Promise<void> => this.#setBias(slot, bias);
          yield* new PlanRun(
            { ...around, head: this.#head!, setBias },
            slot.reasoning,
            settings,
            plan,
          ).events(question);
        }
      } finally {
        this.#slots.give(slot);
      }
    } catch (error) {
      throw this.#disposal.signal.aborted && given.signal?.aborted !== true ? disposedError(error) : error;
    } finally {
      this.#running.delete(running);
      ended();
    }
  }

  /**
   * Another head for the same tools: more, fewer or other rows. They are uploaded anew; nothing else is built
   * again while the rows fit into the room that was left. Runs that have begun go on with the new rows.
   */
  async setHead(head: ToolHead): Promise<void> {
    this.#assertInUse();
    const { tools, placement } = this.#prepared;
    if (this.#placed.native === undefined) {
      throw new ToolkenError("INVALID_ARGUMENT", "Expected a toolken that was created with a head");
    }
    if (head.dimension !== this.model.facts.embeddingLength) {
      throw invalidArgument(
        `a head of dimension ${this.model.facts.embeddingLength}`,
        "head",
        head.dimension,
      );
    }
    assertRows(head, tools);
    if (head.size <= this.#placed.capacity) {
      await this.#context.updateHead(this.#placed.native, head.weights, head.size);
    } else {
      const old = this.#placed.native;
      const fresh = await attach(this.model, this.#context, head, placement, this.#placed.inGraph);
      this.#placed = { ...this.#placed, ...fresh };
      old.dispose();
    }
    this.#head = head;
    this.#callable = callableRows(head, tools);
    for (const slot of this.#allSlots) slot.bias = undefined;
  }

  /** Ends its runs (they throw `DISPOSED`) and frees its context; the model stays. Idempotent. */
  async dispose(): Promise<void> {
    if (this.#disposal.signal.aborted) return;
    this.#disposal.abort();
    await Promise.all(this.#running);
    this.#toolMode.dispose();
    await this.#context.dispose();
    this.#placed.native?.dispose();
    this.#placed.nativeReranker?.dispose();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.dispose();
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
  return new ToolkenError("DISPOSED", "Expected a toolken in use but it was disposed", { cause });
}

function callableRows(head: ToolHead | undefined, tools: ToolSet): boolean[] {
  return (head?.tools ?? []).map((name) => tools.has(name));
}
