// Learning-rate ablation: how much a result depends on a setting that the convex solver does not have.
import { ToolkenError } from "../../../errors.js";
import { definePlot, distinct, panels } from "../kind.js";
import {
  measured,
  READS_RUNS,
  readRunsByRate,
  runsSubtitle,
  type MeasuredRun,
  type RunRecord,
} from "../runs.js";
import { seriesScales } from "../theme.js";

export const learningRatePlot = definePlot<RunRecord>({
  summary: "results against the learning rate; runs without one are baselines",
  reads: `${READS_RUNS}; with learningRate, or without it for a baseline`,
  read: readRunsByRate,
  draw(rows, look, { measure }) {
    const { name, runs } = measured(rows, measure);
    const trained = runs.filter(({ learningRate }) => learningRate !== undefined);
    if (trained.length === 0) {
      throw new ToolkenError("RECORD_INVALID", "Expected a run with a learningRate but there is none");
    }
    const methods = new Set(trained.map(({ method }) => method));
    const seriesOf = ({ model, method }: MeasuredRun): string =>
      methods.size > 1 && methods.has(method) ? `${model}, ${method}` : model;
    const names = distinct([...trained, ...runs].map(seriesOf));
    const { color, shape } = seriesScales(look, names);
    const rates = distinct(trained.map(({ learningRate }) => learningRate!)).sort((a, b) => a - b);
    const best = new Map<string, MeasuredRun>();
    for (const run of trained) {
      const key = `${seriesOf(run)}\n${run.dataset ?? ""}`;
      if (run.value > (best.get(key)?.value ?? -1)) best.set(key, run);
    }
    const values = runs.map((run) => {
      const { method, dataset = "", learningRate, value, low, high } = run;
      const isBest = [...best.values()].includes(run);
      return {
        series: seriesOf(run),
        dataset,
        rate: learningRate ?? rates.at(-1)!,
        value,
        low,
        high,
        role: learningRate === undefined ? "baseline" : "run",
        text: learningRate === undefined ? `${method} ${value.toFixed(1)}` : isBest ? value.toFixed(1) : "",
      };
    });
    const x = {
      field: "rate",
      type: "quantitative",
      title: "Learning rate",
      scale: { type: "log", nice: false, padding: 24 },
      axis: { values: rates, format: "~e", grid: false },
    };
    const y = {
      field: "value",
      type: "quantitative",
      title: `${name}, %`,
      scale: { zero: false, padding: 16 },
    };
    const colour = { field: "series", type: "nominal", title: null, scale: color };
    const only = (role: string): object[] => [{ filter: `datum.role === '${role}'` }];
    const spec = panels(values, "dataset", {
      height: 300,
      layer: [
        {
          transform: only("baseline"),
          mark: { type: "rule", strokeDash: [6, 4], strokeWidth: 1.6 },
          encoding: { y, color: colour },
        },
        { transform: only("run"), mark: "line", encoding: { x, y, color: colour } },
        {
          transform: [{ filter: "datum.role === 'run' && datum.high > datum.low" }],
          mark: { type: "rule", opacity: 0.45 },
          encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color: colour },
        },
        {
          transform: only("run"),
          mark: { type: "point", size: 90 },
          encoding: {
            x,
            y,
            color: colour,
            shape: { field: "series", type: "nominal", title: null, scale: shape },
          },
        },
        {
          transform: only("run"),
          mark: { type: "text", align: "left", dx: 8, dy: -10 },
          encoding: { x, y, text: { field: "text" } },
        },
        {
          transform: only("baseline"),
          mark: { type: "text", align: "left", baseline: "middle", dx: 8 },
          encoding: { x: { value: "width" }, y, text: { field: "text" }, color: colour },
        },
      ],
    });
    const subtitle = [runsSubtitle(runs), "dashed: without training"].filter((part) => part !== undefined);
    return { title: `${name} against the learning rate`, subtitle: subtitle.join("; "), spec };
  },
});
