// Performance against model size: a dumbbell per model, from the model alone to the model with its methods.
import { definePlot, distinct, panels } from "../kind.js";
import { measured, modelLabels, READS_RUNS, readRuns, runsSubtitle, type RunRecord } from "../runs.js";
import { seriesScales } from "../theme.js";

export const sizePlot = definePlot<RunRecord>({
  summary: "performance against model size, a dumbbell per model",
  reads: READS_RUNS,
  read: readRuns,
  draw(rows, look, { measure }) {
    const { name, runs } = measured(rows, measure);
    const labels = modelLabels(runs);
    const { color, shape } = seriesScales(look, distinct(runs.map(({ method }) => method)));
    const values = runs.map((run) => {
      const { model, method, value, dataset = "" } = run;
      const group = runs.filter((other) => other.model === model && (other.dataset ?? "") === dataset);
      const sorted = group.map((other) => other.value).sort((a, b) => a - b);
      const ends = sorted.length === 1 ? ["high"] : ["low", "high"];
      // Of equals one carries the number.
      const isFirst = group.find((other) => other.value === value) === run;
      const outer = value === sorted.at(-1) ? ends.at(-1)! : value === sorted[0] ? ends[0]! : "between";
      const end = isFirst ? outer : "between";
      return { label: labels.get(model)!, method, dataset, value, end };
    });
    const y = {
      field: "label",
      type: "nominal",
      sort: [...labels.values()],
      title: null,
      // Left of the smallest value there must be room for its number.
      axis: { domain: false, ticks: false, grid: true, offset: 30 },
    };
    const most = Math.max(1, ...runs.map(({ value }) => value));
    const x = {
      field: "value",
      type: "quantitative",
      title: `${name}, %`,
      scale: { domain: [0, most * 1.1], nice: false },
    };
    const number = (end: string, align: string, dx: number): object => ({
      transform: [{ filter: `datum.end === '${end}'` }],
      mark: { type: "text", align, dx },
      encoding: { y, x, text: { field: "value", format: ".1f" } },
    });
    const layer = {
      height: { step: 34 },
      layer: [
        {
          mark: { type: "rule", strokeWidth: 3, opacity: 0.6 },
          encoding: {
            y,
            x: { aggregate: "min", field: "value", type: "quantitative", title: x.title },
            x2: { aggregate: "max", field: "value" },
          },
        },
        {
          mark: { type: "point", size: 120 },
          encoding: {
            y,
            x,
            color: { field: "method", type: "nominal", title: null, scale: color },
            shape: { field: "method", type: "nominal", title: null, scale: shape },
          },
        },
        number("low", "right", -11),
        number("high", "left", 11),
      ],
    };
    const spec = panels(values, "dataset", layer);
    return { title: `${name} by model size`, subtitle: runsSubtitle(runs), spec };
  },
});
