import { Bm25 } from "../bm25.js";
import type { ToolText } from "../tool-text.js";

/** Rank, from 1, of a tool among all for each request. */
export type RoundTrip = (
  requests: readonly string[],
  tool: string,
  signal: AbortSignal | undefined,
) => readonly number[] | Promise<readonly number[]>;

/**
 * Ranks by BM25 over the definitions.
 *
 * @param options.ofUnknownWords rank of a request without a word of any definition. Default: 1, it says nothing
 */
export function bm25RoundTrip(
  texts: readonly ToolText[],
  { ofUnknownWords = 1 }: { readonly ofUnknownWords?: number } = {},
): RoundTrip {
  const index = new Bm25(texts.map(({ full }) => full));
  const numbers = new Map(texts.map(({ name }, k) => [name, k]));
  return (requests, tool) =>
    requests.map((request) => {
      const scores = index.scores(request);
      const own = scores[numbers.get(tool)!]!;
      if (scores.every((score) => score === 0)) return ofUnknownWords;
      return 1 + scores.reduce((better, score) => better + (score > own ? 1 : 0), 0);
    });
}
