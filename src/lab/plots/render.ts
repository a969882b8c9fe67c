// Vega-Lite to SVG, and to PNG on a canvas, without a browser; the packages are loaded when a plot is drawn.
import { z } from "zod";
import type { View } from "vega";
import { ToolkenError } from "../../errors.js";
import { importOptional } from "../../utils/optional-package.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";
import { itemTextWidth } from "./text-width.js";

/** A Vega-Lite specification (version 6) with its data inside. */
export type PlotSpec = Readonly<Record<string, unknown>>;

export const scaleField = z
  .number()
  .min(0.25)
  .max(8)
  .default(2)
  .describe("Pixels of a PNG per unit of the SVG");
const renderOptions = defineOptions({ scale: scaleField });
export type RenderOptions = OptionsOf<typeof renderOptions>;

/**
 * Draws a specification as SVG.
 *
 * @throws ToolkenError `PACKAGE_MISSING` (vega, vega-lite), `INVALID_ARGUMENT` (not a specification).
 */
export async function renderSvg(spec: PlotSpec): Promise<string> {
  return drawing(spec, (view) => view.toSVG());
}

/**
 * Draws a specification as PNG.
 *
 * @throws ToolkenError `PACKAGE_MISSING` (vega, vega-lite, @napi-rs/canvas), `INVALID_ARGUMENT`, `BACKEND_UNAVAILABLE`
 * (the machine has no font: a picture would lack its words).
 */
export async function renderPng(spec: PlotSpec, given: RenderOptions = {}): Promise<Uint8Array> {
  const { scale } = resolveOptions(renderOptions, given, "renderPng");
  const { createCanvas, GlobalFonts } = await importOptional(
    "@napi-rs/canvas",
    "PNG pictures need",
    () => import("@napi-rs/canvas"),
  );
  if (GlobalFonts.families.length === 0) {
    throw new ToolkenError(
      "BACKEND_UNAVAILABLE",
      "Expected a font for a PNG picture but the machine has none",
      {
        hint: "Install one (Debian: `apt-get install fonts-dejavu-core`), or write SVG.",
      },
    );
  }
  return drawing(spec, async (view) => {
    const [width, height] = sizeOf(await view.toSVG());
    const canvas = createCanvas(Math.ceil(width * scale), Math.ceil(height * scale));
    const options = { externalContext: canvas.getContext("2d") } as unknown as Parameters<
      View["toCanvas"]
    >[1];
    await view.toCanvas(scale, options);
    return canvas.encode("png");
  });
}

let last: Promise<unknown> = Promise.resolve();

/** Draws one plot after another: vega's text metrics and its counter of ids are those of the whole module. */
function drawing<T>(spec: PlotSpec, use: (view: View) => Promise<T>): Promise<T> {
  const next = last.then(() => draw(spec, use));
  last = next.catch(() => undefined);
  return next;
}

/** vega's exports that its type declarations lack. */
interface Untyped {
  readonly textMetrics: { width: typeof itemTextWidth };
  readonly resetSVGDefIds: () => void;
}

async function draw<T>(spec: PlotSpec, use: (view: View) => Promise<T>): Promise<T> {
  const [vegaLite, vega] = await importOptional("vega vega-lite", "Plots need", () =>
    Promise.all([import("vega-lite"), import("vega")]),
  );
  const { textMetrics, resetSVGDefIds } = vega as unknown as Untyped;
  const { width } = textMetrics;
  const warnings: string[] = [];
  try {
    textMetrics.width = itemTextWidth;
    // The same plot gives the same file.
    resetSVGDefIds();
    const compiled = vegaLite.compile(spec as unknown as Parameters<typeof vegaLite.compile>[0], {
      logger: warningsInto(warnings),
    });
    if (warnings.length > 0) throw new Error(warnings.join("; "));
    return await use(new vega.View(vega.parse(compiled.spec), { renderer: "none" }));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ToolkenError("INVALID_ARGUMENT", `Expected a Vega-Lite specification but: ${reason}`, {
      cause,
    });
  } finally {
    textMetrics.width = width;
  }
}

/** What vega-lite warns of (a field that is not there, a channel that has no effect) is a mistake in a plot. */
function warningsInto(warnings: string[]) {
  const logger = {
    level: () => logger,
    error: (...parts: unknown[]) => (warnings.push(parts.map(String).join(" ")), logger),
    warn: (...parts: unknown[]) => (warnings.push(parts.map(String).join(" ")), logger),
    info: () => logger,
    debug: () => logger,
  };
  return logger as never;
}

function sizeOf(svg: string): [number, number] {
  const found = /<svg[^>]* width="([\d.]+)" height="([\d.]+)"/.exec(svg);
  return [Number(found?.[1] ?? 0), Number(found?.[2] ?? 0)];
}
