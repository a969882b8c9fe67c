// Calibration of call probability: of the calls made with a probability of 0.8, are 80 % right?
import path from "node:path";
import { z } from "zod";
import { objectOf, type SourceRecord } from "../../../examples/records.js";
import { ToolkenError } from "../../../errors.js";
import { parseCall } from "../../evaluation/call-text.js";
import { namedCalls } from "../../../examples/gold-calls.js";
import { wilsonInterval } from "../../evaluation/wilson.js";
import { definePlot, distinct, type PlotFile } from "../kind.js";
import { areMined, isRightTool, minedSteps } from "../mined.js";
import { checked, hasFields } from "../records.js";
import { seriesScales } from "../theme.js";

const callSchema = z.object({
  /** Of the tool, in the joint distribution over tokens and tools. */
  probability: z.number().min(0).max(1),
  right: z.boolean(),
  series: z.string().optional(),
});
interface Call {
  readonly series: string;
  readonly probability: number;
  readonly right: boolean;
}

const BINS = 10;
const SIDE = 340;

export const calibrationPlot = definePlot<Call>({
  summary: "calibration of call probability, with a histogram",
  reads: "predictions with gold_calls, mined rows, or lines with probability and right",
  read(file, records, reads) {
    const series = file.series ?? path.basename(file.path).replace(/\.jsonl?$/i, "");
    if (areMined(records)) {
      // Only where the tool is the tentative outcome are all steps mined, easy ones being a sample.
      const fired = minedSteps(records, reads).filter(({ margin }) => margin > 0);
      return fired.map((step) => ({
        series,
        probability: step.tools[0]!.probability,
        right: isRightTool(step),
      }));
    }
    if (hasFields(records[0]!, "generation", "question")) return callsOf(file, series, records, reads);
    return records.map((record) => ({ series, ...defined(checked(callSchema, record, reads)) }));
  },
  draw(rows, look) {
    const groups = distinct(rows.map(({ series }) => series)).map((series) => {
      const calls = rows.filter((row) => row.series === series);
      const bins = binned(calls);
      const error =
        bins.reduce((sum, { count, mean, share }) => sum + count * Math.abs(mean - share), 0) / calls.length;
      return { name: `${series}: ${calls.length} calls, error ${error.toFixed(3)}`, bins };
    });
    const names = groups.map(({ name }) => name);
    const { color, shape } = seriesScales(look, names);
    const values = groups.flatMap(({ name, bins }, place) =>
      bins.map((bin) => {
        // Bars of several series stand side by side within a bin.
        const width = (bin.to - bin.from) / groups.length;
        const from = bin.from + place * width;
        return { series: name, ...bin, from, to: from + width };
      }),
    );
    const unit = { domain: [0, 1], nice: false };
    const x = { field: "mean", type: "quantitative", title: "Probability of the call", scale: unit };
    const y = { field: "share", type: "quantitative", title: "Share of right calls", scale: unit };
    const colour = { field: "series", type: "nominal", title: null, scale: color, legend: { columns: 1 } };
    const spec = {
      vconcat: [
        {
          data: { values },
          width: SIDE,
          height: SIDE,
          layer: [
            {
              data: { values: [{ at: 0 }, { at: 1 }] },
              mark: { type: "line", strokeDash: [6, 4], strokeWidth: 1.4, color: look.muted },
              encoding: {
                x: { field: "at", type: "quantitative", scale: unit, title: x.title },
                y: { field: "at", type: "quantitative", scale: unit, title: y.title },
              },
            },
            { mark: { type: "line", strokeWidth: 1.6 }, encoding: { x, y, color: colour } },
            {
              mark: { type: "rule", opacity: 0.55 },
              encoding: { x, y: { ...y, field: "low" }, y2: { field: "high" }, color: colour },
            },
            {
              mark: { type: "point", size: 80 },
              encoding: {
                x,
                y,
                color: colour,
                shape: {
                  field: "series",
                  type: "nominal",
                  title: null,
                  scale: shape,
                  legend: { columns: 1 },
                },
              },
            },
          ],
        },
        {
          data: { values },
          width: SIDE,
          height: 70,
          mark: { type: "bar", cornerRadiusEnd: 0 },
          encoding: {
            x: {
              field: "from",
              type: "quantitative",
              title: null,
              scale: unit,
            },
            x2: { field: "to" },
            y: {
              field: "count",
              type: "quantitative",
              title: "Calls",
              stack: null,
              axis: { tickCount: 3, tickMinStep: 1, format: "d" },
            },
            color: colour,
          },
        },
      ],
      spacing: 16,
    };
    return {
      title: "Calibration of call probability",
      subtitle: "bars: 95 % intervals; dashed: calibrated",
      spec,
    };
  },
});

function callsOf(file: PlotFile, series: string, records: readonly SourceRecord[], reads: string): Call[] {
  const known = records.filter((record) => namedCalls(record) !== null);
  if (known.length === 0) {
    throw new ToolkenError("RECORD_INVALID", `Expected gold_calls in ${file.path} but no line has them`, {
      hint: `This plot reads ${reads}.`,
    });
  }
  const schema = z.object({ calls: z.array(z.object({ tool: z.string(), probability: z.number() })) });
  return known.flatMap((record) => {
    const left = namedCalls(record)!.map((call) => parseCall(call)?.tool);
    return checked(schema, { ...record, value: objectOf(record) }, reads).calls.map(
      ({ tool, probability }) => {
        const at = left.indexOf(tool);
        if (at >= 0) left.splice(at, 1);
        return { series, probability, right: at >= 0 };
      },
    );
  });
}

function binned(calls: readonly Call[]) {
  return Array.from({ length: BINS }, (_, bin) => {
    const inside = calls.filter(
      ({ probability }) => Math.min(BINS - 1, Math.floor(probability * BINS)) === bin,
    );
    const right = inside.filter((call) => call.right).length;
    const { low, high } = wilsonInterval(right, inside.length);
    const count = inside.length;
    const mean = inside.reduce((sum, { probability }) => sum + probability, 0) / count;
    return { from: bin / BINS, to: (bin + 1) / BINS, count, mean, share: right / count, low, high };
  }).filter(({ count }) => count > 0);
}

/** Without what the record left out, so that it does not hide the file's own. */
function defined<T extends object>(fields: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
