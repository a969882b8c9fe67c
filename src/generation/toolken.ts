// A model with a tool head, tools and prompts, ready to answer questions.
import { setMaxListeners } from "node:events";
import { ToolkenError, invalidArgument } from "../errors.js";
import type { ToolHead } from "../head/tool-head.js";
import type { HeadType, Model } from "../model/model.js";
import type { Context } from "../model/context.js";
import { promptsOf } from "../model/embedded.js";
import { encodePrompt, type EncodedPrompt } from "../prompts/encoder.js";
import { resolvePrompts, type Prompts, type PromptsOption } from "../prompts/prompts.js";
import type { Reranker } from "../reranker/reranker.js";
import { toolSet, type Tool, type ToolSet } from "../tools/index.js";
import { Batcher } from "./batcher.js";
import type { Answer, RunEvent } from "./events.js";
import type { RunOptions } from "./options.js";
import {
  attach,
  createContextWithHead,
  type HeadPlacement,
  type PlacedHead,
  type PlacementOptions,
} from "./placement.js";
import { invariantWidth } from "./invariant-width.js";
import { layoutOf, type Layout } from "./layout.js";
import { type KeptPrompts, PromptCache } from "./prompt-cache.js";
import { PromptSequences } from "./prompt-sequences.js";
import { PromptStates } from "./prompt-states.js";
import { Plan } from "./plan.js";
import { PlanRun } from "./plan-run.js";
import { RerankMode } from "./rerank-mode.js";
import { readReranker, type RerankSetup } from "./rerank-setup.js";
import { Run, type RunSequences } from "./run.js";
import { Sequence } from "./sequence.js";
import { readRunOptions, unknownTool } from "./settings.js";
import { Slots } from "./slots.js";
import { ToolMode } from "./tool-mode.js";

export interface ToolkenOptions {
  // ---- what it can do ----
  /** Without a head the model answers alone. */
  readonly head?: ToolHead | undefined;
  /** Tools of the head; rows of the head without a tool here are switched off. Default: none. */
  readonly tools?: Iterable<Tool> | undefined;
  /** A folder, or texts with `[QUESTION]`. Default: made of the tools' demonstrations; the embedded model has its own. */
  readonly prompts?: PromptsOption;
  /** Wrap prompts in the model's own chat template. Default: false. */
  readonly chat?: boolean | undefined;
  /** Decode arguments under the tool's grammar. Default: true. */
  readonly grammar?: boolean | undefined;
  /** Looks at every call that the head proposes, and may replace or reject it (Toolken+). Default: none. */
  readonly reranker?: Reranker | undefined;
  /** Tools that the reranker chooses among, 1…K. Default: as many as it was trained with. */
  readonly topK?: number | undefined;

  // ---- size and speed ----
  /** Runs that share each decode; more wait their turn. 1…64. Default: 4. */
  readonly parallel?: number | undefined;
  /**
   * Make a run's answer the one that it gives alone, to the last bit, whatever runs beside it: decodes are shared
   * only as widely as the model's kernels round alike (found by trying), every run has KV cells of its own into
   * which kept prompts are copied, and a run computes its question anew. On a CPU; its price in speed and memory is
   * that of {@link ContextOptions.batchInvariant}. Default: false, answers are equal up to rounding.
   */
  readonly batchInvariant?: boolean | undefined;
  /**
   * KV cells for everything. Default: the prompts' tokens and 2,048 for each parallel run (with a reranker 3,072);
   * with `batchInvariant` two times (three times) the longest prompt and 2,048 for each.
   */
  readonly contextSize?: number | undefined;
  /** Default: the model's. */
  readonly threads?: number | undefined;
  /** Weights of the head on the device. Default: "auto", F32 up to 4 MiB and F16 above. */
  readonly headType?: HeadType | undefined;
  /** Where the head is computed. Default: "auto", in the graph wherever the backend can. */
  readonly placement?: HeadPlacement | undefined;
  /** Best tokens that a step gives to sampling. Default: 64. */
  readonly candidates?: number | undefined;
  /** Best tools that a step gives. Default: 8. */
  readonly topTools?: number | undefined;
}

const MOST_PARALLEL = 64;

/** One run's sequences, and the bias that is set on the reasoning sequence. */
interface Slot extends RunSequences {
  bias: Float32Array | undefined;
}

/**
 * Prepares a model to answer with tools.
 *
 * Throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (a tool without a row in head or reranker), `MODEL_MISMATCH`,
 * `CONTEXT_CREATE_FAILED`, and what reading prompts throws.
 *
 * @example
 * await using toolken = await createToolken(model, { head, tools: mathTools });
 * const { text, calls } = await toolken.run("A reader reads 67 pages a day for 253 days. How many pages?");
 */
