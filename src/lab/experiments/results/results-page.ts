// Finished cells as a page in Markdown: a table per data set, published figures of larger models in the same one.
import { z } from "zod";
import { value } from "../../../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../../utils/options.js";
import type { CellMetrics } from "../cell-metrics.js";
import { cellTitle } from "../plan.js";
import { interval, percent } from "../table.js";
import { markdownTable } from "./markdown-table.js";
import { overviewTable } from "./overview.js";
import { publishedFor, type PublishedFigure } from "../../published/published.js";
import type { RunResults } from "./read-runs.js";
import { byDataset, type ResultsFigure } from "./results-figures.js";

const FIGURE_NAMES: Readonly<Record<string, string>> = {
  exactMatch: "exact match",
  approximateMatch: "approximate match",
  accuracy: "accuracy",
  planMatch: "whole plans right",
  actionMatch: "plan steps right",
  stepMatch: "plan steps right, with objects",
  fullPlanMatch: "whole plans right, with objects",
  firstTool: "first call right",
  amongFive: "right tool among the first five",
};

const OVERVIEW =
  "Of each data set the figure that its own table shows first; `selection` writes nothing, its figure is whether the right tool is ranked first. An integer's exact match truncates the prediction, so that it can lie above the approximate one.";

const pageOptions = defineOptions({
  command: z.string().optional().describe("How the page was made, for its first lines"),
  figures: value<{ readonly folder: string; readonly of: readonly ResultsFigure[] }>("folder and figures")
    .optional()
    .describe("Pictures that stand in the page, and their folder as seen from it"),
});
export type ResultsPageOptions = OptionsOf<typeof pageOptions>;

/** The page of one or several runs; the same runs give the same page. */
export function resultsPage(runs: readonly RunResults[], given: ResultsPageOptions = {}): string {
  const options = resolveOptions(pageOptions, given, "resultsPage");
  const datasets = byDataset(runs);
  const sections = datasets.map(({ dataset, cells }) => {
    const picture = options.figures?.of.find((figure) => figure.dataset === dataset);
    const shown = picture === undefined ? [] : [pictureOf(picture, options.figures!.folder)];
    return [`## ${dataset}`, ...shown, tableOf(cells), ...notesOf(cells)].join("\n\n");
  });
  const overview = overviewTable(datasets);
  const first = overview === undefined ? [] : [OVERVIEW, overview];
  return `${[...introduction(runs, options), ...first, ...sections].join("\n\n")}\n`;
}

function introduction(runs: readonly RunResults[], { command }: ResultsPageOptions): string[] {
  const made = command === undefined ? "" : ` Made by \`${command}\`.`;
  const versions = new Set(
    runs.flatMap(({ versions: all }) =>
      all.map(
        (of) => `toolken ${of.toolken}, llama.cpp ${of.llama}, Node ${of.node}, ${of.platform}, ${of.cpu}`,
      ),
    ),
  );
  const unfinished = runs.filter((run) => run.unfinished > 0);
  return [
    "# Results",
    `Shares are in percent, with 95 % intervals bootstrapped over questions.${made} Rows marked _published_ are figures of others for larger models, on all questions of the data set; they have no intervals.`,
    [...versions].map((one) => `- ${one}`).join("\n"),
    ...unfinished.map((run) => `Cells of ${run.name} that are not finished: ${run.unfinished}.`),
  ].filter((part) => part !== "");
}

/** GitHub's way of a picture that follows the reader's theme. */
function pictureOf({ name, dataset }: ResultsFigure, folder: string): string {
  const file = (theme: string): string => `${folder}/${name}-${theme}.svg`;
  return [
    "<picture>",
    `  <source media="(prefers-color-scheme: dark)" srcset="${file("dark")}">`,
    `  <img alt="Results on ${attribute(dataset)} by model size" src="${file("light")}">`,
    "</picture>",
  ].join("\n");
}

/** A text as it may stand in a tag's attribute. */
function attribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

function tableOf(cells: readonly CellMetrics[]): string {
  const { figure } = cells[0]!;
  const shown = FIGURE_NAMES[figure.name] ?? figure.name;
  const more = otherFigures(cells);
  const header = [
    "model",
    "size",
    "method",
    "tools",
    "questions",
    shown,
    "95 %",
    ...more.map((name) => FIGURE_NAMES[name] ?? name),
    "questions with a call",
    "tokens per question",
  ];
  const own = cells.map((cell) => ({
    parameters: cell.parameters,
    row: [
      cell.model,
      sizeText(cell.parameters),
      cellTitle(cell),
      String(cell.tools),
      String(cell.questions),
      valueOf(cell, figure.name),
      intervalOf(cell, figure.name),
      ...more.map((name) => valueOf(cell, name)),
      String(cell.cost.questionsWithCalls),
      (cell.cost.decodedTokens / Math.max(1, cell.questions)).toFixed(0),
    ],
  }));
  const theirs = publishedFor(cells).map((other) => ({
    parameters: other.parameters,
    row: publishedRow(other, more.length),
  }));
  const rows = [...own, ...theirs].sort((a, b) => a.parameters - b.parameters).map(({ row }) => row);
  const numbers = header.map((_, column) => column !== 0 && column !== 2);
  return markdownTable(header, rows, numbers);
}

function publishedRow(
  { model, parameters, method, questions, exactMatch, note }: PublishedFigure,
  otherFigures: number,
): string[] {
  const title = [method, ...(note === undefined ? [] : [note])].join(", ");
  const value = percent(exactMatch);
  return [
    `${model} _published_`,
    sizeText(parameters),
    title,
    "–",
    String(questions),
    value,
    "–",
    ...Array<string>(otherFigures).fill("–"),
    "–",
    "–",
  ];
}

/** Of arithmetic the approximate match, of plans the plan as a whole; what only some methods have, too. */
function otherFigures(cells: readonly CellMetrics[]): string[] {
  const shown = cells[0]!.figure.name;
  const seconds = cells.flatMap(({ figures }) => figures.slice(0, 2).map(({ name }) => name));
  return [...new Set(seconds)].filter((name) => name !== shown);
}

function valueOf(cell: CellMetrics, name: string): string {
  const found = cell.figures.find((figure) => figure.name === name);
  return found === undefined ? "–" : percent(found.value);
}

function intervalOf(cell: CellMetrics, name: string): string {
  const found = cell.figures.find((figure) => figure.name === name);
  return found === undefined ? "–" : interval(found);
}

function notesOf(cells: readonly CellMetrics[]): string[] {
  const files = new Set(
    cells.map((cell) => `${cell.model}: ${cell.quantization}, SHA-256 ${cell.fingerprint.slice(0, 12)}…`),
  );
  return [[...files].map((file) => `- ${file}`).join("\n")];
}

/** 135M, 1.7B */
function sizeText(parameters: number): string {
  const [value, unit] = parameters >= 1e9 ? [parameters / 1e9, "B"] : [parameters / 1e6, "M"];
  return `${Number(value.toPrecision(3))}${unit}`;
}
