import { identifierWords } from "./tool-words.js";

/** Okapi BM25 (Robertson & Zaragoza 2009) with Lucene's idf, over lower-case words without their plural s. */
export class Bm25 {
  readonly #postings = new Map<string, { readonly document: number; readonly count: number }[]>();
  readonly #lengths: Float64Array;
  readonly #averageLength: number;
  readonly #k1: number;
  readonly #b: number;

  /** @param documents texts; results are their indices */
  constructor(documents: readonly string[], { k1 = 0.9, b = 0.4 }: { k1?: number; b?: number } = {}) {
    this.#k1 = k1;
    this.#b = b;
    this.#lengths = new Float64Array(documents.length);
    for (const [document, text] of documents.entries()) {
      const counts = new Map<string, number>();
      for (const word of searchWords(text)) counts.set(word, (counts.get(word) ?? 0) + 1);
      this.#lengths[document] = [...counts.values()].reduce((sum, count) => sum + count, 0);
      for (const [word, count] of counts) {
        const postings = this.#postings.get(word) ?? [];
        this.#postings.set(word, postings);
        postings.push({ document, count });
      }
    }
    this.#averageLength =
      this.#lengths.reduce((sum, length) => sum + length, 0) / (documents.length || 1) || 1;
  }

  /** Score of every document, 0 where it has no word of the query. */
  scores(query: string): Float64Array {
    const scores = new Float64Array(this.#lengths.length);
    for (const word of new Set(searchWords(query))) {
      const postings = this.#postings.get(word);
      if (postings === undefined) continue;
      const n = this.#lengths.length;
      const idf = Math.log(1 + (n - postings.length + 0.5) / (postings.length + 0.5));
      for (const { document, count } of postings) {
        const norm = this.#k1 * (1 - this.#b + (this.#b * this.#lengths[document]!) / this.#averageLength);
        scores[document]! += (idf * count * (this.#k1 + 1)) / (count + norm);
      }
    }
    return scores;
  }

  /** Documents by descending score, those without a common word left out. */
  ranking(query: string): number[] {
    const scores = this.scores(query);
    return [...scores.keys()]
      .filter((document) => scores[document]! > 0)
      .sort((a, b) => scores[b]! - scores[a]! || a - b);
  }
}

/** Words that matter for a search. */
export function searchWords(text: string): string[] {
  return identifierWords(text)
    .split(" ")
    .filter((word) => word.length > 1 && !STOP_WORDS.has(word))
    .map((word) =>
      word.length > 3 && word.endsWith("s") && !word.endsWith("ss") ? word.slice(0, -1) : word,
    );
}

const STOP_WORDS = new Set(
  (
    "a about after all also am an and any are as at be been but by can could do does for from get give had has have " +
    "he her his how i if in into is it its just like me my no not of on or our out please she should so some tell " +
    "than that the their them then there these they this those to up us want was we were what when where which who " +
    "will with would you your"
  ).split(" "),
);
