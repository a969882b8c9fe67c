// The way back: files of mined rows, own or published, checked against the tools and the model that they are used with.
import { forceField, forField } from "../head/options.js";
import { value } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import { objectOf, readRecords, recordInvalid, type SourceRecord } from "./records.js";
import { ToolkenError } from "../errors.js";
import { invalidFile } from "../utils/file-error.js";
import { assertSameModel } from "../head/model-identity.js";
import { locationText, type TrainingExample, type TrainingProblem } from "./example.js";
import { hasMinedInfo, readMinedInfo, readMinedRow } from "./mined-file.js";
import type { MinedInfo, MinedRow } from "./mined-row.js";
import { misalignedByItself, misalignedInTexts } from "./misaligned.js";
import { isPublishedRow, readPublishedRow } from "./published-rows.js";

const readMinedOptions = defineOptions({
  tools: value<readonly string[]>("names", Array.isArray)
    .optional()
    .describe("The tools that the rows must have been mined with, in any order"),
  for: forField.meta({ more: "Published rows don't say theirs." }),
  force: forceField,
  examples: value<readonly TrainingExample[]>("training examples", Array.isArray)
    .optional()
    .describe("The texts that the rows were mined from: alignment is then checked against them"),
});
export type ReadMinedOptions = OptionsOf<typeof readMinedOptions>;

/** A row whose step is not what its label says. */
export interface MisalignedRow extends TrainingProblem {
  readonly id: string;
}

export interface MinedRows {
  /** null for published rows */
  readonly info: MinedInfo | null;
  /** In the order of the head's rows as far as the file tells. */
  readonly tools: readonly string[];
  /** All rows, misaligned ones too. */
  readonly rows: readonly MinedRow[];
  readonly misaligned: readonly MisalignedRow[];
}

/**
 * Reads mined rows, in this library's form or the published one. Alignment is checked in published rows, by the rows
 * themselves or, with `examples`, by the texts; in own ones with `examples` only.
 *
 * @throws `FILE_NOT_FOUND`; `FILE_INVALID` (an empty file, no row); `RECORD_INVALID` with file and line (malformed, an
 * id twice); `UNKNOWN_TOOL` (rows of another tool set); `MODEL_MISMATCH`; `IO`.
 */
export async function readMinedRows(file: string, given: ReadMinedOptions = {}): Promise<MinedRows> {
  const options = resolveOptions(readMinedOptions, given, "readMinedRows");
  const records = await readRecords(file);
  const first = records[0]!;
  const read = hasMinedInfo(first) ? readOwn(records) : readPublished(records);
  if (read.rows.length === 0) throw invalidFile(file, "at least one mined row", "none");
  refuseTwice(read.rows);
  if (options.tools !== undefined) checkTools(file, read, options.tools);
  if (options.for !== undefined && read.info !== null) {
    assertSameModel(read.info.model, options.for, "file of mined rows", options.force);
  }

  const { examples } = options;
  const isOwn = read.info !== null;
  const misaligned = read.rows.flatMap(({ row, inAnswer, record }): MisalignedRow[] => {
    const reason = !inAnswer
      ? "the answer has not begun: no head is asked within the question"
      : examples !== undefined && !row.generated
        ? misalignedInTexts(row, examples)
        : isOwn
          ? undefined
          : misalignedByItself(row);
    return reason === undefined ? [] : [{ ...record.location, id: row.id, reason }];
  });
  return { info: read.info, tools: read.tools, rows: read.rows.map(({ row }) => row), misaligned };
}

interface Read {
  readonly info: MinedInfo | null;
  readonly tools: readonly string[];
  readonly rows: readonly ReadRow[];
}

interface ReadRow {
  readonly record: SourceRecord;
  readonly row: MinedRow;
  /** False for a step within the question. */
  readonly inAnswer: boolean;
}

function readOwn([first, ...records]: readonly SourceRecord[]): Read {
  const info = readMinedInfo(first!);
  const known = new Set(info.tools);
  const rows = records.map((record): ReadRow => {
    const row = readMinedRow(record);
    const named = [row.label, ...row.tools.map(({ tool }) => tool)];
    const unknown = row.kind === "tool" ? named : named.slice(1);
    const other = unknown.find((tool) => !known.has(tool));
    if (other !== undefined) {
      throw recordInvalid(record.location, "a tool of the file's first line", "a tool", other);
    }
    return { record, row, inAnswer: true };
  });
  return { info, tools: info.tools, rows };
}

function readPublished(records: readonly SourceRecord[]): Read {
  const ids = new Map<string, number>();
  const rows = records.map((record): ReadRow => {
    if (!isPublishedRow(objectOf(record))) {
      const fields = Object.keys(objectOf(record));
      throw recordInvalid(record.location, "the fields of mined rows", "the record", fields);
    }
    const { row, inAnswer, toolIds } = readPublishedRow(record);
    for (const [tool, id] of toolIds) {
      const earlier = ids.get(tool);
      if (earlier !== undefined && earlier !== id) {
        const what = `${earlier}, as in an earlier line, for ${tool}`;
        throw recordInvalid(record.location, what, "candidate_tool_ids", id);
      }
      ids.set(tool, id);
    }
    return { record, row, inAnswer };
  });
  const tools = [...ids].sort(([, a], [, b]) => a - b).map(([tool]) => tool);
  return { info: null, tools, rows };
}

function refuseTwice(rows: readonly ReadRow[]): void {
  const lines = new Map<string, number>();
  for (const { row, record } of rows) {
    const earlier = lines.get(row.id);
    if (earlier !== undefined) {
      throw recordInvalid(record.location, `an id that line ${earlier} does not have`, "id", row.id);
    }
    lines.set(row.id, record.location.line);
  }
}

/** Published rows name only tools that were candidates, so the others can't be missed there. */
function checkTools(file: string, { info, tools, rows }: Read, wanted: readonly string[]): void {
  const unknown = tools.find((tool) => !wanted.includes(tool));
  if (unknown !== undefined) {
    const at = rows.find(
      ({ row }) => row.label === unknown || row.tools.some(({ tool }) => tool === unknown),
    );
    const where = at === undefined ? file : locationText(at.record.location);
    throw otherTools(`${where}: the rows were mined with the tool ${unknown}, which is not given`, tools);
  }
  const missing = info === null ? undefined : wanted.find((tool) => !tools.includes(tool));
  if (missing !== undefined) {
    throw otherTools(`${file}: the rows were mined without the tool ${missing}, which is given`, tools);
  }
}

function otherTools(message: string, tools: readonly string[]): ToolkenError {
  return new ToolkenError("UNKNOWN_TOOL", message, {
    hint: `The rows were mined with ${tools.join(", ")}: use a head of these tools, or mine again.`,
  });
}
