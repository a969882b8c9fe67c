// The end of an experiment: a line per cell, best to read side by side.
import type { CellMetrics, Figure } from "./cell-metrics.js";
import { cellTitle } from "./plan.js";

/** A table as lines for people, without a line end. */
export function formatCells(cells: readonly CellMetrics[]): string {
  const header = [
    "model",
    "data",
    "method",
    "questions",
    "figure",
    "value",
    "95 %",
    "calls",
    "decoded tokens",
  ];
  const rows = cells.map((cell) => [
    cell.model,
    cell.dataset,
    cellTitle(cell),
    String(cell.questions),
    cell.figure.name,
    percent(cell.figure.value),
    interval(cell.figure),
    String(cell.cost.calls),
    String(cell.cost.decodedTokens),
  ]);
  return aligned([header, ...rows]);
}

/** `26.7 %` */
export function percent(value: number): string {
  return `${(100 * value).toFixed(1)} %`;
}

/** `13.3–43.3`, a dash without questions. */
export function interval({ low, high }: Figure): string {
  return low === null || high === null ? "–" : `${(100 * low).toFixed(1)}–${(100 * high).toFixed(1)}`;
}

/** Columns two spaces apart; from the fourth on numbers stand right. */
function aligned(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows
    .map((row) =>
      row
        .map((text, column) =>
          column === 3 || column > 4 ? text.padStart(widths[column]!) : text.padEnd(widths[column]!),
        )
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}
