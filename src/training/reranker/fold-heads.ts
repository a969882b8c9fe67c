// The heads that mined the rows come as a folder or as values; each must be there and have the tools of the rows.
import { ToolkenError, invalidArgument } from "../../errors.js";
import { ToolHead } from "../../head/tool-head.js";
import type { ToolSet } from "../../tools/index.js";
import { foldHeadFile } from "../mining/folds.js";
import type { RerankRow } from "./rerank-rows.js";

/**
 * By fold; undefined when none are given.
 * @throws `INVALID_ARGUMENT` (rows of one fold, or of a fold without a head), `UNKNOWN_TOOL`, `FILE_NOT_FOUND`,
 * `FILE_INVALID`, `IO`
 */
export async function readFoldHeads(
  given: string | readonly ToolHead[] | undefined,
  rows: readonly RerankRow[],
  tools: ToolSet,
): Promise<ReadonlyMap<number, ToolHead> | undefined> {
  if (given === undefined) return undefined;
  const folds = [...new Set(rows.map(({ fold }) => fold ?? 0))].sort((a, b) => a - b);
  if (folds.length < 2) {
    throw invalidArgument("rows of several folds", "rows beside foldHeads", `fold ${folds.join()}`, {
      hint: "Rows of one head alone have a part held out instead: leave the heads of the folds out.",
    });
  }
  const heads = new Map<number, ToolHead>();
  for (const fold of folds) {
    const head = typeof given === "string" ? await ToolHead.load(foldHeadFile(given, fold)) : given[fold];
    if (!(head instanceof ToolHead)) throw invalidArgument("a tool head", `foldHeads[${fold}]`, head);
    const missing = tools.names.find((tool) => !head.has(tool));
    if (missing !== undefined) {
      throw new ToolkenError(
        "UNKNOWN_TOOL",
        `The head of fold ${fold} has no tool ${JSON.stringify(missing)}`,
      );
    }
    heads.set(fold, head);
  }
  return heads;
}
