// Whether a run makes the calls that its questions need: per question, whatever the order.
import { share } from "../../metrics/answers.js";
import { type WrittenCall, parseCall } from "./call-text.js";
import {
  type PrecisionRecall,
  type SelectionMetrics,
  TOKEN_OUTCOME,
  precisionRecall,
  selectionMetrics,
} from "../../metrics/selection.js";

/** The calls of one question, as texts (`<add>(1, 2)=3`) or bare tool names. */
export interface CallPair {
  readonly gold: readonly string[];
  readonly predicted: readonly string[];
}

export interface CallCounts {
  readonly calls: number;
  readonly questionsWithCalls: number;
  /** `questionsWithCalls` of all questions. */
  readonly callRate: number;
  /** Most called first. */
  readonly perTool: Readonly<Record<string, number>>;
}

/** Calls of each tool; what is no call (see `parseCall`) counts under its own text. */
export function countCalls(calls: readonly (readonly string[])[]): CallCounts {
  const perTool = new Map<string, number>();
  for (const tool of calls.flat().map(toolOf)) perTool.set(tool, (perTool.get(tool) ?? 0) + 1);
  const questionsWithCalls = calls.filter(({ length }) => length > 0).length;
  return {
    calls: calls.flat().length,
    questionsWithCalls,
    callRate: share(questionsWithCalls, calls.length),
    perTool: Object.fromEntries([...perTool].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))),
  };
}

export interface CallMetrics extends Omit<SelectionMetrics, "steps" | "toolSteps" | "selectionAccuracy"> {
  /** Questions whose gold calls are known. */
  readonly questions: number;
  readonly goldCalls: number;
  readonly predictedCalls: number;
  /** A call is right when tool and arguments are; null where gold calls name tools alone. */
  readonly withArguments: PrecisionRecall | null;
}

/**
 * Precision and recall of calls, by tool and with arguments, and the confusion of tools. Calls of a question are
 * matched whatever their order; what is left over is matched in order: gold with predicted is a wrong tool, gold
 * alone missed, predicted alone spurious.
 */
export function callMetrics(pairs: readonly CallPair[]): CallMetrics {
  const gold: (string | null)[] = [];
  const predicted: (string | null)[] = [];
  for (const pair of pairs) {
    const left = pair.predicted.map(toolOf);
    const missing = pair.gold.map(toolOf).filter((tool) => {
      const at = left.indexOf(tool);
      if (at < 0) return true;
      left.splice(at, 1);
      gold.push(tool);
      predicted.push(tool);
      return false;
    });
    for (let i = 0; i < Math.max(missing.length, left.length); i++) {
      gold.push(missing[i] ?? null);
      predicted.push(left[i] ?? null);
    }
  }
  return {
    questions: pairs.length,
    goldCalls: gold.filter((tool) => tool !== null).length,
    predictedCalls: predicted.filter((tool) => tool !== null).length,
    ...outcomeMetrics(gold, predicted),
    withArguments: argumentMetrics(pairs),
  };
}

/** Selection metrics of named outcomes; null stands for no tool. */
export function outcomeMetrics(
  gold: readonly (string | null)[],
  predicted: readonly (string | null)[],
): Omit<SelectionMetrics, "steps" | "toolSteps" | "selectionAccuracy"> {
  const tools = [...new Set([...gold, ...predicted])].filter((tool) => tool !== null).sort();
  const code = new Map(tools.map((tool, k) => [tool, k]));
  const outcomes = (names: readonly (string | null)[]): number[] =>
    names.map((name) => (name === null ? TOKEN_OUTCOME : code.get(name)!));
  const metrics = selectionMetrics({ gold: outcomes(gold), predicted: outcomes(predicted), tools });
  const { spurious, missed, wrongTool, micro, macro, perTool, confusion } = metrics;
  return { spurious, missed, wrongTool, micro, macro, perTool, confusion };
}

function argumentMetrics(pairs: readonly CallPair[]): PrecisionRecall | null {
  let [right, predicted, gold] = [0, 0, 0];
  for (const pair of pairs) {
    const wanted = pair.gold.map(parseCall);
    if (wanted.some((call) => (call?.args ?? null) === null)) return null;
    const made = pair.predicted.map(parseCall);
    predicted += made.length;
    gold += wanted.length;
    for (const call of wanted) {
      const at = made.findIndex((candidate) => isSame(candidate, call!));
      if (at < 0) continue;
      made.splice(at, 1);
      right++;
    }
  }
  return precisionRecall(right, predicted, gold);
}

function isSame(a: WrittenCall | null, b: WrittenCall): boolean {
  return a?.tool === b.tool && a.args === b.args;
}

function toolOf(call: string): string {
  return parseCall(call)?.tool ?? call.trim();
}
