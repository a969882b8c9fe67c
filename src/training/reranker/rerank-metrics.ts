// What reranking changes for the better and the worse, against calling the tentative tool.
import { precisionRecall, type PrecisionRecall } from "../../metrics/selection.js";
import { REJECT, type Reranker } from "../../reranker/reranker.js";
import type { RerankExample } from "./rerank-rows.js";
import { share } from "../../metrics/answers.js";

/** A row with what the reranker makes of it. */
export interface RerankDecision {
  readonly example: RerankExample;
  /** A candidate or REJ; null where the gold tool is out of reach: whatever is chosen there is wrong. */
  readonly chosen: string | null;
  /** The best candidate's score minus REJ's; 0 where the gold tool is out of reach. */
  readonly lead: number;
  /** The best candidate. */
  readonly bestTool: string;
  /** The same with half of the weight given to the head's log-probabilities; null where they are not known. */
  readonly blended: { readonly lead: number; readonly bestTool: string } | null;
}

/** @param h (d), the row's hidden state */
export function decide(reranker: Reranker, example: RerankExample, h: Float32Array): RerankDecision {
  if (!example.inReach) return unreached(example);
  const scores = reranker.score(h, example.candidates);
  const reject = scores.at(-1)!;
  const tools = scores.subarray(0, -1);
  const best = tools.reduce((top, score, at) => (score > tools[top]! ? at : top), 0);
  const lead = tools[best]! - reject;
  const bestTool = example.candidates[best]!;
  const blended = blend(example, tools, reject);
  return { example, chosen: lead > 0 ? bestTool : REJECT, lead, bestTool, blended };
}

/** The gold tool is not among the candidates: whatever is chosen is wrong. */
export function unreached(example: RerankExample): RerankDecision {
  const bestTool = example.candidates[0]!;
  return { example, chosen: null, lead: 0, bestTool, blended: null };
}

/** As at inference with `rerankWeight: 0.5`: half the score and half the logarithm of the probability. */
function blend(
  { row, candidates }: RerankExample,
  scores: Float32Array,
  reject: number,
): RerankDecision["blended"] {
  if (row.toolProbability === undefined) return null;
  const worth = (score: number, probability: number): number =>
    0.5 * score + 0.5 * Math.log(Math.max(probability, Number.MIN_VALUE));
  const own = candidates.map((tool, at) => {
    const { probability } = row.tools.find((mined) => mined.tool === tool)!;
    return worth(scores[at]!, probability);
  });
  const best = own.reduce((top, value, at) => (value > own[top]! ? at : top), 0);
  return { lead: own[best]! - worth(reject, 1 - row.toolProbability), bestTool: candidates[best]! };
}

/** Calls that are not as they should be, and those that are. */
export interface CallErrors {
  /** Rows of REJ where a tool is called. */
  readonly spurious: number;
  /** Rows of a tool where another is called. */
  readonly wrongTool: number;
  /** Rows of a tool where none is called. */
  readonly missed: number;
  /** Rows of a tool where it is called, of all rows of a tool; 0 without any. */
  readonly recall: number;
  /** Rows with the right outcome, of all; 0 without any. */
  readonly accuracy: number;
}

export interface RerankedOutcome extends PrecisionRecall {
  /** A tool or REJ. */
  readonly outcome: string;
  /** Rows with this label. */
  readonly gold: number;
  /** Of them, rows that were right without reranking; of REJ always 0. */
  readonly rightBefore: number;
  readonly right: number;
  /** Rows where the reranker chose it. */
  readonly chosen: number;
}

export interface RerankMetrics {
  readonly rows: number;
  readonly toolRows: number;
  readonly rejectRows: number;
  /** Rows of a tool that is not among the candidates; wrong before and after. */
  readonly outOfReach: number;
  /** The tentative tool, the most probable one, is called at every row. */
  readonly before: CallErrors;
  /** The reranker decides. */
  readonly after: CallErrors;
  /** Of rows whose tentative tool is the wrong one, those that get the right one; null without any. */
  readonly toolFixRate: number | null;
  /** REJ as an outcome: how often it is right where it is chosen, and chosen where it is right. */
  readonly reject: PrecisionRecall;
  /** Rows where the outcome is not the tentative tool. */
  readonly flips: {
    /** Wrong before, right after. */
    readonly helped: number;
    /** Right before, wrong after. */
    readonly hurt: number;
    /** Wrong before and after. */
    readonly neither: number;
  };
  /** By outcome, REJ last. */
  readonly perOutcome: readonly RerankedOutcome[];
}

export function rerankMetrics(decisions: readonly RerankDecision[], tools: readonly string[]): RerankMetrics {
  const toolRows = decisions.filter(({ example }) => example.row.label !== REJECT);
  const wrongBefore = toolRows.filter((decision) => tentativeOf(decision) !== labelOf(decision));
  const flipped = decisions.filter(
    (decision) => decision.chosen !== null && decision.chosen !== tentativeOf(decision),
  );
  const helped = flipped.filter(isRight).length;
  const hurt = flipped.filter((decision) => tentativeOf(decision) === labelOf(decision)).length;
  const perOutcome = [...tools, REJECT].map((outcome) => outcomeMetrics(decisions, outcome));
  const { precision, recall, f1 } = perOutcome.at(-1)!;
  return {
    rows: decisions.length,
    toolRows: toolRows.length,
    rejectRows: decisions.length - toolRows.length,
    outOfReach: decisions.filter(({ example }) => !example.inReach).length,
    before: callErrors(decisions, tentativeOf),
    after: callErrors(decisions, ({ chosen }) => chosen),
    toolFixRate: wrongBefore.length === 0 ? null : count(wrongBefore, isRight) / wrongBefore.length,
    reject: { precision, recall, f1 },
    flips: { helped, hurt, neither: flipped.length - helped - hurt },
    perOutcome,
  };
}

