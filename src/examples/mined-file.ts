// Mined rows as a file of their own form: one line that says of what, then a line per row.
import { z } from "zod";
import { objectOf, recordInvalid, type SourceRecord } from "./records.js";
import { REJECT } from "../reranker/reranker.js";
import { wanted } from "../utils/zod-issues.js";
import { MINED_KINDS, type MinedInfo, type MinedRow } from "./mined-row.js";

export const MINED_FORMAT = "toolken.mined";
const FORMAT_VERSION = 1;

const name = z.string().min(1);
const probability = z.number().min(0).max(1);
const count = z.int().min(0);

const toolSchema = z.object({ tool: name, logit: z.number(), probability });

const rowSchema = z.object({
  id: name,
  example: name,
  index: count,
  offset: count,
  position: count,
  question: z.string(),
  text: z.string(),
  generated: z.boolean(),
  label: name,
  kind: z.enum(MINED_KINDS),
  goldInTop: z.boolean(),
  goldRank: z.int().min(1).nullable(),
  goldTool: toolSchema.nullable(),
  tools: z.array(toolSchema).min(1),
  toolProbability: probability,
  tokens: z.array(z.object({ text: z.string(), token: count, logit: z.number(), probability })),
  margin: z.number(),
  rank: z.int().min(1).nullable(),
  entropy: z.number().nullable(),
  toolEntropy: z.number(),
  fold: count,
}) satisfies z.ZodType<MinedRow>;

const infoSchema = z.object({
  format: z.literal(MINED_FORMAT),
  format_version: z.literal(FORMAT_VERSION),
  tools: z.array(name).min(1),
  model: z.object({
    architecture: z.string(),
    name: z.string(),
    embeddingLength: z.int().positive(),
    vocabularySize: z.int().positive(),
    fingerprint: z.string().nullable(),
    fileName: z.string().exactOptional(),
  }),
  topTools: z.int().min(1),
  settings: z.string(),
  folds: z.array(
    z.object({
      fold: count,
      trainedTexts: count,
      minedTexts: count,
      steps: count,
      bias: z.array(z.number().nullable()),
    }),
  ),
}) satisfies z.ZodType<MinedInfo>;

/** The lines of a file, each with its line end. */
export function* minedLines(info: MinedInfo, rows: readonly MinedRow[]): Generator<string> {
  yield `${JSON.stringify({ format: MINED_FORMAT, format_version: FORMAT_VERSION, ...info })}\n`;
  for (const row of rows) yield `${JSON.stringify(row)}\n`;
}

/** Whether a file begins with the line of this form. */
export function hasMinedInfo(record: SourceRecord): boolean {
  return objectOf(record).format === MINED_FORMAT;
}

/** @throws `RECORD_INVALID` with file and line. */
export function readMinedInfo(record: SourceRecord): MinedInfo {
  const { tools, model, topTools, settings, folds } = parsed(infoSchema, record);
  return { tools, model, topTools, settings, folds };
}

/** @throws `RECORD_INVALID` with file and line. */
export function readMinedRow(record: SourceRecord): MinedRow {
  const row = parsed(rowSchema, record);
  const isTool = row.kind === "tool";
  if (isTool === (row.label === REJECT)) {
    const what = isTool ? "a tool's name, as the kind says," : `${REJECT}, as the kind says,`;
    throw recordInvalid(record.location, what, "label", row.label);
  }
  const inTop = !isTool || row.tools.some(({ tool }) => tool === row.label);
  if (inTop !== row.goldInTop) {
    throw recordInvalid(record.location, `${inTop}, as the tools say,`, "goldInTop", row.goldInTop);
  }
  checkOrder(record, row.tools);
  return row;
}

/** Candidates stand in descending order, each once. */
export function checkOrder(record: SourceRecord, tools: MinedRow["tools"]): void {
  const misplaced = tools.findIndex(({ logit }, at) => at > 0 && logit > tools[at - 1]!.logit);
  if (misplaced > 0) {
    throw recordInvalid(
      record.location,
      "tools in descending order",
      `tools[${misplaced}]`,
      tools[misplaced],
    );
  }
  const names = tools.map(({ tool }) => tool);
  if (new Set(names).size !== names.length) {
    throw recordInvalid(record.location, "different tools", "tools", names);
  }
}

/** A record as its schema has it; the error names the field. */
export function parsed<T>(schema: z.ZodType<T>, record: SourceRecord): T {
  const fields = objectOf(record);
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  let value: unknown = fields;
  for (const key of issue.path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  throw recordInvalid(record.location, wanted(issue), fieldName(issue.path), value);
}

function fieldName(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}
