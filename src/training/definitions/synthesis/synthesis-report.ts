import type { Tool } from "../../../tools/index.js";
import type { RequestRecord } from "./request-record.js";

export interface SynthesisReport {
  readonly written: number;
  readonly kept: number;
  /** Dropped requests by reason, most frequent first. */
  readonly drops: readonly { readonly reason: string; readonly count: number }[];
  /** Tools with fewer usable requests than asked for, fewest first. */
  readonly short: readonly { readonly tool: string; readonly kept: number; readonly written: number }[];
}

export function synthesisReport(
  tools: readonly Tool[],
  records: readonly RequestRecord[],
  perTool: number,
): SynthesisReport {
  const drops = new Map<string, number>();
  const counts = new Map(tools.map(({ name }) => [name, { kept: 0, written: 0 }]));
  for (const { tool, kept, reason = "edited" } of records) {
    const count = counts.get(tool)!;
    count.written++;
    if (kept) count.kept++;
    else drops.set(reason, (drops.get(reason) ?? 0) + 1);
  }
  return {
    written: records.length,
    kept: records.filter(({ kept }) => kept).length,
    drops: [...drops].map(([reason, count]) => ({ reason, count })).sort((a, b) => b.count - a.count),
    short: [...counts]
      .map(([tool, count]) => ({ tool, ...count }))
      .filter(({ kept }) => kept < perTool)
      .sort((a, b) => a.kept - b.kept),
  };
}
