// One place counts right answers, so that every report means the same by exact and approximate match.
import { approximateMatch, exactMatch } from "./answer.js";

/** A prediction (see `parseAnswer`) and the question's gold answer; pairs without one count nowhere. */
export interface AnswerPair {
  readonly prediction: number | string | null;
  readonly gold: number | string | null;
}

export interface AnswerMetrics {
  readonly questions: number;
  /** How many questions have an exact match. */
  readonly exactMatches: number;
  readonly approximateMatches: number;
  /** Questions without any prediction. */
  readonly unanswered: number;
  /** `exactMatches / questions`, 0 without questions. */
  readonly exactMatch: number;
  /** `approximateMatches / questions`, 0 without questions. */
  readonly approximateMatch: number;
}

/** Exact and approximate match over all questions; an unanswered question counts as wrong. */
export function answerMetrics(pairs: Iterable<AnswerPair>): AnswerMetrics {
  let questions = 0;
  let exactMatches = 0;
  let approximateMatches = 0;
  let unanswered = 0;
  for (const { prediction, gold } of pairs) {
    if (gold === null) continue;
    questions++;
    if (prediction === null) unanswered++;
    if (exactMatch(prediction, gold)) exactMatches++;
    if (approximateMatch(prediction, gold)) approximateMatches++;
  }
  return {
    questions,
    exactMatches,
    approximateMatches,
    unanswered,
    exactMatch: share(exactMatches, questions),
    approximateMatch: share(approximateMatches, questions),
  };
}

/** `part / whole`, 0 when the whole is 0. */
export function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}
