// Mined rows come as a file or as values; both are checked against the tools and the model.
import { readTextFile } from "../../utils/open-file.js";
import { invalidFile, shown } from "../../utils/file-error.js";
import { ToolkenError, invalidArgument } from "../../errors.js";
import type { ToolDocumentation } from "../../reranker/prompt.js";
import { locationText, type TrainingProblem } from "../../examples/example.js";
import { bareToolName } from "../../tools/tool-name.js";
import { readMinedRows } from "../../examples/read-mined.js";
import type { RerankRow } from "./rerank-rows.js";
import type { ModelIdentity } from "../../model/facts.js";

export interface ReadRerankRows {
  readonly rows: readonly RerankRow[];
  /** Of the mining, as its file says; null for published rows and for values. */
  readonly settings: string | null;
  readonly problems: readonly TrainingProblem[];
}

/**
 * Rows to learn from; those of a file whose text so far does not end where their outcome begins are problems.
 * @throws `UNKNOWN_TOOL` (rows of another tool set), `MODEL_MISMATCH`, `RECORD_INVALID` (file and line, or all rows
 * misaligned), `FILE_NOT_FOUND`, `FILE_INVALID`, `IO`, `INVALID_ARGUMENT`.
 */
export async function readRerankRows(
  given: string | readonly RerankRow[],
  tools: readonly string[],
  options: { readonly for: ModelIdentity; readonly force: boolean },
): Promise<ReadRerankRows> {
  if (typeof given !== "string") {
    if (!Array.isArray(given)) throw invalidArgument("a path or mined rows", "rows", given);
    return { rows: given, settings: null, problems: [] };
  }
  const { info, rows, misaligned } = await readMinedRows(given, { tools, ...options });
  const left = new Set(misaligned.map(({ id }) => id));
  const kept = rows.filter(({ id }) => !left.has(id));
  const [first] = misaligned;
  if (kept.length === 0 && first !== undefined) {
    throw new ToolkenError(
      "RECORD_INVALID",
      `${locationText(first)}: none of ${rows.length} rows is aligned: ${first.reason}`,
    );
  }
  return { rows: kept, settings: info?.settings ?? null, problems: misaligned };
}

/**
 * Texts by tool name, or a JSON file of them (`tool_docs_json` of the published scripts). Angle brackets are stripped.
 * @throws `FILE_NOT_FOUND`, `FILE_INVALID`, `IO`.
 */
export async function readDocumentation(given: string | ToolDocumentation): Promise<ToolDocumentation> {
  if (typeof given !== "string") return given;
  const text = await readTextFile(given);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw invalidFile(given, "JSON with a text per tool", "other text", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw invalidFile(given, 'a JSON object such as { "<add>": "The sum of …" }', shown(value));
  }
  const entries = Object.entries(value).map(([name, documentation]): [string, string] => {
    if (typeof documentation === "string") return [bareToolName(name), documentation];
    throw invalidFile(given, `a text for ${name}`, shown(documentation));
  });
  return Object.fromEntries(entries);
}
