import type { Tool } from "../../tools/index.js";
import { bestTool, type DecisionCalibration } from "./decision-calibration.js";
import type { UnseenRows } from "./decision-folds.js";
import { descriptionWarnings, type DescriptionWarning } from "./description-warnings.js";
import type { SynthesisReport } from "./synthesis/synthesis-report.js";
import type { TextSource, TrainingText } from "./training-text.js";

export interface ToolReport {
  readonly tool: string;
  /** Texts learned from, by source. */
  readonly texts: Partial<Record<TextSource, number>>;
  /** Requests that were judged unseen, and those whose tool came first. */
  readonly judged: number;
  readonly right: number;
}

export interface ConfusedPair {
  readonly tool: string;
  readonly other: string;
  /** Unseen requests of `tool` for which `other` came first, or the reverse. */
  readonly count: number;
}

export interface DefinitionReport {
  readonly texts: Readonly<Partial<Record<TextSource, number>>>;
  readonly tools: readonly ToolReport[];
  /** Unseen requests whose tool came first, of all outcomes but "no tool"; null without any. */
  readonly top1: number | null;
  readonly top5: number | null;
  readonly calibration: DecisionCalibration;
  /** Most confused first. */
  readonly confused: readonly ConfusedPair[];
  readonly warnings: readonly DescriptionWarning[];
  readonly synthesis: SynthesisReport | null;
}

const MAX_CONFUSED = 20;

export function definitionReport(
  tools: readonly Tool[],
  texts: readonly TrainingText[],
  unseen: UnseenRows,
  calibration: DecisionCalibration,
  synthesis: SynthesisReport | null,
): DefinitionReport {
  const names = tools.map(({ name }) => name);
  const judged = new Int32Array(names.length);
  const right = new Int32Array(names.length);
  const pairs = new Map<string, number>();
  let amongFive = 0;
  unseen.target.forEach((gold, row) => {
    if (gold >= names.length) return;
    judged[gold]!++;
    const { tool } = bestTool(unseen.logits, row, unseen.outcomes);
    if (tool === gold) right[gold]!++;
    else {
      const pair = [Math.min(gold, tool), Math.max(gold, tool)].join(" ");
      pairs.set(pair, (pairs.get(pair) ?? 0) + 1);
    }
    if (rankOf(unseen, row, gold) <= 5) amongFive++;
  });
  const total = judged.reduce((sum, count) => sum + count, 0);
  const firsts = right.reduce((sum, count) => sum + count, 0);
  return {
    texts: countSources(texts),
    tools: names.map((tool, k) => ({
      tool,
      texts: countSources(texts.filter(({ target }) => target === k)),
      judged: judged[k]!,
      right: right[k]!,
    })),
    top1: total === 0 ? null : firsts / total,
    top5: total === 0 ? null : amongFive / total,
    calibration,
    confused: [...pairs]
      .sort(([, a], [, b]) => b - a)
      .slice(0, MAX_CONFUSED)
      .map(([pair, count]) => {
        const [tool, other] = pair.split(" ").map((k) => names[Number(k)]!);
        return { tool: tool!, other: other!, count };
      }),
    warnings: descriptionWarnings(tools),
    synthesis,
  };
}

function rankOf({ logits, outcomes }: UnseenRows, row: number, gold: number): number {
  let rank = 1;
  for (let k = 0; k < outcomes - 1; k++) {
    if (logits[row * outcomes + k]! > logits[row * outcomes + gold]!) rank++;
  }
  return rank;
}

function countSources(texts: readonly TrainingText[]): Partial<Record<TextSource, number>> {
  const counts: Partial<Record<TextSource, number>> = {};
  for (const { source } of texts) counts[source] = (counts[source] ?? 0) + 1;
  return counts;
}
