// Precision and recall of calls over the bias: every head can call less, so a reject option must beat the curve.
import path from "node:path";
import { z } from "zod";
import { objectOf, type SourceRecord } from "../../../examples/records.js";
import { ToolkenError } from "../../../errors.js";
import { scoreRun } from "../../evaluation/score-run.js";
import { precisionRecall } from "../../../metrics/selection.js";
import { readRun } from "../../evaluation/stored-run.js";
import { definePlot, distinct, PLOT_WIDTH } from "../kind.js";
import { areMined, isRightTool, minedSteps, type PlottedStep } from "../mined.js";
import { checked, hasFields } from "../records.js";
import { seriesScales } from "../theme.js";

const share = z.number().min(0).max(1);
const pointSchema = z.object({
  precision: share,
  recall: share,
  /** Of all tools; points with a bias are joined in its order, others stand alone. */
  bias: z.number().nullable().optional(),
  series: z.string().optional(),
});
const curveSchema = z.object({ calibration: z.object({ curve: z.array(pointSchema).min(1) }) });
const scoreSchema = z.object({ callMetrics: z.object({ micro: pointSchema }) });

interface Point {
  readonly series: string;
  readonly bias: number | null;
  readonly precision: number;
  readonly recall: number;
}

export const precisionRecallPlot = definePlot<Point>({
  summary: "precision and recall of calls over the bias",
  reads:
    "training reports (`toolken train head --json`), metrics of experiments, mined rows, predictions or scores with reference calls, or lines with precision, recall and bias",
  async read(file, records, reads) {
    const series = file.series ?? path.basename(file.path).replace(/\.jsonl?$/i, "");
    if (areMined(records))
      return minedCurve(minedSteps(records, reads)).map((point) => ({ series, ...point }));
    if (hasFields(records[0]!, "generation", "question")) {
      const metrics = scoreRun(await readRun(file.path), { resamples: 1 }).callMetrics;
      if (metrics === null) {
        throw new ToolkenError("RECORD_INVALID", `Expected gold_calls in ${file.path} but no line has them`, {
          hint: `This plot reads ${reads}.`,
        });
      }
      return [{ series, bias: null, ...metrics.micro }];
    }
    return records.flatMap((record) =>
      points(record, reads).map((point) => ({ ...point, series: point.series ?? series })),
    );
  },
  draw(rows, look) {
    // Where nothing fires there is no precision; such ends would draw a line to the corner.
    const kept = rows.filter(({ precision, recall }) => precision > 0 || recall > 0);
    if (kept.length === 0)
      throw new ToolkenError("RECORD_INVALID", "Expected a right call but there is none");
    const names = distinct(kept.map(({ series }) => series));
    const { color, shape } = seriesScales(look, names);
    const values = names.flatMap((series) => {
      const own = kept.filter((row) => row.series === series).sort((a, b) => (a.bias ?? 0) - (b.bias ?? 0));
      let labelled: Point | undefined;
      return own.map((point, place) => {
        const { bias } = point;
        const isChosen = bias !== null && (Number.isInteger(bias) || own.length <= 8);
        const isLabelled = isChosen && (labelled === undefined || distance(point, labelled) > CLOSEST_LABELS);
        if (isLabelled) labelled = point;
        return {
          ...point,
          place,
          isLabelled,
          isAlone: bias === null,
          text: bias === null ? "" : biasText(bias),
        };
      });
    });
    const x = {
      field: "recall",
      type: "quantitative",
      title: "Recall of calls",
      scale: upToOne(kept, "recall"),
    };
    const y = {
      field: "precision",
      type: "quantitative",
      title: "Precision of calls",
      scale: upToOne(kept, "precision"),
    };
    const colour = { field: "series", type: "nominal", title: null, scale: color };
    const marks = { field: "series", type: "nominal", title: null, scale: shape };
    const spec = {
      data: { values },
      width: PLOT_WIDTH,
      height: 380,
      layer: [
        {
          transform: [{ filter: "!datum.isAlone" }],
          mark: "line",
          encoding: { x, y, color: colour, order: { field: "place" } },
        },
        {
          transform: [{ filter: "datum.isLabelled" }],
          mark: { type: "point", size: 60 },
          encoding: { x, y, color: colour, shape: marks },
        },
        {
          transform: [{ filter: "datum.isAlone" }],
          mark: { type: "point", size: 190 },
          encoding: { x, y, color: colour, shape: marks },
        },
        {
          transform: [{ filter: "datum.isLabelled" }],
          mark: { type: "text", align: "left", dx: 8, dy: -7 },
          encoding: { x, y, text: { field: "text" } },
        },
      ],
    };
    return { title: "Precision and recall of calls", subtitle: "numbers: the bias of the tools", spec };
  },
});

/** Numbers of neighbours nearer than this (of the axes' length, about) would cover each other. */
const CLOSEST_LABELS = 0.025;

function distance(a: Point, b: Point): number {
  return Math.hypot(a.precision - b.precision, a.recall - b.recall);
}

function upToOne(points: readonly Point[], field: "precision" | "recall"): object {
  const least = Math.min(...points.map((point) => point[field]));
  return { domain: [Math.max(0, Math.floor(least * 10 - 0.5) / 10), 1], nice: false };
}

function points(given: SourceRecord, reads: string) {
  // Metrics of an experiment hold the report of the training, or the score of a run without one.
  const { report, score } = objectOf(given);
  const isCalibrated = curveSchema.safeParse(report).success;
  const record = { ...given, value: isCalibrated ? report : (score ?? given.value) };
  const found = hasFields(record, "calibration")
    ? checked(curveSchema, record, reads).calibration.curve
    : hasFields(record, "callMetrics")
      ? [checked(scoreSchema, record, reads).callMetrics.micro]
      : [checked(pointSchema, record, reads)];
  return found.map(({ bias = null, ...point }) => ({ bias, ...point }));
}

/**
 * The curve at biases up to that of the mining: above it, steps fire that were not mined. Its points lie where at
 * least one more step fires.
 */
function minedCurve(steps: readonly PlottedStep[]): Omit<Point, "series">[] {
  const gold = steps.filter(({ kind }) => kind === "tool").length;
  const fired = steps.filter(({ margin }) => margin > 0);
  const lowest = Math.floor(-Math.max(0, ...fired.map(({ margin }) => margin)));
  const biases = Array.from({ length: 1 - lowest * 8 }, (_, step) => lowest + step / 8);
  return biases.map((bias) => {
    const still = fired.filter(({ margin }) => margin + bias > 0);
    const { precision, recall } = precisionRecall(still.filter(isRightTool).length, still.length, gold);
    return { bias, precision, recall };
  });
}

function biasText(bias: number): string {
  return `${bias < 0 ? "−" : ""}${Math.abs(bias)}`;
}
