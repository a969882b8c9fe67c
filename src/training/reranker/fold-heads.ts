// The heads that mined each fold, kept: a reranker is judged with them, so they must be those of its rows.
import { join } from "node:path";
import { ToolkenError, invalidArgument } from "../../errors.js";
import { createFolder } from "../../utils/folders.js";
import { exists } from "../../utils/exists.js";
import { ToolHead, type ToolHeadOptions } from "../../head/tool-head.js";
import type { ToolSet } from "../../tools/index.js";
import type { MinedInfo } from "../../examples/mined-row.js";

/** What a fold's head has mined, in its file. */
export interface FoldHeadOrigin {
  /** From 0. */
  readonly fold: number;
  /** Digest of all that the rows depend on, as the file of rows has it. */
  readonly settings: string;
}

/** Writes `fold-0.safetensors` and so on. @throws `IO`, `FILE_NOT_FOUND`. */
export async function saveFoldHead(
  folder: string,
  origin: FoldHeadOrigin,
  head: ToolHeadOptions,
): Promise<void> {
  await createFolder(folder);
  await ToolHead.create({ ...head, training: { mined: origin } }).save(fileOf(folder, origin.fold));
}

/** Whether all heads that were asked for are there. */
export async function hasFoldHeads(folder: string | undefined, info: MinedInfo): Promise<boolean> {
  const have = await Promise.all(info.folds.map(({ fold }) => hasFoldHead(folder, fold, info.settings)));
  return have.every(Boolean);
}

/** Whether the head of a fold is there, that of these rows; true when none is asked for. */
export async function hasFoldHead(
  folder: string | undefined,
  fold: number,
  settings: string,
): Promise<boolean> {
  if (folder === undefined) return true;
  const file = fileOf(folder, fold);
  if (!(await exists(file))) return false;
  const origin = originOf(await ToolHead.load(file));
  return origin?.fold === fold && origin.settings === settings;
}

/**
 * The heads of the folds that occur in some rows; undefined when none are given.
 *
 * @param given the folder, or the heads by fold
 * @param rows `settings`: of the file that they are from, where it is known
 * @throws `INVALID_ARGUMENT` (rows of one fold, a fold without a head, heads that mined other rows), `UNKNOWN_TOOL`,
 * `FILE_NOT_FOUND`, `FILE_INVALID`, `IO`
 */
export async function readFoldHeads(
  given: string | readonly ToolHead[] | undefined,
  rows: { readonly folds: readonly number[]; readonly settings: string | null },
  tools: ToolSet,
): Promise<ReadonlyMap<number, ToolHead> | undefined> {
  if (given === undefined) return undefined;
  const folds = [...new Set(rows.folds)].sort((a, b) => a - b);
  if (folds.length < 2) {
    throw invalidArgument("rows of several folds", "rows beside foldHeads", `fold ${folds.join()}`, {
      hint: "Rows of one head alone have a part held out instead: leave the heads of the folds out.",
    });
  }
  const heads = new Map<number, ToolHead>();
  for (const fold of folds) {
    const head = typeof given === "string" ? await ToolHead.load(fileOf(given, fold)) : given[fold];
    if (!(head instanceof ToolHead)) throw invalidArgument("a tool head", `foldHeads[${fold}]`, head);
    const missing = tools.names.find((tool) => !head.has(tool));
    if (missing !== undefined) {
      throw new ToolkenError(
        "UNKNOWN_TOOL",
        `The head of fold ${fold} has no tool ${JSON.stringify(missing)}`,
      );
    }
    const origin = originOf(head);
    const isOther = origin !== undefined && rows.settings !== null && origin.settings !== rows.settings;
    if (isOther || (origin !== undefined && origin.fold !== fold)) {
      throw invalidArgument(
        `the head that mined fold ${fold} of these rows`,
        `foldHeads[${fold}]`,
        `that of fold ${origin.fold}, mining ${origin.settings}`,
        { hint: "Mine again with --fold-heads: heads of other rows may have seen these texts." },
      );
    }
    heads.set(fold, head);
  }
  return heads;
}

function fileOf(folder: string, fold: number): string {
  return join(folder, `fold-${fold}.safetensors`);
}

/** undefined for a head that no mining has kept. */
function originOf({ training }: ToolHead): FoldHeadOrigin | undefined {
  const { mined } = (training ?? {}) as { readonly mined?: Partial<FoldHeadOrigin> };
  const isOrigin = typeof mined?.fold === "number" && typeof mined.settings === "string";
  return isOrigin ? (mined as FoldHeadOrigin) : undefined;
}