export async function createToolken(model: Model, options: ToolkenOptions = {}): Promise<Toolken> {
  const tools = toolSet(options.tools ?? []);
  const { head } = options;
  if (head !== undefined && head.dimension !== model.facts.embeddingLength) {
    throw new ToolkenError(
      "MODEL_MISMATCH",
      `Expected a head of dimension ${model.facts.embeddingLength} for this model but received one of dimension ${head.dimension}`,
    );
  }
  if (head !== undefined && tools.size > 0) assertRows(head, tools);
  const parallel = integer(options.parallel ?? 4, "parallel", 1, MOST_PARALLEL);
  const batchInvariant = options.batchInvariant ?? false;
  const candidates = integer(
    options.candidates ?? 64,
    "candidates",
    1,
    Math.min(1024, model.facts.vocabularySize),
  );
  const topTools = integer(options.topTools ?? 8, "topTools", 1, 256);
  const chat = options.chat ?? false;
  const prompts = await resolvePrompts(options.prompts ?? promptsOf(model), tools);
  const general = encodePrompt(model, prompts.general, { chat });
  const toolPrompts = new Map(
    [...tools].map(({ name }): [string, EncodedPrompt] => [
      name,
      encodePrompt(model, prompts.tools[name]!, { chat }),
    ]),
  );
  const reranking = readReranker(model, { reranker: options.reranker, topK: options.topK, head, tools });
  const { contextSize } = options;
  const layout = layoutOf({ general, toolPrompts, parallel, batchInvariant, contextSize, reranking });
  const placement: PlacementOptions = {
    placement: readPlacement(options.placement),
    type: options.headType ?? "auto",
    topTokens: candidates,
    topTools: Math.max(topTools, reranking?.topK ?? 0),
    sequences: Array.from({ length: parallel }, (_, slot) => slot),
  };
  const placed = await createContextWithHead(
    model,
    {
      contextSize: layout.contextSize,
      sequences: layout.sequences,
      batchInvariant,
      ...(options.threads === undefined ? {} : { threads: options.threads }),
    },
    head,
    placement,
    reranking && { ...reranking, sequences: placement.sequences.map((slot) => 2 * parallel + slot) },
  );
  try {
    // The sequences of tool mode carry no head: they can tell.
    const widest = batchInvariant ? await invariantWidth(placed.context, parallel, parallel) : undefined;
    const prepared = {
      tools,
      prompts,
      general,
      toolPrompts,
      parallel,
      layout,
      batchInvariant,
      widest,
      reranking,
    };
    return new Toolken(model, { ...prepared, candidates, placement, placed, head }, options.grammar ?? true);
  } catch (error) {
    await placed.context.dispose();
    placed.native?.dispose();
    placed.nativeReranker?.dispose();
    throw error;
  }
}

interface Prepared {
  readonly tools: ToolSet;
  readonly prompts: Prompts;
  readonly general: EncodedPrompt;
  readonly toolPrompts: ReadonlyMap<string, EncodedPrompt>;
  readonly parallel: number;
  readonly layout: Layout;
  readonly batchInvariant: boolean;
  /** Most sequences of a decode of next tokens; undefined: all of them. */
  readonly widest: number | undefined;
  readonly candidates: number;
  readonly placement: PlacementOptions;
  readonly placed: PlacedHead;
  readonly head: ToolHead | undefined;
  readonly reranking: RerankSetup | undefined;
}

/** Answers questions; create it with {@link createToolken}, free it with `dispose()` or `await using`. */
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

  /** Use {@link createToolken}. */
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
      prepared.batchInvariant
        ? new PromptCache(new PromptStates(placed.context, count))
        : new PromptCache(new PromptSequences(Array.from({ length: count }, () => sequence(nextSequence++))));
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

function assertRows(head: ToolHead, tools: ToolSet): void {
  for (const name of tools.names) {
    if (!head.has(name)) throw unknownTool(name, head);
  }
}

function callableRows(head: ToolHead | undefined, tools: ToolSet): boolean[] {
  return (head?.tools ?? []).map((name) => tools.has(name));
}

function readPlacement(placement: HeadPlacement | undefined): HeadPlacement {
  if (placement === undefined || ["auto", "graph", "host"].includes(placement)) return placement ?? "auto";
  throw invalidArgument('"auto", "graph" or "host"', "placement", placement);
}

function integer(value: unknown, name: string, least: number, most: number): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < least || value > most) {
    throw invalidArgument(`an integer from ${least} to ${most}`, name, value);
  }
  return value;
}
