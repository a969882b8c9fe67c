// KAMEL asks for facts whose tools are relations: calling the right one is right, and so is knowing the answer.
import { share } from "../../metrics/answers.js";
import { parseCall } from "./call-text.js";

export interface RelationAnswer {
  /** The relation that answers the question: `P937`. */
  readonly relation: string;
  /** Accepted answers. */
  readonly answers: readonly string[];
  readonly calls: readonly string[];
  readonly generation: string;
  /** Relations that the model could choose from (K); null where it is not known. */
  readonly toolCount: number | null;
}

/** What a question ended with; the first and the third are right. */
export type RelationOutcome = "relation" | "wrongRelation" | "answer" | "wrongAnswer";

export interface RelationMetrics {
  readonly questions: number;
  /** Share of questions that are right: `(relation + answer) / questions`. */
  readonly accuracy: number;
  /** Questions of each outcome. */
  readonly outcomes: Readonly<Record<RelationOutcome, number>>;
}

export interface AccuracyAtToolCount extends RelationMetrics {
  /** K; null for the questions that do not say. */
  readonly toolCount: number | null;
}

const RELATION = /^P\d+$/;
const WRITTEN_RELATION = /<(P\d+)>/g;

/** Whether a tool's name is a relation of Wikidata. */
export function isRelation(tool: string): boolean {
  return RELATION.test(tool);
}

/**
 * The published rule (ToolkenGPT, arXiv 2305.11554, section 4.2): a call of the gold relation is right; a call of
 * another relation is wrong; without a call, an accepted answer in the text is right.
 */
export function relationOutcome({ relation, answers, calls, generation }: RelationAnswer): RelationOutcome {
  const called = new Set([
    ...calls.map((call) => parseCall(call)?.tool),
    ...[...generation.matchAll(WRITTEN_RELATION)].map(([, name]) => name),
  ]);
  if (called.has(relation)) return "relation";
  if (called.size > 0) return "wrongRelation";
  return answers.some((answer) => answer !== "" && generation.includes(answer)) ? "answer" : "wrongAnswer";
}

/** Accuracy over all questions. */
export function relationMetrics(answers: readonly RelationAnswer[]): RelationMetrics {
  const outcomes = { relation: 0, wrongRelation: 0, answer: 0, wrongAnswer: 0 };
  for (const answer of answers) outcomes[relationOutcome(answer)]++;
  return {
    questions: answers.length,
    accuracy: share(outcomes.relation + outcomes.answer, answers.length),
    outcomes,
  };
}

/** Accuracy at each number of relations (K = 30 … 234), fewest first. */
export function accuracyByToolCount(answers: readonly RelationAnswer[]): AccuracyAtToolCount[] {
  const counts = [...new Set(answers.map(({ toolCount }) => toolCount))];
  return counts
    .sort((a, b) => (a ?? Infinity) - (b ?? Infinity))
    .map((toolCount) => ({
      toolCount,
      ...relationMetrics(answers.filter((answer) => answer.toolCount === toolCount)),
    }));
}
