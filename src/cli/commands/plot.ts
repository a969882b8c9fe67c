// `toolken lab plot`: result files as pictures.
import { z } from "zod";
import { ToolkenError } from "../../errors.js";
import { PLOT_KINDS, plotKinds } from "../../lab/plots/kinds/index.js";
import { pictureFields, writePlot } from "../../lab/plots/plot.js";
import { RUN_MEASURES } from "../../lab/plots/runs.js";
import { defineCommand } from "../command.js";
import { flagsUnder } from "../flag.js";
import { jsonFlag } from "../flags.js";

const INPUT = "Files";
const LOOK = "Look";

const kinds = PLOT_KINDS.map((kind) => `${kind} (${plotKinds[kind].summary})`).join("; ");

/** Once for all files, or once per file. */
const perFile = (what: string): z.ZodDefault<z.ZodArray<z.ZodString>> =>
  z
    .array(z.string().min(1))
    .default([])
    .describe(`${what}; once for all files, or once per file`)
    .meta({ group: INPUT, defaultText: "what the records say" });

export const plot = defineCommand({
  name: "lab plot",
  group: "Evaluation",
  summary: "Draw result files as SVG or PNG",
  positionals: ["kind", "files"],
  examples: [
    {
      command: "toolken lab plot matches base.jsonl head.jsonl --method base --method head --out matches.svg",
      does: "exact and approximate match of two runs",
    },
    {
      command:
        "toolken lab plot training-curve report.json --theme both --background transparent --out curve.svg",
      does: "curve-light.svg and curve-dark.svg",
    },
    { command: "toolken lab plot cost bench/results/decode-smollm2.json --out cost.png", does: "a PNG" },
  ],
  options: z.object({
    kind: z.enum(PLOT_KINDS).describe(`Kind: ${kinds}`).meta({ group: INPUT }),
    files: z
      .array(z.string().min(1))
      .min(1)
      .describe("Result files (JSON or JSON Lines): predictions, scores, reports, mined rows, benchmarks")
      .meta({ group: INPUT }),
    series: perFile("Name of a file's line, bars or points"),
    model: perFile("Model of a file's runs"),
    method: perFile("Method of a file's runs; base is what others are compared with"),
    dataset: perFile("Data set of a file's runs"),
    parameters: perFile("Weights of a file's model, such as 1.7e9"),
    measure: z
      .enum(RUN_MEASURES)
      .optional()
      .describe("Share that is drawn, of runs")
      .meta({ group: INPUT, defaultText: "the first that all have" }),
    out: z.string().min(1).describe("Picture: .svg, .png, or .json for Vega-Lite").meta({ group: LOOK }),
    ...flagsUnder(LOOK, pictureFields),
    ...jsonFlag,
  }),
  async run(options, io) {
    const { kind, files, out, theme, background, title, subtitle, measure, scale } = options;
    const of = (
      name: "series" | "model" | "method" | "dataset" | "parameters",
      place: number,
    ): string | undefined => {
      const values = options[name];
      if (values.length > 1 && values.length !== files.length) {
        throw new ToolkenError(
          "USAGE",
          `Expected one --${name} or ${files.length}, one per file, but received ${values.length}`,
          { hint: "See `toolken lab plot --help`." },
        );
      }
      return values.length > 1 ? values[place] : values[0];
    };
    const plotFiles = files.map((path, place) => ({
      path,
      series: of("series", place),
      model: of("model", place),
      method: of("method", place),
      dataset: of("dataset", place),
      parameters: weights(of("parameters", place)),
    }));
    const written = await writePlot(kind, plotFiles, out, {
      theme,
      background,
      title,
      subtitle,
      measure,
      scale,
      signal: io.signal,
    });
    if (options.json) io.printJson({ kind, files: written });
    else for (const path of written) io.print(`Saved ${io.style("bold", path)}`);
    return undefined;
  },
});

function weights(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (value > 0 && Number.isFinite(value)) return value;
  throw new ToolkenError(
    "USAGE",
    `Expected a number above 0 for --parameters but received ${JSON.stringify(text)}`,
  );
}
