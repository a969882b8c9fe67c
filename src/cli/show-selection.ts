// Tool selection as lines for people: each figure with its count and interval, the tools that are mixed up most.
import type { Interval } from "../lab/evaluation/bootstrap.js";
import type { SelectionEvaluation, SelectionScore } from "../lab/evaluation/evaluate-selection.js";
import { locationText, type TrainingProblem } from "../examples/example.js";
import type { SelectionTraining } from "../training/train-selection.js";

const LABEL_WIDTH = 14;
const MAX_SHOWN = 10;
const MAX_PROBLEMS_SHOWN = 5;

/** Without a line end. */
export function formatSelection(
  { scores, problems, tokens, seconds }: SelectionEvaluation,
  confidence: number,
): string {
  const all = scores.at(-1)!;
  return [
    ...scores.flatMap((score) => scoreLines(score, confidence)),
    ...mixedUp(all),
    ...worstTools(all),
    line("Time", `${seconds.total.toFixed(1)} s, ${tokens} tokens`),
    ...problemLines(problems),
  ].join("\n");
}

/** Without a line end. */
export function formatSelectionTraining(training: SelectionTraining): string {
  const { requests, heldOut, tools, withoutRequests, trials, settings, solver, seconds, problems } = training;
  return [
    line("Requests", `${requests}, ${heldOut} of them held out; ${tools} tools`),
    ...(withoutRequests.length === 0
      ? []
      : [line("Without a row", `${withoutRequests.length} tools that no request needs`)]),
    line("Features", `${seconds.features.toFixed(1)} s, ${training.tokens} tokens`),
    ...trials.map((trial) =>
      line(
        `L2 ${trial.l2}`,
        `held out: first ${of(trial.first, trial.requests)}, among five ${of(trial.amongFive, trial.requests)}; ${trial.iterations} iterations, ${trial.seconds.toFixed(1)} s`,
      ),
    ),
    line(
      "Solve",
      `L2 ${settings.l2}, on all requests, loss ${solver.loss.toFixed(5)}, ${solver.iterations} iterations${solver.converged ? "" : ", not converged"}; ${seconds.solve.toFixed(1)} s in all`,
    ),
    ...problemLines(problems),
  ].join("\n");
}

function scoreLines(score: SelectionScore, confidence: number): string[] {
  const { toolCount, requests, leftOut, first, amongFive, intervals, meanReciprocalRank, macroF1 } = score;
  const judged = leftOut === 0 ? "" : `, ${leftOut} of other tools left out`;
  return [
    line("Tools", `${toolCount}, ${requests} requests${judged}`),
    line("Top 1", of(first, requests, range(intervals.top1, confidence))),
    line("Top 5", of(amongFive, requests, range(intervals.top5, confidence))),
    line("Per tool", `macro F1 ${macroF1.toFixed(3)}; mean reciprocal rank ${meanReciprocalRank.toFixed(3)}`),
  ];
}

function mixedUp({ confusion }: SelectionScore): string[] {
  const wrong = confusion
    .filter(({ gold, predicted }) => gold !== predicted)
    .sort((a, b) => b.count - a.count)
    .map(({ gold, predicted, count }) => `${gold!} → ${predicted!} ${count}`);
  return wrong.length === 0 ? [] : [line("Mixed up", shortened(wrong))];
}

/** Of the tools that are asked for most, those that are found least. */
function worstTools({ perTool }: SelectionScore): string[] {
  const missed = perTool
    .filter(({ gold, right }) => right < gold)
    .sort((a, b) => b.gold - b.right - (a.gold - a.right))
    .map(({ tool, gold, right }) => `${tool} ${right} of ${gold}`);
  return missed.length === 0 ? [] : [line("Found", shortened(missed))];
}

function problemLines(problems: readonly TrainingProblem[]): string[] {
  if (problems.length === 0) return [];
  const shown = problems.slice(0, MAX_PROBLEMS_SHOWN).map((problem) => {
    const where = problem.file === "" ? `request ${problem.line}` : locationText(problem);
    return `  ${where}: ${problem.reason}`;
  });
  const more = problems.length - shown.length;
  return [`${problems.length} left out:`, ...shown, ...(more > 0 ? [`  and ${more} more`] : [])];
}

function of(part: number, whole: number, more = ""): string {
  return whole === 0 ? "no requests" : `${part} of ${whole} (${percent(part / whole)}${more})`;
}

function range(interval: Interval | null, confidence: number): string {
  if (interval === null) return "";
  return `; ${100 * confidence} % from ${percent(interval.low)} to ${percent(interval.high)}`;
}

function shortened(parts: readonly string[]): string {
  const more = parts.length - MAX_SHOWN;
  return parts.slice(0, MAX_SHOWN).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

function line(label: string, text: string): string {
  return `${label.padEnd(LABEL_WIDTH)}${label.length >= LABEL_WIDTH ? " " : ""}${text}`;
}

function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}
