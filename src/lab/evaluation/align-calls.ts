// A run's calls against gold's, in their order: the fewest differences that explain them.
import { approximateMatch } from "../../metrics/answer.js";
import { parseCall, type WrittenCall } from "./call-text.js";

export interface CallDifference {
  readonly kind: "missedCall" | "spuriousCall" | "wrongTool" | "wrongArguments";
  /** Absent for a spurious call. */
  readonly gold?: string;
  /** Absent for a missed call. */
  readonly call?: string;
}

/** A missed and a spurious call cost more together than one of another tool, which costs more than its arguments. */
const COSTS = { missedCall: 1, spuriousCall: 1, wrongTool: 1.5, wrongArguments: 0.9 };

/**
 * The differences at the cheapest alignment (Needleman & Wunsch 1970), in the run's order. A call that is missed in
 * one place and made in another is none. Gold calls that name a tool alone say nothing of arguments.
 */
export function alignCalls(gold: readonly string[], calls: readonly string[]): CallDifference[] {
  const [wanted, made] = [gold.map(toCall), calls.map(toCall)];
  // (G+1, C+1): the least cost of the last g gold calls and the last c calls of the run.
  const least = Array.from({ length: wanted.length + 1 }, () => new Float64Array(made.length + 1));
  const costOf = (kind: CallDifference["kind"] | undefined): number => (kind === undefined ? 0 : COSTS[kind]);
  for (let g = wanted.length; g >= 0; g--) {
    for (let c = made.length; c >= 0; c--) {
      if (g === wanted.length && c === made.length) continue;
      const options = [Infinity, Infinity, Infinity];
      if (g < wanted.length && c < made.length) {
        options[0] = costOf(pairKind(wanted[g]!, made[c]!)) + least[g + 1]![c + 1]!;
      }
      if (g < wanted.length) options[1] = COSTS.missedCall + least[g + 1]![c]!;
      if (c < made.length) options[2] = COSTS.spuriousCall + least[g]![c + 1]!;
      least[g]![c] = Math.min(...options);
    }
  }
  const differences: CallDifference[] = [];
  let [g, c] = [0, 0];
  while (g < wanted.length || c < made.length) {
    const kind = g < wanted.length && c < made.length ? pairKind(wanted[g]!, made[c]!) : "none";
    if (kind !== "none" && least[g]![c] === costOf(kind) + least[g + 1]![c + 1]!) {
      if (kind !== undefined) differences.push({ kind, gold: gold[g]!, call: calls[c]! });
      [g, c] = [g + 1, c + 1];
    } else if (g < wanted.length && least[g]![c] === COSTS.missedCall + least[g + 1]![c]!) {
      differences.push({ kind: "missedCall", gold: gold[g++]! });
    } else differences.push({ kind: "spuriousCall", call: calls[c++]! });
  }
  return withoutMoved(differences);
}

interface Call extends WrittenCall {
  /** What stands after `=`. */
  readonly result: string | null;
}

function toCall(text: string): Call {
  const { tool, args } = parseCall(text) ?? { tool: text.trim(), args: null };
  return { tool, args, result: /\)\s*=\s*([^()=]+)$/.exec(text)?.[1]?.trim() ?? null };
}

/** undefined for a right call */
function pairKind(gold: Call, call: Call): "wrongTool" | "wrongArguments" | undefined {
  if (gold.tool !== call.tool) return "wrongTool";
  return gold.args === null || areRightArguments(gold, call) ? undefined : "wrongArguments";
}

function areRightArguments(gold: Call, call: Call): boolean {
  const [wanted, given] = [gold.args!.split(","), (call.args ?? "").split(",")];
  const isClose = (value: string, place: number): boolean =>
    value === given[place] || approximateMatch(given[place] ?? null, value);
  if (wanted.length === given.length && wanted.every(isClose)) return true;
  // The same numbers in another order, `%` for hundredths: what counts is what comes out.
  return gold.result !== null && call.result !== null && approximateMatch(call.result, gold.result);
}

function withoutMoved(differences: readonly CallDifference[]): CallDifference[] {
  const kept = [...differences];
  for (const missed of differences) {
    if (missed.kind !== "missedCall") continue;
    const gold = toCall(missed.gold!);
    const at = kept.findIndex(
      ({ kind, call }) => kind === "spuriousCall" && pairKind(gold, toCall(call!)) === undefined,
    );
    if (at < 0) continue;
    kept.splice(at, 1);
    kept.splice(kept.indexOf(missed), 1);
  }
  return kept;
}
