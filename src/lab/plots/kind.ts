// What a kind of plot is: what it reads, and how that is drawn.
import type { SourceRecord } from "../../examples/records.js";
import type { PlotSpec } from "./render.js";
import type { Look } from "./theme.js";

/** A file, and what its records do not say of themselves. */
export interface PlotFile {
  readonly path: string;
  /** Name of its line, bars or points. */
  readonly series?: string | undefined;
  readonly model?: string | undefined;
  readonly method?: string | undefined;
  readonly dataset?: string | undefined;
  /** Weights of the model: 1.2e9. */
  readonly parameters?: number | undefined;
}

export interface DrawOptions {
  /** Share that a plot of runs shows, such as "approximateMatch". Default: the first that the records have. */
  readonly measure?: string | undefined;
}

export interface Drawing {
  readonly title: string;
  readonly subtitle?: string | undefined;
  /** Vega-Lite without title and configuration. */
  readonly spec: PlotSpec;
}

export interface PlotKind<Row = never> {
  /** One line for the help. */
  readonly summary: string;
  /** For error messages: "runs: lines with model, method and exactMatch, …". */
  readonly reads: string;
  readonly read: (file: PlotFile, records: readonly SourceRecord[], reads: string) => Promise<Row[]> | Row[];
  /** @throws ToolkenError `RECORD_INVALID` for rows that no such plot can be made of */
  readonly draw: (rows: readonly Row[], look: Look, options: DrawOptions) => Drawing;
}

/** Lets a definition's rows be inferred, and forgets them: the registry has kinds of all rows. */
export function definePlot<Row>(kind: PlotKind<Row>): PlotKind {
  return kind as unknown as PlotKind;
}

export const PLOT_WIDTH = 560;
/** Of each of several panels. */
export const PANEL_WIDTH = 340;

/** One panel per value of `field`, each with scales of its own, or the layer alone when there is just one. */
export function panels(
  rows: readonly Readonly<Record<string, unknown>>[],
  field: string,
  layer: PlotSpec,
): PlotSpec {
  const names = distinct(rows.map((row) => row[field]));
  if (names.length <= 1) return { data: { values: rows }, width: PLOT_WIDTH, ...layer };
  return {
    concat: names.map((name) => ({
      title: { text: String(name), fontSize: 13, offset: 8 },
      data: { values: rows.filter((row) => row[field] === name) },
      width: PANEL_WIDTH,
      ...layer,
    })),
    columns: 2,
    spacing: 36,
  };
}

/** Each once, in order of appearance. */
export function distinct<T>(values: Iterable<T>): T[] {
  return [...new Set(values)];
}
