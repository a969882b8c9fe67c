// A score as lines for people: each figure with its counts and its interval.
import type { Interval } from "../lab/evaluation/bootstrap.js";
import type { CallMetrics } from "../lab/evaluation/call-metrics.js";
import type { RunComparison } from "../lab/evaluation/compare-runs.js";
import type { RunScore } from "../lab/evaluation/score-run.js";
import type { PrecisionRecall } from "../metrics/selection.js";
import type { Io } from "./io.js";

const LABEL_WIDTH = 19;
const MAX_SHOWN = 10;

export function formatScore(score: RunScore, confidence: number, { style }: Pick<Io, "style">): string {
  const lines = [style("bold", score.file), ...metricLines(score, confidence)];
  if (score.failed > 0) lines.push(line("With an error", String(score.failed)));
  if (score.withoutGold > 0) lines.push(line("Without reference", String(score.withoutGold)));
  if (score.missing > 0) lines.push(line("Not predicted", `${score.missing} questions of the data set`));
  if (score.leftOut > 0)
    lines.push(line("Left out", `${score.leftOut} predictions that the data set does not have`));
  const { calls, questionsWithCalls, perTool } = score.calls;
  lines.push(line("Calls", `${calls} in ${questionsWithCalls} questions`));
  if (calls > 0)
    lines.push(line("Calls per tool", shortened(Object.entries(perTool).map(([tool, n]) => `${tool} ${n}`))));
  if (score.callMetrics !== null) lines.push(...callLines(score.callMetrics, score.kind));
  return lines.join("\n");
}

function metricLines(score: RunScore, confidence: number): string[] {
  const { questions, intervals } = score;
  const share = (label: string, name: string, value: number, whole: number): string =>
    line(
      label,
      whole === 0
        ? "no reference answers"
        : `${Math.round(value * whole)} of ${whole} (${percent(value)}${interval(intervals[name], confidence)})`,
    );
  switch (score.kind) {
    case "answers":
      return [
        share("Exact match", "exactMatch", score.exactMatch, questions),
        share("Approximate match", "approximateMatch", score.approximateMatch, questions),
        line("Without an answer", String(score.unanswered)),
      ];
    case "plans":
      return [
        share("Action match", "actionMatch", score.actionMatch, score.steps),
        share("Plan match", "planMatch", score.planMatch, questions),
        share("Action and object", "stepMatch", score.stepMatch, score.steps),
        share("Plan with objects", "fullPlanMatch", score.fullPlanMatch, questions),
        line("Without a plan", String(score.unanswered)),
      ];
    case "relations": {
      const { relation, wrongRelation, answer, wrongAnswer } = score.outcomes;
      const counts = `right ${relation}, another ${wrongRelation}; without a call right ${answer}, wrong ${wrongAnswer}`;
      const perCount = score.byToolCount.length > 1 ? [formatToolCounts([score])] : [];
      return [
        share("Accuracy", "accuracy", score.accuracy, questions),
        line("Relations called", counts),
        ...perCount,
      ];
    }
  }
}

function callLines(metrics: CallMetrics, kind: RunScore["kind"]): string[] {
  const { micro, macro, withArguments, confusion, spurious, missed, wrongTool } = metrics;
  const wrong = confusion
    .filter(({ gold, predicted }) => gold !== predicted)
    .sort((a, b) => b.count - a.count)
    .map(({ gold, predicted, count }) => `${gold ?? "none"} → ${predicted ?? "none"} ${count}`);
  const against = `${metrics.predictedCalls} against ${metrics.goldCalls} gold`;
  return [
    line(kind === "plans" ? "Actions" : "Reference calls", `${against}, in ${metrics.questions} questions`),
    line("Tools, micro", precision(micro)),
    line("Tools, macro", precision(macro)),
    ...(withArguments === null ? [] : [line("With arguments", precision(withArguments))]),
    line("Wrong", `${wrongTool} another tool, ${missed} false negatives, ${spurious} false positives`),
    ...(wrong.length === 0 ? [] : [line("Reference → predicted", shortened(wrong))]),
  ];
}

export function formatComparison(comparison: RunComparison, confidence: number): string {
  const { first, second, questions, measures } = comparison;
  const lines = [`${first} against ${second}, ${questions} questions`];
  for (const { measure, first: a, second: b, difference, interval: range, mcNemar } of measures) {
    const shown = `${percent(a)} and ${percent(b)}: ${points(difference)} points`;
    const bounds =
      range === null ? "" : `, ${100 * confidence} % from ${points(range.low)} to ${points(range.high)}`;
    lines.push(line(MEASURES[measure] ?? measure, shown + bounds));
    if (mcNemar !== null) {
      const { onlyFirst, onlySecond, pValue } = mcNemar;
      const p = pValue < 0.0001 ? "< 0.0001" : `= ${pValue.toFixed(4)}`;
      lines.push(line("", `only the first ${onlyFirst}, only the second ${onlySecond}; McNemar p ${p}`));
    }
  }
  return lines.join("\n");
}

/** Accuracy at each number of relations, of all runs. */
export function formatToolCounts(scores: readonly RunScore[]): string {
  const rows = scores
    .flatMap((score) =>
      score.kind === "relations" ? score.byToolCount.map((at) => ({ ...at, file: score.file })) : [],
    )
    .sort((a, b) => (a.toolCount ?? Infinity) - (b.toolCount ?? Infinity));
  return rows
    .map(({ toolCount, accuracy, questions, file }) =>
      line(`Accuracy at K = ${toolCount ?? "?"}`, `${percent(accuracy)} of ${questions}  ${file}`),
    )
    .join("\n");
}

const MEASURES: Readonly<Record<string, string>> = {
  exactMatch: "Exact match",
  approximateMatch: "Approximate match",
  planMatch: "Plan match",
  actionMatch: "Action match",
  stepMatch: "Action and object",
  fullPlanMatch: "Plan with objects",
  accuracy: "Accuracy",
};

function line(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${label.length >= LABEL_WIDTH ? " " : ""}${text}`;
}

function shortened(parts: readonly string[]): string {
  const more = parts.length - MAX_SHOWN;
  return parts.slice(0, MAX_SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function interval(range: Interval | null | undefined, confidence: number): string {
  if (range === null || range === undefined) return "";
  return `; ${100 * confidence} % from ${percent(range.low)} to ${percent(range.high)}`;
}

function precision({ precision: p, recall, f1 }: PrecisionRecall): string {
  return `precision ${p.toFixed(3)}, recall ${recall.toFixed(3)}, F1 ${f1.toFixed(3)}`;
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

function points(value: number): string {
  const text = (100 * value).toFixed(1);
  return value > 0 ? `+${text}` : text;
}
