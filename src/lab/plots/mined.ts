// Mined rows tell at which steps a head fires, and whether it should: what plots of the head's own decisions read.
import { z } from "zod";
import type { SourceRecord } from "../../examples/records.js";
import { checked, hasFields } from "./records.js";

const minedRowSchema = z.object({
  kind: z.enum(["tool", "reject", "easy"]),
  label: z.string(),
  /** The best tool's logit minus the best token's. */
  margin: z.number(),
  tools: z.array(z.object({ tool: z.string(), probability: z.number().min(0).max(1) })).min(1),
});
export type PlottedStep = z.output<typeof minedRowSchema>;

/** Whether the file is one of mined rows; its first line tells of all. */
export function areMined(records: readonly SourceRecord[]): boolean {
  return hasFields(records.at(-1)!, "kind", "label", "margin", "tools");
}

/** @throws ToolkenError `RECORD_INVALID` with file and line */
export function minedSteps(records: readonly SourceRecord[], reads: string): PlottedStep[] {
  return records
    .filter((record, place) => place > 0 || hasFields(record, "label"))
    .map((record) => checked(minedRowSchema, record, reads));
}

/** Whether the step's best tool is the gold one. */
export function isRightTool({ label, tools }: PlottedStep): boolean {
  return tools[0]!.tool === label;
}
