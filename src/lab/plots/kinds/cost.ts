// Cost of the head: tokens per second as a ratio to the plain model, against the number of tools.
import { z } from "zod";
import { ToolkenError } from "../../../errors.js";
import { benchValues } from "../bench.js";
import { definePlot, distinct, panels } from "../kind.js";
import { checked, hasFields } from "../records.js";
import { seriesScales } from "../theme.js";

const costSchema = z.object({
  tools: z.int().min(1),
  /** Tokens per second by those of the rival in the same round. */
  ratio: z.number().positive(),
  /** First and third quartile over the rounds. */
  ratioRange: z.tuple([z.number(), z.number()]).optional(),
  series: z.string().default("head"),
  model: z.string().default(""),
});
interface Cost {
  readonly model: string;
  readonly series: string;
  readonly tools: number;
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
}

export const costPlot = definePlot<Cost>({
  summary: "tokens per second as a ratio to the plain model, against the number of tools",
  reads: "results of `npm run bench` with the case decode, or lines with tools and ratio",
  read(file, records, reads) {
    return records.flatMap((record) => {
      if (hasFields(record, "results")) {
        return benchValues(record, reads).flatMap(
          ({ case: name, model, variant, toolCount, ratio, ratioRange: [low, high] }) =>
            name !== "decode" || toolCount === null || toolCount === 0
              ? []
              : [
                  {
                    model: file.model ?? model,
                    series: file.series ?? variant,
                    tools: toolCount,
                    ratio,
                    low,
                    high,
                  },
                ],
        );
      }
      const { ratioRange, ...row } = checked(costSchema, record, reads);
      return [{ ...row, low: ratioRange?.[0] ?? row.ratio, high: ratioRange?.[1] ?? row.ratio }];
    });
  },
  draw(rows, look) {
    if (rows.length === 0) {
      throw new ToolkenError(
        "RECORD_INVALID",
        "Expected results for some number of tools (K = …) but there are none",
      );
    }
    const names = distinct(rows.map(({ series }) => series));
    const { color, shape } = seriesScales(look, names);
    const counts = distinct(rows.map(({ tools }) => tools)).sort((a, b) => a - b);
    const values = rows.map((row) => ({ ...row, count: countText(row.tools) }));
    const x = {
      field: "count",
      type: "nominal",
      sort: counts.map(countText),
      title: "Tools (K)",
      axis: { labelAngle: 0, ticks: false },
      scale: { paddingInner: 0.3, paddingOuter: 0.2 },
    };
    const xOffset = { field: "series", type: "nominal", sort: names };
    const low = Math.min(0.9, ...rows.map((row) => row.low)) - 0.02;
    const high = Math.max(1.05, ...rows.map((row) => row.high)) + 0.02;
    const y = {
      field: "ratio",
      type: "quantitative",
      title: "Tokens/s, the plain model = 1",
      scale: { domain: [low, high], nice: false },
    };
    const colour = { field: "series", type: "nominal", title: null, scale: color };
    const spec = panels(values, "model", {
      height: 320,
      layer: [
        {
          mark: { type: "rule", strokeDash: [6, 4] },
          encoding: { y: { datum: 1, type: "quantitative", scale: y.scale } },
        },
        {
          mark: { type: "rule", strokeWidth: 2, opacity: 0.6 },
          encoding: { x, xOffset, y: { ...y, field: "low" }, y2: { field: "high" }, color: colour },
        },
        {
          mark: { type: "point", size: 100 },
          encoding: {
            x,
            xOffset,
            y,
            color: colour,
            shape: { field: "series", type: "nominal", title: null, scale: shape },
          },
        },
        {
          mark: { type: "text", dy: -9, fontSize: 10 },
          encoding: { x, xOffset, y: { ...y, field: "high" }, text: { field: "ratio", format: ".3f" } },
        },
      ],
    });
    const models = distinct(rows.map(({ model }) => model));
    const subtitle = [
      models.length === 1 && models[0] !== "" ? models[0] : undefined,
      "median and quartiles of the rounds",
    ];
    return {
      title: "Cost of the head",
      subtitle: subtitle.filter((part) => part !== undefined).join("; "),
      spec,
    };
  },
});

function countText(count: number): string {
  return count.toLocaleString("en-US");
}
