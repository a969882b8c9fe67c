// Puts a head where it is computed: in the model's own graph, or on the host when the backend lacks an operation.
import { ToolkenError } from "../errors.js";
import type { ToolHead } from "../head/tool-head.js";
import type { Context, ContextOptions } from "../model/context.js";
import type { HeadType, Model } from "../model/model.js";
import type { NativeHead } from "../native/addon.js";

export type HeadPlacement = "auto" | "graph" | "host";

export interface PlacedHead {
  readonly context: Context;
  readonly native: NativeHead | undefined;
  readonly capacity: number;
  readonly inGraph: boolean;
}

export interface PlacementOptions {
  readonly placement: HeadPlacement;
  readonly type: HeadType;
  readonly topTokens: number;
  readonly topTools: number;
  readonly sequences: readonly number[];
}

/** Rows that can be added before a head is allocated anew. */
export function capacityFor(rows: number): number {
  return Math.max(16, Math.ceil((rows * 1.25) / 16) * 16);
}

/** A context with the head on the given sequences; without a head, a plain one. */
export async function createContextWithHead(
  model: Model,
  contextOptions: ContextOptions,
  head: ToolHead | undefined,
  options: PlacementOptions,
): Promise<PlacedHead> {
  if (head === undefined) {
    const context = await model.createContext(contextOptions);
    return { context, native: undefined, capacity: 0, inGraph: false };
  }
  if (options.placement !== "host") {
    const context = await model.createContext(contextOptions);
    try {
      return { context, ...(await attach(model, context, head, options, true)) };
    } catch (error) {
      await context.dispose();
      const refused = error instanceof ToolkenError && error.code === "BACKEND_UNAVAILABLE";
      if (!refused || options.placement === "graph") throw error;
    }
  }
  const context = await model.createContext({ ...contextOptions, hiddenStates: true });
  return { context, ...(await attach(model, context, head, options, false)) };
}

/** Allocates a head with room to grow and puts it on the sequences of a context. */
export async function attach(
  model: Model,
  context: Context,
  head: ToolHead,
  { type, topTokens, topTools, sequences }: PlacementOptions,
  inGraph: boolean,
): Promise<{ native: NativeHead; capacity: number; inGraph: boolean }> {
  const capacity = capacityFor(head.size);
  const native = model.createHead(capacity, type);
  await context.updateHead(native, head.weights, head.size);
  const placed = await context.attachHead(native, sequences, { topTokens, topTools, inGraph });
  return { native, capacity, inGraph: placed.inGraph };
}
