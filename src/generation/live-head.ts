import { invalidArgument, ToolkenError } from "../errors.js";
import type { ToolHead } from "../head/tool-head.js";
import type { Model } from "../model/model.js";
import type { ToolSet } from "../tools/index.js";
import { Probe } from "./chat/probe.js";
import { attach, type PlacedHead, type PlacementOptions } from "./placement.js";
import type { Sequence } from "./sequence.js";
import { assertRows } from "./settings.js";

/** Where a bias of the head's rows is set. */
export interface BiasedSlot {
  readonly reasoning: Sequence;
  /** Set on the reasoning sequence; undefined: unknown. */
  bias: Float32Array | undefined;
}

/** The head of an engine, which may be replaced while the engine lives, and where it is computed. */
export class LiveHead {
  readonly #model: Model;
  readonly #tools: ToolSet;
  readonly #placement: PlacementOptions;
  #placed: PlacedHead;
  #head: ToolHead | undefined;
  #probe: Probe | undefined;
  #callable: readonly boolean[];

  constructor(
    model: Model,
    tools: ToolSet,
    {
      head,
      placed,
      placement,
    }: { head: ToolHead | undefined; placed: PlacedHead; placement: PlacementOptions },
  ) {
    this.#model = model;
    this.#tools = tools;
    this.#placement = placement;
    this.#placed = placed;
    this.#head = head;
    this.#probe = probeOf(model, head);
    this.#callable = callableRows(head, tools);
  }

  get head(): ToolHead | undefined {
    return this.#head;
  }

  /** Of a head that decides on requests; undefined for one that decides at every step of running text. */
  get probe(): Probe | undefined {
    return this.#probe;
  }

  /** Per row, whether there is a tool for it. */
  get callable(): readonly boolean[] {
    return this.#callable;
  }

  /** Whether the head is part of llama.cpp's compute graph. */
  get inGraph(): boolean {
    return this.#placed.inGraph;
  }

  /** @throws ToolkenError `INVALID_ARGUMENT`, `UNKNOWN_TOOL` */
  assertReplaceable(head: ToolHead): void {
    if (this.#placed.native === undefined) {
      throw new ToolkenError("INVALID_ARGUMENT", "The engine was created without a head");
    }
    const { embeddingLength } = this.#model.facts;
    if (head.dimension !== embeddingLength) {
      throw invalidArgument(`a head of dimension ${embeddingLength}`, "head", head.dimension);
    }
    assertRows(head, this.#tools);
  }

  /** Rows are uploaded; the graph stays while they fit into the room that was left. No run may be going on. */
  async replace(head: ToolHead): Promise<void> {
    const { context, native: old, capacity, inGraph } = this.#placed;
    if (head.size <= capacity) await context.updateHead(old!, head.weights, head.size);
    else {
      const attached = await attach(this.#model, context, head, this.#placement, inGraph);
      this.#placed = { ...this.#placed, ...attached };
      old!.dispose();
    }
    this.#head = head;
    this.#probe = probeOf(this.#model, head);
    this.#callable = callableRows(head, this.#tools);
  }

  /** @param bias (K) */
  async setBias(slot: BiasedSlot, bias: Float32Array): Promise<void> {
    if (this.#head === undefined) return;
    const { bias: old } = slot;
    if (old?.length === bias.length && old.every((value, k) => Object.is(value, bias[k]))) return;
    await this.#placed.context.setBias(slot.reasoning.id, bias);
    slot.bias = bias;
  }

  dispose(): void {
    this.#placed.native?.dispose();
    this.#placed.nativeReranker?.dispose();
  }
}

function probeOf(model: Model, head: ToolHead | undefined): Probe | undefined {
  return head?.decision == null ? undefined : new Probe(model, head, head.decision);
}

function callableRows(head: ToolHead | undefined, tools: ToolSet): boolean[] {
  return (head?.tools ?? []).map((name) => tools.has(name));
}
