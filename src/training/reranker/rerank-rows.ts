// Mined rows as the reranker learns from them: its candidates, its label, and whether the label is among them.
import { invalidArgument, ToolkenError } from "../../errors.js";
import { assertTopK, REJECT } from "../../reranker/reranker.js";
import type { ToolSet } from "../../tools/tool-set.js";
import type { MinedRow } from "../../examples/mined-row.js";

/** What training reads of a mined row. */
export type RerankRow = Pick<
  MinedRow,
  "id" | "example" | "question" | "text" | "label" | "tools" | "margin"
> & {
  /** The fold that the text was held out in, from 0. */
  readonly fold?: number | undefined;
  /** Probability of all tools together; absent in published rows. */
  readonly toolProbability?: number | undefined;
};

/** What becomes of a row whose reference tool is not among its candidates. It is never called REJ. */
export const OUTSIDE_CHOICES = ["add", "leave-out"] as const;
export type OutsideChoice = (typeof OUTSIDE_CHOICES)[number];

export interface RerankExample {
  readonly row: RerankRow;
  /** In descending order of probability; an added gold tool stands last. */
  readonly candidates: readonly string[];
  /** The gold outcome is REJ or among the mined candidates: a reranker can get it right at inference. */
  readonly inReach: boolean;
  /** Part of the training. */
  readonly learns: boolean;
}

export interface RerankExamples {
  readonly examples: readonly RerankExample[];
  /** Candidates per row. */
  readonly topK: number;
}

/**
 * @param options.topK candidates per row, the best of the mined ones. Default: all that were mined.
 * @throws `INVALID_ARGUMENT`: no row of a tool, top-k above the tools or above what was mined; `UNKNOWN_TOOL`: a row
 * of another tool set
 */
export function rerankExamples(
  rows: readonly RerankRow[],
  tools: ToolSet,
  options: { readonly topK?: number | undefined; readonly outside: OutsideChoice },
): RerankExamples {
  if (!OUTSIDE_CHOICES.includes(options.outside)) {
    throw invalidArgument(`one of ${OUTSIDE_CHOICES.join(", ")}`, "outside", options.outside);
  }
  if (rows.length === 0) throw invalidArgument("at least one mined row", "rows", rows);
  for (const row of rows) checkRow(row, tools);
  const mined = rows.reduce((most, row) => Math.max(most, row.tools.length), 0);
  const topK = options.topK ?? mined;
  assertTopK(topK, tools.size);
  if (topK > mined) {
    throw invalidArgument(`at most ${mined}, the tools of a mined row`, "topK", topK, {
      hint: "Mine again with more tools per row.",
    });
  }
  const examples = rows.map((row) => rerankExample(row, topK, options.outside));
  if (!examples.some(({ row, learns }) => learns && row.label !== REJECT)) {
    throw new ToolkenError("INVALID_ARGUMENT", "Expected at least one mined row of a tool to learn from", {
      hint: "Mine texts with calls of the given tools.",
    });
  }
  return { examples, topK };
}

function rerankExample(row: RerankRow, topK: number, outside: OutsideChoice): RerankExample {
  const best = row.tools.slice(0, topK).map(({ tool }) => tool);
  if (row.label === REJECT || best.includes(row.label)) {
    return { row, candidates: best, inReach: true, learns: true };
  }
  return outside === "add"
    ? { row, candidates: [...best, row.label], inReach: false, learns: true }
    : { row, candidates: best, inReach: false, learns: false };
}

function checkRow({ id, label, tools: mined }: RerankRow, tools: ToolSet): void {
  if (mined.length === 0) throw invalidArgument("at least one tool", `tools of row ${id}`, mined);
  const names = mined.map(({ tool }) => tool);
  if (new Set(names).size !== names.length) {
    throw invalidArgument("different tools", `tools of row ${id}`, names);
  }
  const other = [label, ...names].find((name) => name !== REJECT && !tools.has(name));
  if (other === undefined && !names.includes(REJECT)) return;
  throw new ToolkenError(
    "UNKNOWN_TOOL",
    `Row ${id} was mined with the tool ${JSON.stringify(other ?? REJECT)}, which is not given`,
    { hint: `Given are ${tools.names.slice(0, 20).join(", ")}: mine with the head of these tools.` },
  );
}
