// Twelve tables are long: the first one says what each method reached with each model, a line per data set.
import type { CellMetrics } from "../cell-metrics.js";
import type { Method } from "../spec.js";
import { percent } from "../table.js";
import { markdownTable } from "./markdown-table.js";

/** In the order of what they add to the model alone. */
const METHODS: readonly Method[] = [
  "base",
  "in-context",
  "function-calling",
  "head",
  "reranker",
  "selection",
];

/**
 * Models down, methods across, each data set's own figure; cells of a sweep are in the tables of their data alone.
 * A value on fewer questions than others of its line has their number after it.
 *
 * @returns undefined where a table would have one line
 */
export function overviewTable(
  datasets: readonly { readonly dataset: string; readonly cells: readonly CellMetrics[] }[],
): string | undefined {
  const lines = datasets.flatMap(({ dataset, cells }) => {
    const plain = cells.filter(({ swept }) => Object.keys(swept).length === 0);
    const models = [...new Map(plain.map((cell) => [cell.model, cell.parameters]))];
    return models
      .sort(([, a], [, b]) => a - b)
      .map(([model]) => ({ dataset, model, cells: plain.filter((cell) => cell.model === model) }));
  });
  if (lines.length < 2) return undefined;
  const methods = METHODS.filter((method) =>
    lines.some(({ cells }) => cells.some((cell) => cell.method === method)),
  );
  const rows = lines.map(({ dataset, model, cells }) => {
    const questions = Math.max(...cells.map((cell) => cell.questions));
    const values = methods.map((method) => {
      const cell = cells.find((one) => one.method === method);
      if (cell === undefined) return "–";
      const value = percent(cell.figure.value);
      return cell.questions === questions ? value : `${value} of ${cell.questions}`;
    });
    return [dataset, model, String(questions), ...values];
  });
  const header = ["data", "model", "questions", ...methods];
  return markdownTable(
    header,
    rows,
    header.map((_, column) => column > 1),
  );
}
