import { readDataFile } from "../../utils/data-file.js";

/** A figure of a larger model that others have published. */
export interface PublishedFigure {
  readonly model: string;
  readonly parameters: number;
  readonly method: "base" | "head";
  readonly questions: number;
  /** 0…1 */
  readonly exactMatch: number;
  readonly note?: string;
}

/** The part of `metrics.json` that decides which published figures are comparable. */
export interface MeasuredCell {
  readonly published: string | null;
  readonly parts: readonly string[];
  readonly figure: { readonly name: string };
}

type Row = readonly [model: string, billions: number, base: number, head: number, best?: number];

/** An entry of `figures.json`; figures in percent. */
interface PublishedTable {
  readonly published: string;
  /** Prefix of the names of the parts; absent: the whole data set. */
  readonly part?: string;
  readonly questions: number;
  readonly rows: readonly Row[];
}

let tables: readonly PublishedTable[] | undefined;

/** Published figures for the questions of these cells; empty unless they are scored by exact match. */
export function publishedFor(cells: readonly MeasuredCell[]): readonly PublishedFigure[] {
  const { published, parts, figure } = cells[0]!;
  if (figure.name !== "exactMatch") return [];
  tables ??= readDataFile(new URL("./figures.json", import.meta.url)) as PublishedTable[];
  const table = tables.find(
    (one) => one.published === published && parts.every((part) => part.startsWith(one.part ?? "")),
  );
  return table?.rows.flatMap((row) => figures(row, table.questions)) ?? [];
}

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
