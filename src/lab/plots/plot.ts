// From result files to a picture: read by kind, drawn in a theme, written as SVG, PNG or Vega-Lite.
import { z } from "zod";
import { signalField } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";
import { invalidArgument } from "../../errors.js";
import { writeFileAtomically } from "../../utils/atomic.js";
import { didYouMean } from "../../utils/did-you-mean.js";
import type { PlotFile, PlotKind } from "./kind.js";
import { PLOT_KINDS, plotKinds, type PlotKindName } from "./kinds/index.js";
import { readPlotRecords } from "./records.js";
import { renderPng, renderSvg, scaleField, type PlotSpec, type RenderOptions } from "./render.js";
import { configOf, LOOKS, THEMES } from "./theme.js";

const measureField = z
  .string()
  .optional()
  .describe('Share that a plot of runs shows, such as "approximateMatch"')
  .meta({ defaultText: "the first that the records have" });

const lookFields = {
  theme: z.enum(THEMES).default("light").describe("Colours for a light or a dark page"),
  background: z
    .enum(["solid", "transparent"])
    .default("solid")
    .describe("The theme's own, or what the page has"),
  title: z.string().optional().describe("Title").meta({ defaultText: "the kind's own" }),
  subtitle: z.string().optional().describe("Subtitle").meta({ defaultText: "the kind's own" }),
};
const plotOptions = defineOptions({ measure: measureField, ...lookFields });
export type PlotOptions = OptionsOf<typeof plotOptions>;

/**
 * Reads files by their kind into a Vega-Lite specification with its data inside.
 *
 * @throws ToolkenError `INVALID_ARGUMENT` (an unknown kind, theme or measure, no file), `FILE_NOT_FOUND`,
 * `FILE_INVALID` (an empty file), `RECORD_INVALID` (file and line, or what no such plot can be made of).
 */
export async function plotSpec(
  kind: PlotKindName,
  files: readonly (string | PlotFile)[],
  options: PlotOptions = {},
): Promise<PlotSpec> {
  const resolved = resolveOptions(plotOptions, options, "plotSpec");
  const definition = plotKind(kind);
  const list: unknown = files;
  if (!Array.isArray(list) || list.length === 0) throw invalidArgument("at least one file", "files", files);
  const rows: never[] = [];
  for (const file of files.map((given) => (typeof given === "string" ? { path: given } : given))) {
    const records = await readPlotRecords(file.path);
    rows.push(...(await definition.read(file, records, definition.reads)));
  }
  return specOfRows(definition, rows, resolved);
}

/** The same of rows that are at hand. @throws ToolkenError `INVALID_ARGUMENT`, `RECORD_INVALID` */
export function specOfRows<Row>(
  definition: PlotKind<Row>,
  rows: readonly Row[],
  options: PlotOptions = {},
): PlotSpec {
  const { theme, background, title, subtitle, measure } = resolveOptions(plotOptions, options, "plotSpec");
  const look = LOOKS[theme];
  const drawing = definition.draw(rows, look, { measure });
  const below = subtitle ?? drawing.subtitle;
  return {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    description: title ?? drawing.title,
    title: { text: title ?? drawing.title, ...(below === undefined ? {} : { subtitle: below }) },
    config: configOf(look, background),
    ...drawing.spec,
  };
}

/** @throws ToolkenError `INVALID_ARGUMENT` with the kind that was meant */
function plotKind(kind: string): PlotKind {
  if ((PLOT_KINDS as readonly string[]).includes(kind)) return plotKinds[kind as PlotKindName];
  const hint = didYouMean(kind, PLOT_KINDS);
  const what = `one of ${PLOT_KINDS.join(", ")}`;
  throw invalidArgument(what, "kind", kind, hint === undefined ? undefined : { hint });
}

export const pictureFields = {
  ...lookFields,
  theme: z
    .enum([...THEMES, "both"])
    .default("light")
    .describe("Colours for a light or a dark page; both writes two files, NAME-light and NAME-dark"),
  scale: scaleField,
};
const writePlotOptions = defineOptions({ measure: measureField, ...pictureFields, signal: signalField });
export type WritePlotOptions = OptionsOf<typeof writePlotOptions>;

/**
 * Draws a plot into a file: `.svg`, `.png`, or `.json` for the Vega-Lite specification.
 *
 * @returns the files written
 * @throws ToolkenError what `plotSpec`, `renderSvg` and `renderPng` throw, `INVALID_ARGUMENT` (another ending),
 * `FILE_NOT_FOUND` (no such folder), `IO`, `ABORTED`.
 */
export async function writePlot(
  kind: PlotKindName,
  files: readonly (string | PlotFile)[],
  out: string,
  options: WritePlotOptions = {},
): Promise<string[]> {
  return writePictures(out, options, (look) => plotSpec(kind, files, look));
}

/** Draws a specification once per theme; the names are those of {@link writePlot}. */
export async function writePictures(
  out: string,
  options: WritePlotOptions,
  specOf: (options: PlotOptions) => Promise<PlotSpec> | PlotSpec,
): Promise<string[]> {
  const { theme, scale, signal, ...rest } = resolveOptions(writePlotOptions, options, "writePlot");
  const ending = /\.(svg|png|json)$/i.exec(out);
  if (ending === null) throw invalidArgument("a file that ends in .svg, .png or .json", "out", out);
  const themes = theme === "both" ? THEMES : [theme];
  // Both are drawn before one is written.
  const pictures: (readonly [string, string | Uint8Array])[] = [];
  for (const each of themes) {
    const path = theme === "both" ? `${out.slice(0, ending.index)}-${each}${ending[0]}` : out;
    const spec = await specOf({ ...rest, theme: each });
    pictures.push([path, await content(ending[1]!.toLowerCase(), spec, { scale })]);
  }
  for (const [path, picture] of pictures) await writeFileAtomically(path, picture, { signal });
  return pictures.map(([path]) => path);
}

async function content(ending: string, spec: PlotSpec, options: RenderOptions): Promise<string | Uint8Array> {
  if (ending === "json") return `${JSON.stringify(spec, null, 2)}\n`;
  return ending === "svg" ? renderSvg(spec) : renderPng(spec, options);
}
