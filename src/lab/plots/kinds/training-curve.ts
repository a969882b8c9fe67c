// The loss from iteration to iteration: has the solver arrived, and how do trainings compare?
import path from "node:path";
import { z } from "zod";
import { definePlot, distinct, PLOT_WIDTH } from "../kind.js";
import { checked, hasFields } from "../records.js";
import { seriesScales } from "../theme.js";

const lossSchema = z.object({
  /** Iteration or epoch, from 1. */
  step: z.number().min(0),
  loss: z.number(),
  series: z.string().optional(),
});
const lossesSchema = z.array(z.object({ iteration: z.number().min(0), loss: z.number() })).min(1);
const reportSchema = z.object({ solver: z.object({ losses: lossesSchema }) });
/** Of a cell; null where its method has no training. */
const metricsSchema = z.object({ cell: z.string(), report: reportSchema.nullable() });

interface Loss {
  readonly series: string;
  readonly step: number;
  readonly loss: number;
}

export const trainingCurvePlot = definePlot<Loss>({
  summary: "loss against iterations or epochs",
  reads:
    "training reports (`toolken train head --json`), metrics of experiments, or lines with step and loss",
  read(file, records, reads) {
    const series = file.series ?? path.basename(file.path).replace(/\.jsonl?$/i, "");
    return records.flatMap((record) => {
      if (hasFields(record, "cell", "report")) {
        const { cell, report } = checked(metricsSchema, record, reads);
        const losses = report?.solver.losses ?? [];
        return losses.map(({ iteration, loss }) => ({ series: file.series ?? cell, step: iteration, loss }));
      }
      if (hasFields(record, "solver")) {
        const { losses } = checked(reportSchema, record, reads).solver;
        return losses.map(({ iteration, loss }) => ({ series, step: iteration, loss }));
      }
      const { step, loss, series: own = series } = checked(lossSchema, record, reads);
      return [{ series: own, step, loss }];
    });
  },
  draw(rows, look) {
    const names = distinct(rows.map(({ series }) => series));
    const { color, shape } = seriesScales(look, names);
    const last = names.map((series) => rows.findLast((row) => row.series === series)!);
    const steps = rows.map(({ step }) => step);
    const [first, end] = [Math.min(...steps), Math.max(2, ...steps)];
    const x = {
      field: "step",
      type: "quantitative",
      title: "Iteration",
      // After the last iteration there must be room for its loss.
      scale: { domain: [first, first + (end - first) * 1.12], nice: false },
    };
    const y = { field: "loss", type: "quantitative", title: "Mean loss per step", scale: { zero: false } };
    const legend = names.length > 1 ? {} : { legend: null };
    const colour = { field: "series", type: "nominal", title: null, scale: color, ...legend };
    const spec = {
      width: PLOT_WIDTH,
      height: 300,
      layer: [
        { data: { values: rows }, mark: "line", encoding: { x, y, color: colour } },
        {
          data: { values: last },
          mark: { type: "point", size: 70 },
          encoding: {
            x,
            y,
            color: colour,
            shape: { field: "series", type: "nominal", title: null, scale: shape, ...legend },
          },
        },
        {
          data: { values: last },
          mark: { type: "text", align: "left", dx: 9 },
          encoding: { x, y, text: { field: "loss", format: ".4f" } },
        },
      ],
    };
    return { title: "Training", subtitle: names.length === 1 ? names[0] : undefined, spec };
  },
});
