// Time to the first call: tools in the prompt are read before anything else, tools as tokens are not.
import { z } from "zod";
import { ToolkenError } from "../../../errors.js";
import { definePlot, distinct, panels } from "../kind.js";
import { checked, hasFields } from "../records.js";
import { seriesScales } from "../theme.js";

const timeSchema = z.object({
  tools: z.int().min(1),
  milliseconds: z.number().positive(),
  /** First and third quartile. */
  range: z.tuple([z.number().positive(), z.number().positive()]).optional(),
  /** "head", "in-context tools", "node-llama-cpp". */
  series: z.string(),
  model: z.string().optional(),
});
const reportSchema = z.object({
  model: z.object({ file: z.string() }),
  results: z.array(z.object({ firstCall: z.array(timeSchema).optional() })),
});
type Time = z.output<typeof timeSchema>;

export const firstCallPlot = definePlot<Time>({
  summary: "milliseconds to the first call against the number of tools",
  reads: "results of `npm run bench` with firstCall, or lines with tools, milliseconds and series",
  read(file, records, reads) {
    return records.flatMap((record) => {
      if (!hasFields(record, "results")) return [checked(timeSchema, record, reads)];
      const { model, results } = checked(reportSchema, record, reads);
      const name = file.model ?? model.file.replace(/\.gguf$/i, "");
      return results.flatMap(({ firstCall = [] }) => firstCall.map((time) => ({ model: name, ...time })));
    });
  },
  draw(rows, look) {
    if (rows.length === 0) {
      throw new ToolkenError("RECORD_INVALID", "Expected times to the first call but there are none");
    }
    const names = distinct(rows.map(({ series }) => series));
    const { color, shape } = seriesScales(look, names);
    const counts = distinct(rows.map(({ tools }) => tools)).sort((a, b) => a - b);
    const values = rows.map(({ model = "", tools, milliseconds, range, series }) => {
      const own = rows.filter((row) => row.series === series && (row.model ?? "") === model);
      const isLast = tools === Math.max(...own.map((row) => row.tools));
      const text = isLast ? durationText(milliseconds) : "";
      return {
        model,
        tools,
        milliseconds,
        series,
        low: range?.[0] ?? milliseconds,
        high: range?.[1] ?? milliseconds,
        text,
      };
    });
    const x = {
      field: "tools",
      type: "quantitative",
      title: "Tools (K)",
      scale: { type: "log", nice: false, padding: 50 },
      axis: { values: counts, format: ",", grid: false, labelOverlap: "greedy" },
    };
    const y = {
      field: "milliseconds",
      type: "quantitative",
      title: "Time to the first call",
      scale: { type: "log", nice: true },
      axis: {
        values: [1, 10, 100, 1e3, 1e4, 1e5, 1e6],
        labelExpr: "datum.value < 1000 ? datum.value + ' ms' : datum.value / 1000 + ' s'",
      },
    };
    const colour = { field: "series", type: "nominal", title: null, scale: color };
    const spec = panels(values, "model", {
      height: 320,
      layer: [
        { mark: "line", encoding: { x, y, color: colour } },
        {
          mark: { type: "rule", opacity: 0.5 },
          encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color: colour },
        },
        {
          mark: { type: "point", size: 80 },
          encoding: {
            x,
            y,
            color: colour,
            shape: { field: "series", type: "nominal", title: null, scale: shape },
          },
        },
        { mark: { type: "text", align: "left", dx: 10 }, encoding: { x, y, text: { field: "text" } } },
      ],
    });
    const models = distinct(values.map(({ model }) => model));
    return {
      title: "Time to the first call",
      subtitle: models.length === 1 && models[0] !== "" ? models[0] : undefined,
      spec,
    };
  },
});

function durationText(milliseconds: number): string {
  return milliseconds >= 1000
    ? `${(milliseconds / 1000).toPrecision(3)} s`
    : `${milliseconds.toPrecision(3)} ms`;
}
