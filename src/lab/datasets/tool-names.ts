// The published scripts name a data set's tools in one object, `{ "<add>": 0, … }`, in the order of the head's rows.
import { mathTools } from "../../tools/math.js";
import { objectOf, recordInvalid, type SourceRecord } from "../../examples/records.js";
import { toolName } from "./fields.js";
import type { PublishedTool } from "./form.js";

/** The names in the order of their rows. @throws ToolkenError `RECORD_INVALID`: rows that are not 0, 1, 2, … */
export function rowsOf(record: SourceRecord, rows: unknown, field: string): string[] {
  if (typeof rows !== "object" || rows === null || Array.isArray(rows)) {
    throw recordInvalid(record.location, "an object of tool names and rows", field, rows);
  }
  const names: string[] = [];
  for (const [name, row] of Object.entries(rows)) {
    if (!Number.isSafeInteger(row) || (row as number) < 0 || names[row as number] !== undefined) {
      throw recordInvalid(
        record.location,
        "a row that no other tool has",
        `${field}[${JSON.stringify(name)}]`,
        row,
      );
    }
    names[row as number] = name;
  }
  const missing = names.findIndex((_, row) => names[row] === undefined);
  if (names.length === 0 || missing >= 0) {
    throw recordInvalid(record.location, `a tool for every row from 0 on`, field, rows);
  }
  return names;
}

/** Tools of `{ "<add>": 0, … }` that are operators of the library. */
export function readToolNames(record: SourceRecord): PublishedTool[] {
  return rowsOf(record, objectOf(record), "the tools").map((published) => {
    const tool = operator(toolName(published));
    if (tool === undefined) {
      throw recordInvalid(record.location, "the name of an operator", "a tool", published);
    }
    return { ...tool, published };
  });
}

/** One of the thirteen operators as a data set's tool. */
export function operator(name: string): PublishedTool | undefined {
  const tool = mathTools.find((one) => one.name === name);
  return tool && { name, published: `<${name}>`, description: tool.description };
}
