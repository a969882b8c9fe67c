// A plot reads JSON: lines, an array, or one object over many lines; each record is checked and keeps its place.
import type { z } from "zod";
import { readLines, readRecords, recordInvalid, type SourceRecord } from "../../examples/records.js";
import { ToolkenError } from "../../errors.js";
import { wanted } from "../../utils/zod-issues.js";

/** @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID` (empty), `RECORD_INVALID` with file and line. */
export async function readPlotRecords(file: string): Promise<SourceRecord[]> {
  const text = (await readLines(file)).join("\n");
  if (text.trimStart().startsWith("{")) {
    try {
      const value = JSON.parse(text) as unknown;
      return [{ location: { file, line: 1 }, value, json: text }];
    } catch {
      // Several objects: JSON Lines.
    }
  }
  return readRecords(file);
}

/** The record as the schema's type. @throws ToolkenError `RECORD_INVALID` with file, line and field. */
export function checked<T>(schema: z.ZodType<T>, record: SourceRecord, reads: string): T {
  const result = schema.safeParse(record.value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const value = issue.path.reduce<unknown>(
    (inner, key) => (inner as Readonly<Record<PropertyKey, unknown>> | undefined)?.[key],
    record.value,
  );
  const name = issue.path.length === 0 ? "the record" : issue.path.join(".");
  const { message } = recordInvalid(record.location, wanted(issue), name, value);
  throw new ToolkenError("RECORD_INVALID", message, { hint: `This plot reads ${reads}.` });
}

/** Whether the record is an object with these fields: how files of several kinds are told apart. */
export function hasFields({ value }: SourceRecord, ...names: readonly string[]): boolean {
  return typeof value === "object" && value !== null && names.every((name) => name in value);
}
