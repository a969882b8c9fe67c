// Figures of larger models that others have published, to stand beside one's own.

import type { CellMetrics } from "../experiments/cell-metrics.js";

export interface PublishedFigure {
  readonly model: string;
  readonly parameters: number;
  readonly method: "base" | "head";
  readonly questions: number;
  /** Exact match, 0…1. */
  readonly exactMatch: number;
  readonly note?: string;
}

/** Which questions the figures are of. */
export interface PublishedTable {
  readonly published: string;
  /** How the names of the parts begin; absent: the whole data set. */
  readonly part?: string;
  readonly figures: readonly PublishedFigure[];
}

type Row = readonly [model: string, billions: number, base: number, head: number, best?: number];

// In percent, base and head: the repository of Toolken+ (arXiv 2410.12004), recomputed from its stored predictions
// with its own metrics; `best` with the best learning rate.
const FUNCQA_ONE_HOP: readonly Row[] = [
  ["Llama-3.2-1B", 1.24, 10.0, 25.0],
  ["SmolLM2-1.7B", 1.71, 18.3, 41.7],
  ["Llama-3.2-3B", 3.21, 11.7, 36.7],
  ["Gemma-3-4B", 4.3, 23.3, 66.7],
  ["Llama-3-8B", 8.03, 20.0, 31.7],
  ["Qwen3-8B", 8.19, 55.0, 58.3, 71.7],
];
const GSM8K_XL: readonly Row[] = [
  ["Llama-3.2-1B", 1.24, 1.4, 4.4],
  ["SmolLM2-1.7B", 1.71, 11.6, 18.7],
  ["Llama-3.2-3B", 3.21, 12.0, 14.6],
  ["Llama-3-8B", 8.03, 25.5, 37.0],
  ["Qwen3-8B", 8.19, 73.4, 67.3, 72.0],
  ["Phi-4", 14.7, 72.5, 69.7],
];

export const PUBLISHED_TABLES: readonly PublishedTable[] = [
  { published: "funcqa", part: "funcqa_oh", figures: FUNCQA_ONE_HOP.flatMap((row) => figures(row, 60)) },
  { published: "gsm8k-xl", figures: GSM8K_XL.flatMap((row) => figures(row, 568)) },
];

function figures([model, billions, base, head, best]: Row, questions: number): PublishedFigure[] {
  const common = { model, parameters: billions * 1e9, questions };
  return [
    { ...common, method: "base", exactMatch: base / 100 },
    { ...common, method: "head", exactMatch: head / 100 },
    ...(best === undefined
      ? []
      : [{ ...common, method: "head" as const, exactMatch: best / 100, note: "best learning rate" }]),
  ];
}

/** Figures of the questions that these cells asked; none where theirs is not the exact match. */
export function publishedFor(cells: readonly CellMetrics[]): readonly PublishedFigure[] {
  const { published, parts, figure } = cells[0]!;
  if (figure.name !== "exactMatch") return [];
  const table = PUBLISHED_TABLES.find(
    (one) => one.published === published && parts.every((part) => part.startsWith(one.part ?? "")),
  );
  return table?.figures ?? [];
}
