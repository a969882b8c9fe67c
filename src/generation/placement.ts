// Puts a head where it is computed: in the model's own graph, or on the host when the backend lacks an operation.
import { ToolkenError } from "../errors.js";
import type { ToolHead } from "../head/tool-head.js";
import type { Reranker } from "../reranker/reranker.js";
import type { Context, ContextOptions } from "../model/context.js";
import type { HeadType, Model } from "../model/model.js";
import type { DeviceHead } from "../model/device-head.js";

export type HeadPlacement = "auto" | "graph" | "host";

export interface PlacedHead {
  readonly context: Context;
  readonly native: DeviceHead | undefined;
  readonly capacity: number;
  readonly inGraph: boolean;
  /** The reranker's rows, where the head is; undefined without one. */
  readonly nativeReranker: DeviceHead | undefined;
}

/** A reranker and what it is put on. */
export interface RerankerPlacement {
  readonly reranker: Reranker;
  /** Candidates per call. */
  readonly topK: number;
  readonly sequences: readonly number[];
}

export interface PlacementOptions {
  readonly placement: HeadPlacement;
  readonly type: HeadType;
  readonly topTokens: number;
  readonly topTools: number;
  readonly sequences: readonly number[];
}

/** Rows that can be added before a head is allocated again. */
export function capacityFor(rows: number): number {
  return Math.max(16, Math.ceil((rows * 1.25) / 16) * 16);
}

/** A context with the head on the given sequences, and the reranker on others; without a head, a plain one. */
export async function createContextWithHead(
  model: Model,
  contextOptions: ContextOptions,
  head: ToolHead | undefined,
  options: PlacementOptions,
  reranking?: RerankerPlacement,
): Promise<PlacedHead> {
  if (head === undefined) {
    const context = await model.createContext(contextOptions);
    return { context, native: undefined, capacity: 0, inGraph: false, nativeReranker: undefined };
  }
  const attachBoth = async (context: Context, inGraph: boolean): Promise<PlacedHead> => {
    const placed = await attach(model, context, head, options, inGraph);
    const nativeReranker =
      reranking && (await attachReranker(model, context, reranking, { ...options, inGraph }));
    return { context, ...placed, nativeReranker };
  };
  if (options.placement !== "host") {
    const context = await model.createContext(contextOptions);
    try {
      return await attachBoth(context, true);
    } catch (error) {
      await context.dispose();
      const refused = error instanceof ToolkenError && error.code === "BACKEND_UNAVAILABLE";
      if (!refused || options.placement === "graph") throw error;
    }
  }
  const context = await model.createContext({ ...contextOptions, hiddenStates: true });
  return attachBoth(context, false);
}

/** Allocates a head with room to grow and puts it on the sequences of a context. */
export async function attach(
  model: Model,
  context: Context,
  head: Pick<ToolHead, "size" | "weights">,
  { type, topTokens, topTools, sequences }: Omit<PlacementOptions, "placement">,
  inGraph: boolean,
): Promise<{ native: DeviceHead; capacity: number; inGraph: boolean }> {
  const capacity = capacityFor(head.size);
  const native = model.createHead(capacity, type);
  await context.updateHead(native, head.weights, head.size);
  const placed = await context.attachHead(native, sequences, { topTokens, topTools, inGraph });
  return { native, capacity, inGraph: placed.inGraph };
}

/** The rows of the tools and of REJ; a step gives as many as a call has candidates, and REJ. */
async function attachReranker(
  model: Model,
  context: Context,
  { reranker, topK, sequences }: RerankerPlacement,
  { type, inGraph }: { type: HeadType; inGraph: boolean },
): Promise<DeviceHead> {
  const rows = { size: reranker.tools.length + 1, weights: reranker.weights };
  const options = { type, topTokens: 1, topTools: topK + 1, sequences };
  return (await attach(model, context, rows, options, inGraph)).native;
}
