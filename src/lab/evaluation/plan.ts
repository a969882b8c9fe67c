// VirtualHome answers are plans, `[WALK] <desk>` line by line: compared step by step, and as a whole.
import { share } from "../../metrics/answers.js";

export interface PlanStep {
  /** `WALK` */
  readonly action: string;
  /** `desk`; null for an action without one */
  readonly object: string | null;
}

// Models also write `[WALK](desk)` and `[WALK](<desk>)`. After an action only its own line counts.
const STEP = /\[([A-Z][A-Z_]*)\](?:[ \t]*\(?[ \t]*<?[ \t]*([A-Za-z]\w*))?/g;
const END = "END";
// Base models go on with questions of their own.
const NEXT_QUESTION = /(?:\n|\\n)\s*(?:Question|Task \d+):/;

/** Whether a gold text is a plan. */
export function isPlan(text: string): boolean {
  return /^\s*(?:Plan:\s*)?\[[A-Z][A-Z_]*\]/.test(text);
}

/** The steps of a text up to and with the first `[END]`, or up to where a next question begins. */
export function parsePlan(text: string): PlanStep[] {
  const steps: PlanStep[] = [];
  for (const [, action, object] of text.split(NEXT_QUESTION, 1)[0]!.matchAll(STEP)) {
    // A literal \n of the prompt, `[SIT]\n[FIND]`, is no object; neither is what stands after the end.
    steps.push({ action: action!, object: action === END ? null : (object ?? null) });
    if (action === END) break;
  }
  return steps;
}

export interface PlanPair {
  readonly gold: readonly PlanStep[];
  readonly predicted: readonly PlanStep[];
}

/** How much of one plan is right. */
export interface PlanMatch {
  /** Steps of the gold plan, `[END]` included. */
  readonly steps: number;
  /** Gold steps whose action stands at the same position of the prediction. */
  readonly actions: number;
  /** Gold steps that stand there with their object too. */
  readonly fullSteps: number;
  /** The same actions, and no more. */
  readonly isPlanMatch: boolean;
  /** The same actions and objects, and no more. */
  readonly isFullPlanMatch: boolean;
}

export interface PlanMetrics {
  readonly questions: number;
  readonly steps: number;
  /** Share of the gold plans' steps whose action is right, position by position. */
  readonly actionMatch: number;
  /** Share of plans whose actions are all right, and no more. */
  readonly planMatch: number;
  /** As `actionMatch`, the object too. */
  readonly stepMatch: number;
  /** As `planMatch`, the objects too. */
  readonly fullPlanMatch: number;
  /** Predictions without a single step. */
  readonly unanswered: number;
}

export function matchPlan({ gold, predicted }: PlanPair): PlanMatch {
  const actions = gold.filter(({ action }, i) => predicted[i]?.action === action).length;
  const fullSteps = gold.filter(
    ({ action, object }, i) => predicted[i]?.action === action && predicted[i].object === object,
  ).length;
  const sameLength = gold.length === predicted.length;
  return {
    steps: gold.length,
    actions,
    fullSteps,
    isPlanMatch: sameLength && actions === gold.length,
    isFullPlanMatch: sameLength && fullSteps === gold.length,
  };
}

/** Action match and plan match over all plans. */
export function planMetrics(pairs: readonly PlanPair[]): PlanMetrics {
  const matches = pairs.map(matchPlan);
  const sum = (of: (match: PlanMatch) => number): number =>
    matches.reduce((total, match) => total + of(match), 0);
  const steps = sum((match) => match.steps);
  return {
    questions: pairs.length,
    steps,
    actionMatch: share(
      sum((match) => match.actions),
      steps,
    ),
    planMatch: share(
      sum((match) => Number(match.isPlanMatch)),
      pairs.length,
    ),
    stepMatch: share(
      sum((match) => match.fullSteps),
      steps,
    ),
    fullPlanMatch: share(
      sum((match) => Number(match.isFullPlanMatch)),
      pairs.length,
    ),
    unanswered: pairs.filter(({ predicted }) => predicted.length === 0).length,
  };
}
