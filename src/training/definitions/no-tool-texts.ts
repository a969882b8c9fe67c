import { readDataFile } from "../../utils/data-file.js";

/** Kinds of texts that no tool answers. */
export type NoToolKind = "small talk" | "knowledge" | "language" | "other domain";

let texts: Readonly<Record<NoToolKind, readonly string[]>> | undefined;

/**
 * Texts that no tool answers, of four kinds in turn: small talk, questions of general knowledge, writing and advice,
 * and work of hands.
 *
 * @param count at most 400
 */
export function noToolTexts(count = 400): string[] {
  texts ??= readDataFile(new URL("./data/no-tool.json", import.meta.url)) as typeof texts;
  const kinds = Object.values(texts!);
  const total = kinds.reduce((sum, { length }) => sum + length, 0);
  const wanted = Math.min(count, total);
  // Each kind keeps its share, its texts spread evenly.
  return kinds.flatMap((list) => {
    const share = Math.round((wanted * list.length) / total);
    return Array.from({ length: share }, (_, i) => list[Math.floor((i * list.length) / share)]!);
  });
}
