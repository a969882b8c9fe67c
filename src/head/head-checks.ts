import { ToolkenError, invalidArgument } from "../errors.js";
import type { HeadFields } from "./head-file.js";

export function assertTools(tools: readonly string[]): void {
  if (!Array.isArray(tools)) throw invalidArgument("an array of names", "tools", tools);
  const seen = new Set<string>();
  for (const tool of tools as readonly unknown[]) {
    if (typeof tool !== "string" || tool === "") throw invalidArgument("a name", "a tool", tool);
    if (seen.has(tool)) throw invalidArgument("different names", "tools", tool);
    seen.add(tool);
  }
}

/** NaN in a head would make every probability NaN. */
export function assertFinite({ tools, dimension, weights, bias }: HeadFields): void {
  const at = weights.findIndex((weight) => !Number.isFinite(weight));
  if (at >= 0) {
    const name = `weight ${at % dimension} of tool ${JSON.stringify(tools[Math.floor(at / dimension)])}`;
    throw invalidArgument("a finite number", name, weights[at]);
  }
  const row = bias.findIndex((value) => !Number.isFinite(value) && value !== -Infinity);
  if (row >= 0) {
    throw invalidArgument(
      "a finite number or -Infinity",
      `bias of tool ${JSON.stringify(tools[row])}`,
      bias[row],
    );
  }
}

export function dimensionMismatch(
  head: Pick<HeadFields, "dimension">,
  dimension: number,
  other: string,
): ToolkenError {
  return new ToolkenError(
    "MODEL_MISMATCH",
    `The head has rows of ${head.dimension} weights, ${other} has a hidden size of ${dimension}`,
    {
      hint: "Use the model that the head was trained on, or train another head: a dimension cannot be forced.",
    },
  );
}

export function concatenated(a: Float32Array, b: Float32Array): Float32Array {
  const out = new Float32Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}

/** The first 20 names. */
export function listed(names: readonly string[]): string {
  const first = names.slice(0, 20).join(", ");
  return names.length > 20 ? `${first} and ${names.length - 20} more` : first;
}
