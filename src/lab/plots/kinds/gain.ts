// Relative gain over the model alone: who gains most from tools.
import { ToolkenError } from "../../../errors.js";
import { definePlot, distinct, panels } from "../kind.js";
import {
  measured,
  modelLabels,
  READS_RUNS,
  readRuns,
  refuseTwice,
  runsSubtitle,
  type RunRecord,
} from "../runs.js";
import { seriesScales } from "../theme.js";

const BASE = "base";

export const gainPlot = definePlot<RunRecord>({
  summary: "relative gain of each method over the method base",
  reads: READS_RUNS,
  read: readRuns,
  draw(rows, look, { measure }) {
    refuseTwice(rows);
    const { name, runs } = measured(rows, measure);
    const values = runs.flatMap(({ model, method, dataset = "", value }) => {
      if (method === BASE) return [];
      const base = runs.find(
        (run) => run.model === model && run.method === BASE && (run.dataset ?? "") === dataset,
      );
      // Nothing is a share of zero.
      if (base === undefined || base.value === 0) return [];
      const gain = (100 * (value - base.value)) / base.value;
      const text = `${signed(gain)} %  (${base.value.toFixed(1)} → ${value.toFixed(1)})`;
      return [{ model, method, dataset, gain, text }];
    });
    if (values.length === 0) {
      throw new ToolkenError(
        "RECORD_INVALID",
        "Expected a model with the method base above 0 and with another",
        {
          hint: "The gain is that of a method over base, on the same model and data set.",
        },
      );
    }
    const labels = modelLabels(runs);
    const kept = new Set(values.map(({ model }) => model));
    const sort = [...labels].filter(([model]) => kept.has(model)).map(([, label]) => label);
    const methods = distinct(values.map(({ method }) => method));
    const y = {
      field: "label",
      type: "nominal",
      sort,
      title: null,
      axis: { domain: false, ticks: false },
    };
    const yOffset = { field: "method", type: "nominal", sort: methods };
    const x = { field: "gain", type: "quantitative", title: `Relative gain in ${name.toLowerCase()}, %` };
    const room = Math.max(...values.map(({ gain }) => gain), 0) * 1.45;
    const text = (filter: string, align: string, dx: number): object => ({
      transform: [{ filter }],
      mark: { type: "text", align, dx, dy: 1, baseline: "middle" },
      encoding: { y, yOffset, x, text: { field: "text" } },
    });
    const labelled = values.map((row) => ({ ...row, label: labels.get(row.model)! }));
    const layer = {
      height: { step: 26 },
      layer: [
        {
          mark: { type: "bar", height: { band: 0.8 } },
          encoding: {
            y,
            yOffset,
            x: { ...x, scale: room > 0 ? { domainMax: room } : {} },
            color: {
              field: "method",
              type: "nominal",
              title: null,
              scale: seriesScales(look, methods).color,
              ...(methods.length > 1 ? {} : { legend: null }),
            },
          },
        },
        { mark: { type: "rule" }, encoding: { x: { datum: 0, type: "quantitative" } } },
        text("datum.gain >= 0", "left", 6),
        // Beside a bar that goes left there is room on the right of zero.
        {
          ...text("datum.gain < 0", "left", 6),
          encoding: { y, yOffset, x: { datum: 0, type: "quantitative" }, text: { field: "text" } },
        },
      ],
    };
    const spec = panels(labelled, "dataset", layer);
    const only = methods.length === 1 ? `${methods[0]!} against ${BASE}` : `against ${BASE}`;
    const subtitle = [only, runsSubtitle(runs)].filter((part) => part !== undefined).join(", ");
    return { title: `Relative gain in ${name.toLowerCase()}`, subtitle, spec };
  },
});

function signed(value: number): string {
  const text = Math.abs(value).toFixed(Math.abs(value) < 10 ? 1 : 0);
  return value < 0 ? `−${text}` : `+${text}`;
}
