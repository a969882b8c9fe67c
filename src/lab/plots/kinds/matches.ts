// Exact and approximate match in one bar: how many answers were merely close.
import { ToolkenError } from "../../../errors.js";
import { definePlot, distinct, panels } from "../kind.js";
import { modelLabels, READS_RUNS, readRuns, refuseTwice, runsSubtitle, type RunRecord } from "../runs.js";
import { seriesScales } from "../theme.js";

const EXACT = "exact";
const CLOSE = "approximate only";

export const matchesPlot = definePlot<RunRecord>({
  summary: "exact and approximate match, stacked, grouped by model and method",
  reads: `${READS_RUNS}; exactMatch and approximateMatch are needed`,
  read: readRuns,
  draw(rows, look) {
    refuseTwice(rows);
    const labels = modelLabels(rows);
    const methods = distinct(rows.map(({ method }) => method));
    const values = rows.flatMap((run) => {
      const { model, method, dataset = "", exactMatch: exact } = run;
      if (exact === undefined || (run.approximateMatch ?? run.approximateOnly) === undefined) {
        throw new ToolkenError(
          "RECORD_INVALID",
          `Expected exactMatch and approximateMatch of every run but ${model} with ${method} lacks one`,
        );
      }
      const close = run.approximateOnly ?? Math.max(0, run.approximateMatch! - exact);
      const common = { label: labels.get(model)!, method, dataset };
      const total = 100 * (exact + close);
      const text =
        close === 0 ? (100 * exact).toFixed(1) : `${(100 * exact).toFixed(1)} + ${(100 * close).toFixed(1)}`;
      return [
        { ...common, match: EXACT, order: 0, value: 100 * exact, total, text },
        { ...common, match: CLOSE, order: 1, value: 100 * close, total, text: "" },
      ];
    });
    const y = {
      field: "label",
      type: "nominal",
      sort: [...labels.values()],
      title: null,
      axis: { domain: false, ticks: false },
      scale: { paddingInner: 0.25 },
    };
    const yOffset = { field: "method", type: "nominal", sort: methods };
    const most = Math.max(...values.map(({ total }) => total));
    const x = {
      type: "quantitative",
      title: "Questions, %",
      scale: { domain: [0, most === 0 ? 1 : most * 1.2], nice: false },
    };
    const layer = {
      height: { step: 22 },
      layer: [
        {
          mark: { type: "bar", height: { band: 0.86 } },
          encoding: {
            y,
            yOffset,
            x: { ...x, field: "value", stack: "zero" },
            order: { field: "order" },
            color: {
              field: "method",
              type: "nominal",
              title: null,
              scale: seriesScales(look, methods).color,
            },
            opacity: {
              field: "match",
              type: "ordinal",
              sort: [EXACT, CLOSE],
              title: null,
              scale: { domain: [EXACT, CLOSE], range: [1, 0.45] },
            },
          },
        },
        {
          transform: [{ filter: "datum.text !== ''" }],
          mark: { type: "text", align: "left", baseline: "middle", dx: 6, dy: 1 },
          encoding: { y, yOffset, x: { ...x, field: "total" }, text: { field: "text" } },
        },
      ],
    };
    const spec = panels(values, "dataset", layer);
    return { title: "Exact and approximate match", subtitle: runsSubtitle(rows), spec };
  },
});
