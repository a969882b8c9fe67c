// What a training of a reranker tells: the same numbers for people, in tables, and for programs.
import type { TrainingProblem } from "../../examples/example.js";
import type { SolverReport } from "../report.js";
import { ratio, table, time } from "../report-text.js";
import type { RerankerL2Trial } from "./choose-l2.js";
import type { CallErrors, RerankMetrics, RerankTradeOff } from "./rerank-metrics.js";
import type { OutsideChoice } from "./rerank-rows.js";
import type { ClassWeights } from "./solve-reranker.js";

export interface RerankSettings {
  readonly method: string;
  readonly l2: number;
  readonly heldOut: number;
  readonly seed: number;
  readonly topK: number;
  readonly outside: OutsideChoice;
  readonly classWeights: ClassWeights;
  /** The prior's rows are a head's. */
  readonly prior: boolean;
  readonly refit: boolean;
  /** On a part of the texts, or fold by fold on all of them. */
  readonly judged: "held-out" | "folds";
}

export interface RerankReport {
  readonly settings: RerankSettings;
  /** Mined rows, those left out included. */
  readonly rows: number;
  /** Texts that they are of. */
  readonly texts: number;
  /** Rows that were learnt from, before one part was held out. */
  readonly learnt: number;
  /** Rows whose reference tool is not among their candidates. */
  readonly outOfReach: number;
  /** Tokens of this run's forward pass; 0 when all hidden states were kept. */
  readonly tokens: number;
  readonly tokensPerSecond: number | null;
  readonly seconds: {
    readonly features: number;
    readonly solve: number;
    readonly evaluation: number;
    readonly refit: number;
    readonly total: number;
  };
  /** Values of λ, tried by cross-validation within the training part; empty when one was given. */
  readonly trials: readonly RerankerL2Trial[];
  /** Of the reranker that was measured. */
  readonly solver: SolverReport;
  /** Of the final one, when it was solved once more on all rows. */
  readonly refit: SolverReport | null;
  /** Measured with the reranker that has learnt from the training part alone. */
  readonly train: RerankMetrics;
  /** The same on texts that it has not seen, which are all texts when it was judged by folds; null when none were held out. */
  readonly heldOut: RerankMetrics | null;
  /** Of the held-out rows, those where the tentative outcome is a tool: the reranker is asked there. */
  readonly asked: RerankMetrics | null;
  /** On held-out rows; empty without them. */
  readonly tradeOff: readonly RerankTradeOff[];
  readonly problems: readonly TrainingProblem[];
}

/** The report as lines for people, without a line end. */
export function formatRerankReport(report: RerankReport): string {
  const { seconds, trials, solver, refit, train, heldOut, asked, tradeOff, problems, settings } = report;
  const speed =
    report.tokensPerSecond === null
      ? "kept hidden states"
      : `${report.tokens} tokens, ${report.tokensPerSecond.toFixed(0)} tokens/s`;
  const outside = settings.outside === "add" ? "added to their candidates" : "left out";
  const lines = [
    `Rows       ${report.rows} of ${report.texts} texts, ${report.learnt} learnt from; ${report.outOfReach} reference tools outside the top ${settings.topK}, ${outside}`,
    `Features   ${time(seconds.features)}, ${speed}`,
    `Solve      ${time(seconds.solve)}, L2 ${settings.l2}${trials.length === 0 ? "" : ` (best of ${trials.length} in a cross-validation)`}, loss ${solver.loss.toFixed(5)}, ${solver.iterations} iterations${solver.converged ? "" : ", not converged"}`,
    ...(refit === null
      ? []
      : [
          `Refit      ${time(seconds.refit)}, on all rows, loss ${refit.loss.toFixed(5)}, ${refit.iterations} iterations`,
        ]),
    settings.judged === "folds"
      ? "Held out: each fold, judged by a reranker of the others whose prior is the head that mined it."
      : refit === null
        ? "The reranker is the one measured here."
        : "Measured before the refit: held-out rows were not seen by the reranker that is measured.",
    "",
    ...table([
      ["", ..."rows,accuracy,recall,spurious,wrong tool,missed".split(",")],
      ...partRows("train", train),
      ...(heldOut === null ? [] : partRows("held out", heldOut)),
      ...(asked === null ? [] : partRows("asked", asked)),
    ]),
    "",
    ...table([
      ["", ..."tool fix rate,REJ precision,REJ recall,flips helped,hurt,neither,out of reach".split(",")],
      rateRow("train", train),
      ...(heldOut === null ? [] : [rateRow("held out", heldOut)]),
      ...(asked === null ? [] : [rateRow("asked", asked)]),
    ]),
    "",
    ...outcomeTable(heldOut ?? train),
  ];
  if (tradeOff.length > 0) {
    lines.push(
      "",
      ...table([
        ["recall", "errors, head alone", "errors, reranked", "errors, half each"],
        ...tradeOff.map(({ recall, head, reranker, blended }) => [
          ratio(recall),
          orDash(head),
          orDash(reranker),
          orDash(blended),
        ]),
      ]),
      "Errors are spurious and wrong calls on held-out rows, at the bias (of the head; of REJ) with that recall;",
      "half each: with --rerank-weight 0.5.",
    );
  }
  if (heldOut !== null && settings.prior && settings.judged === "held-out") {
    lines.push(
      "If the head was trained on these texts, its rows know them: mine with --fold-heads for figures that do not flatter.",
    );
  }
  if (heldOut !== null) lines.push('"asked": held-out rows whose tentative outcome is a tool.');
  if (problems.length > 0) {
    lines.push("", `${problems.length} rows were left out:`);
    for (const { file, line, reason } of problems.slice(0, MAX_PROBLEMS_SHOWN)) {
      lines.push(`  ${file === "" ? `row ${line}` : `${file}:${line}`}: ${reason}`);
    }
    if (problems.length > MAX_PROBLEMS_SHOWN)
      lines.push(`  and ${problems.length - MAX_PROBLEMS_SHOWN} more`);
  }
  return lines.join("\n");
}

const MAX_PROBLEMS_SHOWN = 10;

function partRows(name: string, { rows, before, after }: RerankMetrics): string[][] {
  const cells = ({ accuracy, recall, spurious, wrongTool, missed }: CallErrors): string[] => [
    ratio(accuracy),
    ratio(recall),
    String(spurious),
    String(wrongTool),
    String(missed),
  ];
  return [
    [`${name}, tentative tool`, String(rows), ...cells(before)],
    [`${name}, reranked`, String(rows), ...cells(after)],
  ];
}

function rateRow(name: string, { toolFixRate, reject, flips, outOfReach }: RerankMetrics): string[] {
  return [
    name,
    toolFixRate === null ? "-" : ratio(toolFixRate),
    ratio(reject.precision),
    ratio(reject.recall),
    String(flips.helped),
    String(flips.hurt),
    String(flips.neither),
    String(outOfReach),
  ];
}

function outcomeTable({ perOutcome }: RerankMetrics): string[] {
  return table([
    ["outcome", "rows", "right before", "right", "precision", "recall", "F1"],
    ...perOutcome.map(({ outcome, gold, rightBefore, right, precision, recall, f1 }) => [
      outcome,
      String(gold),
      String(rightBefore),
      String(right),
      ratio(precision),
      ratio(recall),
      ratio(f1),
    ]),
  ]);
}

function orDash(value: number | null): string {
  return value === null ? "-" : String(value);
}