function callErrors(
  decisions: readonly RerankDecision[],
  outcomeOf: (decision: RerankDecision) => string | null,
): CallErrors {
  const errors = { spurious: 0, wrongTool: 0, missed: 0 };
  let right = 0;
  let rightTools = 0;
  let toolRows = 0;
  for (const decision of decisions) {
    const label = labelOf(decision);
    const outcome = outcomeOf(decision);
    if (label !== REJECT) toolRows++;
    if (outcome === label) {
      right++;
      if (label !== REJECT) rightTools++;
    } else if (label === REJECT) errors.spurious++;
    else if (outcome === REJECT) errors.missed++;
    else errors.wrongTool++;
  }
  return { ...errors, recall: share(rightTools, toolRows), accuracy: share(right, decisions.length) };
}

function outcomeMetrics(decisions: readonly RerankDecision[], outcome: string): RerankedOutcome {
  const gold = decisions.filter((decision) => labelOf(decision) === outcome);
  const right = count(gold, isRight);
  const chosen = count(decisions, (decision) => decision.chosen === outcome);
  const rightBefore = count(gold, (decision) => tentativeOf(decision) === outcome);
  return {
    outcome,
    gold: gold.length,
    rightBefore,
    right,
    chosen,
    ...precisionRecall(right, chosen, gold.length),
  };
}

/** Spurious and wrong calls at one recall of needed calls. */
export interface RerankTradeOff {
  /** Share of the rows of a tool, those where no tool fired included. */
  readonly recall: number;
  /** With the head alone, its bias lowered until the recall is no more than needed. */
  readonly head: number | null;
  /** With the reranker, REJ's score raised likewise; null where it does not come to that recall. */
  readonly reranker: number | null;
  /** The same with half of the weight given to the head; null as well where its probabilities are not known. */
  readonly blended: number | null;
}

/** Of the recall of the head alone. */
const RECALL_LEVELS = [1, 0.95, 0.9, 0.8, 0.7] as const;

/**
 * A reject option can be bought with a bias alone, so it is compared with one: errors of both where they have the
 * same recall. The reranker is asked where the tentative outcome is a tool (margin above 0).
 */
export function rerankTradeOff(decisions: readonly RerankDecision[]): readonly RerankTradeOff[] {
  const needed = count(decisions, (decision) => labelOf(decision) !== REJECT);
  const asked = decisions.filter(({ example }) => example.row.margin > 0);
  const alone = asked.map((decision) => ({
    lead: decision.example.row.margin,
    isRight: tentativeOf(decision) === labelOf(decision),
  }));
  const calls = (of: (decision: RerankDecision) => { lead: number; bestTool: string }) =>
    asked.map((decision) => ({
      // Out of reach nothing is known of the lead; such a call is an error from the beginning.
      lead: decision.example.inReach ? of(decision).lead : Infinity,
      isRight: decision.example.inReach && of(decision).bestTool === labelOf(decision),
    }));
  const reranked = calls((decision) => decision);
  const isKnown = asked.every(({ example, blended }) => !example.inReach || blended !== null);
  const blended = isKnown ? calls((decision) => decision.blended!) : null;
  const most = share(
    count(alone, ({ isRight: right }) => right),
    needed,
  );
  return RECALL_LEVELS.map((level) => {
    const right = Math.ceil(level * most * needed - 1e-9);
    return {
      recall: share(right, needed),
      head: errorsAt(alone, right),
      reranker: errorsAt(reranked, right),
      blended: blended === null ? null : errorsAt(blended, right),
    };
  });
}

/** Wrong calls among those with the greatest lead, down to the lead at which the given number are right; ties count together. */
function errorsAt(
  calls: readonly { readonly lead: number; readonly isRight: boolean }[],
  right: number,
): number | null {
  let found = 0;
  let errors = 0;
  let last = NaN;
  for (const call of calls.toSorted((a, b) => (a.lead === b.lead ? 0 : b.lead - a.lead))) {
    if (found >= right && call.lead !== last) return errors;
    if (call.isRight) found++;
    else errors++;
    last = call.lead;
  }
  return found >= right ? errors : null;
}

function labelOf({ example }: RerankDecision): string {
  return example.row.label;
}

function tentativeOf({ example }: RerankDecision): string {
  return example.candidates[0]!;
}

function isRight(decision: RerankDecision): boolean {
  return decision.chosen === labelOf(decision);
}

function count<T>(items: readonly T[], holds: (item: T) => boolean): number {
  return items.reduce((sum, item) => sum + (holds(item) ? 1 : 0), 0);
}
