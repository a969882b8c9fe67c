// How well a head fires at the right steps, and the right tool: counted per step, micro, macro and per tool.
import { invalidArgument } from "../errors.js";
import { share } from "./answers.js";

/** An outcome that is not a tool. */
export const TOKEN_OUTCOME = -1;

export interface SelectionInput {
  /** Gold outcome of each step: -1 for a token, k for tool k. */
  readonly gold: ArrayLike<number>;
  /** Winner of the joint distribution at each step, in the same code. */
  readonly predicted: ArrayLike<number>;
  /** Best tool of each step with tokens left out of the contest; read at gold tool steps only. */
  readonly bestTool?: ArrayLike<number>;
  /** Names of the tools; their order is the code. */
  readonly tools: readonly string[];
}

export interface PrecisionRecall {
  /** Steps where the right tool fired, of all steps where a tool fired; 0 when none fired. */
  readonly precision: number;
  /** Steps where the right tool fired, of all gold tool steps; 0 when there is none. */
  readonly recall: number;
  /** `2 · precision · recall / (precision + recall)`, 0 when both are 0. */
  readonly f1: number;
}

export interface ToolSelection extends PrecisionRecall {
  readonly tool: string;
  /** Gold steps of this tool. */
  readonly gold: number;
  /** Steps where this tool fired. */
  readonly predicted: number;
  /** Steps where both hold. */
  readonly right: number;
}

/** How often a gold outcome met a predicted one; `null` stands for a token. */
export interface ConfusionCount {
  readonly gold: string | null;
  readonly predicted: string | null;
  readonly count: number;
}

export interface SelectionMetrics {
  readonly steps: number;
  readonly toolSteps: number;
  /** Gold token steps where a tool fired. */
  readonly spurious: number;
  /** Gold tool steps where a token won. */
  readonly missed: number;
  /** Gold tool steps where another tool fired. */
  readonly wrongTool: number;
  readonly micro: PrecisionRecall;
  /** Mean over the tools that have a gold step or fired; tools with neither say nothing. */
  readonly macro: PrecisionRecall;
  readonly perTool: readonly ToolSelection[];
  /** Share of gold tool steps whose best tool is the right one; `null` without `bestTool` or tool steps. */
  readonly selectionAccuracy: number | null;
  /** Only pairs that occur, in order of gold and predicted tools, tokens last. */
  readonly confusion: readonly ConfusionCount[];
}

/**
 * Precision, recall and F1 of tool steps, the accuracy of tool selection, and confusion counts.
 *
 * @throws ToolkenError `INVALID_ARGUMENT` for arrays of unequal length or an outcome that is out of range.
 */
export function selectionMetrics(input: SelectionInput): SelectionMetrics {
  const { gold, predicted, bestTool, tools } = input;
  const toolCount = tools.length;
  checkOutcomes("gold", gold, gold.length, toolCount);
  checkOutcomes("predicted", predicted, gold.length, toolCount);
  if (bestTool !== undefined) checkOutcomes("bestTool", bestTool, gold.length, toolCount);

  // A pair's key orders tokens after all tools: (K + 1) values per outcome.
  const pairs = new Map<number, number>();
  let selected = 0;
  for (let step = 0; step < gold.length; step++) {
    const g = gold[step]!;
    const key = rank(g, toolCount) * (toolCount + 1) + rank(predicted[step]!, toolCount);
    pairs.set(key, (pairs.get(key) ?? 0) + 1);
    if (g >= 0 && bestTool?.[step] === g) selected++;
  }

  const goldSteps = new Array<number>(toolCount + 1).fill(0);
  const firedSteps = new Array<number>(toolCount + 1).fill(0);
  const rightSteps = new Array<number>(toolCount + 1).fill(0);
  const confusion: ConfusionCount[] = [];
  let missed = 0;
  for (const [key, count] of [...pairs].sort(([a], [b]) => a - b)) {
    const g = Math.floor(key / (toolCount + 1));
    const p = key % (toolCount + 1);
    goldSteps[g]! += count;
    firedSteps[p]! += count;
    if (g === p) rightSteps[g]! += count;
    if (g < toolCount && p === toolCount) missed += count;
    confusion.push({ gold: tools[g] ?? null, predicted: tools[p] ?? null, count });
  }

  const perTool = tools.map((tool, k) => {
    const [right, fired, all] = [rightSteps[k]!, firedSteps[k]!, goldSteps[k]!];
    return { tool, gold: all, predicted: fired, right, ...precisionRecall(right, fired, all) };
  });
  const toolSteps = gold.length - goldSteps[toolCount]!;
  const fired = gold.length - firedSteps[toolCount]!;
  const right = perTool.reduce((sum, tool) => sum + tool.right, 0);
  return {
    steps: gold.length,
    toolSteps,
    spurious: fired - (toolSteps - missed),
    missed,
    wrongTool: toolSteps - missed - right,
    micro: precisionRecall(right, fired, toolSteps),
    macro: mean(perTool.filter((tool) => tool.gold + tool.predicted > 0)),
    perTool,
    selectionAccuracy: bestTool === undefined || toolSteps === 0 ? null : selected / toolSteps,
    confusion,
  };
}

/** Precision, recall and F1 from counts. */
export function precisionRecall(right: number, predicted: number, gold: number): PrecisionRecall {
  // F1 straight from the counts: no rounding of two divisions before the third.
  return {
    precision: share(right, predicted),
    recall: share(right, gold),
    f1: share(2 * right, predicted + gold),
  };
}

function mean(tools: readonly PrecisionRecall[]): PrecisionRecall {
  const sum = (of: keyof PrecisionRecall): number => tools.reduce((total, tool) => total + tool[of], 0);
  return {
    precision: share(sum("precision"), tools.length),
    recall: share(sum("recall"), tools.length),
    f1: share(sum("f1"), tools.length),
  };
}

/** Tools in their order, tokens after them. */
function rank(outcome: number, toolCount: number): number {
  return outcome === TOKEN_OUTCOME ? toolCount : outcome;
}

function checkOutcomes(name: string, outcomes: ArrayLike<number>, length: number, toolCount: number): void {
  if (outcomes.length !== length) {
    throw invalidArgument(`${String(length)} outcomes, one per step`, name, outcomes.length);
  }
  for (let step = 0; step < length; step++) {
    const outcome = outcomes[step];
    if (!Number.isInteger(outcome) || outcome! < TOKEN_OUTCOME || outcome! >= toolCount) {
      const range = `-1 or an index below ${String(toolCount)}`;
      throw invalidArgument(range, `${name}[${String(step)}]`, outcome);
    }
  }
}
