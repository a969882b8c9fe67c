// Accuracy against the number of tools: does a method hold when the tools become many?
import { ToolkenError } from "../../../errors.js";
import { definePlot, distinct, panels } from "../kind.js";
import { measured, READS_RUNS, readRuns, runsSubtitle, type RunRecord } from "../runs.js";
import { seriesScales } from "../theme.js";

export const toolCountPlot = definePlot<RunRecord>({
  summary: "accuracy against the number of tools (K)",
  reads: `${READS_RUNS}; with tools (or k)`,
  read: readRuns,
  draw(rows, look, { measure }) {
    const { name, runs } = measured(rows, measure);
    const without = runs.find(({ tools }) => tools === undefined);
    if (without !== undefined) {
      throw new ToolkenError(
        "RECORD_INVALID",
        `Expected the number of tools of every run but ${without.model} with ${without.method} has none`,
        { hint: "`toolken lab score --k` writes it into scores; a record names it as tools." },
      );
    }
    const models = new Set(runs.map(({ model }) => model));
    const methods = new Set(runs.map(({ method }) => method));
    const values = runs.map(({ model, method, dataset = "", tools, value, low, high }) => {
      const series = models.size === 1 ? method : methods.size === 1 ? model : `${model}, ${method}`;
      return { series, dataset, tools: tools!, value, low, high };
    });
    const { color, shape } = seriesScales(look, distinct(values.map(({ series }) => series)));
    const x = {
      field: "tools",
      type: "quantitative",
      title: "Tools (K)",
      scale: { type: "log", nice: false, padding: 20 },
      axis: {
        values: distinct(values.map(({ tools }) => tools)),
        format: ",",
        grid: false,
        labelOverlap: "greedy",
      },
    };
    const y = { field: "value", type: "quantitative", title: `${name}, %`, scale: { zero: true } };
    const colour = { field: "series", type: "nominal", title: null, scale: color };
    const spec = panels(values, "dataset", {
      height: 300,
      layer: [
        { mark: "line", encoding: { x, y, color: colour } },
        {
          mark: { type: "rule", opacity: 0.5 },
          encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color: colour },
        },
        {
          mark: { type: "point", size: 90 },
          encoding: {
            x,
            y,
            color: colour,
            shape: { field: "series", type: "nominal", title: null, scale: shape },
          },
        },
      ],
    });
    return { title: `${name} against the number of tools`, subtitle: runsSubtitle(runs), spec };
  },
});
