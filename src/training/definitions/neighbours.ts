import { Bm25 } from "./bm25.js";
import type { ToolText } from "./tool-text.js";

/** For each tool, the others whose definitions resemble its own most, by BM25; indices, nearest first. */
export function nearestTools(texts: readonly ToolText[], count: number): number[][] {
  const index = new Bm25(texts.map(({ full }) => full));
  return texts.map(({ full }, own) =>
    index
      .ranking(full)
      .filter((other) => other !== own)
      .slice(0, count),
  );
}
