// How good found marks are shows on texts whose calls are known.
import { share } from "../../metrics/answers.js";
import type { TrainingCall } from "../../examples/example.js";
import { canonicalArguments } from "./candidates.js";

/** Precision, recall and their harmonic mean. */
export interface Agreement {
  readonly right: number;
  /** Right ones of those that were found. */
  readonly precision: number;
  /** Right ones of the known. */
  readonly recall: number;
  readonly f1: number;
}

export interface AnnotationScore {
  readonly texts: number;
  /** Calls that are known. */
  readonly known: number;
  /** Calls that were found. */
  readonly found: number;
  /** A call stands at that number. */
  readonly places: Agreement;
  /** As `places`, with the same tool. */
  readonly tools: Agreement;
  /** As `tools`, with arguments of the same values; those of a sum, say, in any order. */
  readonly calls: Agreement;
}

export interface AnnotationPair {
  readonly known: readonly TrainingCall[];
  readonly found: readonly TrainingCall[];
}

/** Compares found calls with known ones of the same texts, number by number. */
export function scoreAnnotations(pairs: readonly AnnotationPair[]): AnnotationScore {
  let [known, found, places, tools, calls] = [0, 0, 0, 0, 0];
  for (const pair of pairs) {
    known += pair.known.length;
    found += pair.found.length;
    for (const call of pair.found) {
      const same = pair.known.find(({ start, end }) => start < call.end && call.start < end);
      if (same === undefined) continue;
      places++;
      if (same.tool !== call.tool) continue;
      tools++;
      if (canonicalArguments(same) === canonicalArguments(call)) calls++;
    }
  }
  const agreement = (right: number): Agreement => ({
    right,
    precision: share(right, found),
    recall: share(right, known),
    f1: share(2 * right, known + found),
  });
  return {
    texts: pairs.length,
    known,
    found,
    places: agreement(places),
    tools: agreement(tools),
    calls: agreement(calls),
  };
}
