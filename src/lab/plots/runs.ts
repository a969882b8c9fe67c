// Runs as plots of results read them: prediction files, what `toolken lab score --json` prints, or records of one's own.
import path from "node:path";
import { z } from "zod";
import type { SourceRecord } from "../../examples/records.js";
import { ToolkenError, invalidArgument } from "../../errors.js";
import { approximateMatch, exactMatch } from "../../metrics/answer.js";
import { judgedPredictions, scoreRun } from "../evaluation/score-run.js";
import { readRun } from "../evaluation/stored-run.js";
import type { PlotFile } from "./kind.js";
import { checked, hasFields } from "./records.js";

const share = z.number().min(0).max(1);
const interval = z.object({ low: z.number(), high: z.number() }).nullable();

/** Shares that a run's record may have, in the order in which plots look for one. */
export const RUN_MEASURES = [
  "exactMatch",
  "accuracy",
  "planMatch",
  "firstTool",
  "actionMatch",
  "approximateMatch",
  "stepMatch",
  "fullPlanMatch",
] as const;
export type RunMeasure = (typeof RUN_MEASURES)[number];

const MEASURE_NAMES: Readonly<Record<RunMeasure, string>> = {
  exactMatch: "Exact match",
  accuracy: "Accuracy",
  planMatch: "Whole plans right",
  firstTool: "First tool right",
  actionMatch: "Plan steps right",
  approximateMatch: "Approximate match",
  stepMatch: "Plan steps right, with objects",
  fullPlanMatch: "Whole plans right, with objects",
};

/** A run's record: a model with a method on a data set, and how much of it is right. */
export const runRecordSchema = z.object({
  model: z.string().min(1),
  /** "base" is what other methods are compared with. */
  method: z.string().min(1),
  dataset: z.string().optional(),
  /** Weights of the model. */
  parameters: z.number().positive().optional(),
  /** Tools that the model could choose from (K). */
  tools: z.int().min(1).optional(),
  /** Of the head's training; absent for runs that were not trained. */
  learningRate: z.number().positive().optional(),
  questions: z.int().min(0).optional(),
  exactMatch: share.optional(),
  approximateMatch: share.optional(),
  /** Approximate and not exact: not the difference of both, since integers truncate. */
  approximateOnly: share.optional(),
  accuracy: share.optional(),
  actionMatch: share.optional(),
  planMatch: share.optional(),
  firstTool: share.optional(),
  stepMatch: share.optional(),
  fullPlanMatch: share.optional(),
  /** The share that is shown first, as the cells of experiments name it. */
  figure: z.object({ name: z.string() }).optional(),
  /** Of each share, by its name. */
  intervals: z.record(z.string(), interval).optional(),
});
export type RunRecord = z.output<typeof runRecordSchema>;

export const READS_RUNS =
  "predictions, metrics of experiments, what `toolken lab score --json` prints, or lines with model, method and a share such as exactMatch";

/** @throws ToolkenError `RECORD_INVALID` with file and line; what `readRun` throws */
export function readRuns(
  file: PlotFile,
  records: readonly SourceRecord[],
  reads: string,
): Promise<RunRecord[]> {
  return runsOf(file, records, reads, new Set());
}

/** As {@link readRuns}, runs that differ in their learning rate alone under one method. @throws what it throws */
export function readRunsByRate(
  file: PlotFile,
  records: readonly SourceRecord[],
  reads: string,
): Promise<RunRecord[]> {
  return runsOf(file, records, reads, new Set(["lr"]));
}

/** @param apart settings of a sweep that are not a part of the method's name */
async function runsOf(
  file: PlotFile,
  records: readonly SourceRecord[],
  reads: string,
  apart: ReadonlySet<string>,
): Promise<RunRecord[]> {
  const known = {
    model: file.model ?? path.basename(file.path).replace(/\.jsonl?$/i, ""),
    method: file.method ?? file.series ?? "head",
    ...(file.dataset === undefined ? {} : { dataset: file.dataset }),
    ...(file.parameters === undefined ? {} : { parameters: file.parameters }),
  };
  if (hasFields(records[0]!, "generation", "question"))
    return [{ ...known, ...(await predictionsRow(file.path)) }];
  const rows: RunRecord[] = [];
  for (const record of records) {
    const value = record.value as Readonly<Record<string, unknown>>;
    // What a record says of itself wins; a score says nothing of its model.
    const named = {
      ...(hasFields(record, "model") ? value : { ...known, ...value }),
      ...variant(value, apart),
    };
    const perCount = Array.isArray(value.byToolCount) ? (value.byToolCount as object[]) : [];
    const parts = perCount.length > 0 ? perCount.map((at) => ({ ...named, intervals: {}, ...at })) : [named];
    for (const part of parts as Readonly<Record<string, unknown>>[]) {
      const tools = part.tools ?? part.toolCount ?? part.k ?? undefined;
      const row = checked(runRecordSchema, { ...record, value: { ...part, tools } }, reads);
      if (RUN_MEASURES.some((name) => row[name] !== undefined)) rows.push(row);
      else checked(z.object({ exactMatch: share }), record, reads);
    }
  }
  return rows;
}

/** The method of an experiment's cell with what its sweep varies: cells of one sweep are not one run. */
function variant(
  { method, swept }: Readonly<Record<string, unknown>>,
  apart: ReadonlySet<string>,
): { readonly method?: string } {
  if (typeof method !== "string" || typeof swept !== "object" || swept === null) return {};
  const settings = Object.entries(swept).filter(([name]) => !apart.has(name));
  return { method: [method, ...settings.map(([name, value]) => `${name}=${String(value)}`)].join(" ") };
}

/** Bars of two runs would stand in one place. @throws ToolkenError `RECORD_INVALID` */
export function refuseTwice(runs: readonly RunRecord[]): void {
  const seen = new Set<string>();
  for (const { model, method, dataset } of runs) {
    const place = JSON.stringify([model, method, dataset]);
    if (seen.has(place)) {
      const on = dataset === undefined ? "" : ` on ${dataset}`;
      throw new ToolkenError(
        "RECORD_INVALID",
        `Expected one run of ${model} with ${method}${on} but received two`,
        {
          hint: "Plot them apart, or name them apart with the options model and method (--model, --method).",
        },
      );
    }
    seen.add(place);
  }
}

async function predictionsRow(path: string): Promise<Omit<RunRecord, "model" | "method">> {
  const run = await readRun(path);
  const score = scoreRun(run, { resamples: 2000 });
  const shares = Object.fromEntries(
    RUN_MEASURES.flatMap((name) => {
      const value = (score as unknown as Readonly<Record<string, unknown>>)[name];
      return typeof value === "number" ? [[name, value]] : [];
    }),
  );
  const judged = judgedPredictions(run);
  const closeOnly = judged.filter(
    ({ prediction, gold }) => approximateMatch(prediction, gold!) && !exactMatch(prediction, gold!),
  ).length;
  const tools = run.predictions[0]?.toolCount ?? undefined;
  return {
    ...shares,
    questions: judged.length,
    intervals: score.intervals,
    ...(run.kind === "answers"
      ? { approximateOnly: judged.length === 0 ? 0 : closeOnly / judged.length }
      : {}),
    ...(tools === undefined ? {} : { tools }),
  };
}

export interface MeasuredRun extends RunRecord {
  /** In percent. */
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** The runs with the share that is drawn, in percent. @throws ToolkenError `INVALID_ARGUMENT`, `RECORD_INVALID` */
export function measured(
  runs: readonly RunRecord[],
  asked: string | undefined,
): { readonly name: string; readonly runs: readonly MeasuredRun[] } {
  if (asked !== undefined && !(RUN_MEASURES as readonly string[]).includes(asked)) {
    throw invalidArgument(`one of ${RUN_MEASURES.join(", ")}`, "measure", asked);
  }
  const measure =
    (asked as RunMeasure | undefined) ??
    RUN_MEASURES.find((name) => runs.every(({ figure }) => figure?.name === name)) ??
    RUN_MEASURES.find((name) => runs.every((run) => run[name] !== undefined)) ??
    RUN_MEASURES.find((name) => runs.some((run) => run[name] !== undefined))!;
  const withValue = runs.map((run) => {
    const value = run[measure];
    if (value === undefined) {
      throw new ToolkenError(
        "RECORD_INVALID",
        `Expected ${measure} of every run but ${run.model} with ${run.method} has none`,
        { hint: "Choose another share with the option measure (--measure), or plot these runs apart." },
      );
    }
    const { low, high } = run.intervals?.[measure] ?? { low: value, high: value };
    return { ...run, value: 100 * value, low: 100 * low, high: 100 * high };
  });
  return { name: MEASURE_NAMES[measure], runs: withValue };
}

/** Models from small to large, those of unknown size last, with their size after the name. */
export function modelLabels(runs: readonly RunRecord[]): Map<string, string> {
  const sizes = new Map<string, number>();
  for (const { model, parameters = Infinity } of runs) {
    sizes.set(model, Math.min(parameters, sizes.get(model) ?? Infinity));
  }
  return new Map(
    [...sizes]
      .sort(([, a], [, b]) => a - b || 0)
      .map(([model, size]) => [model, size === Infinity ? model : `${model} (${sizeText(size)})`]),
  );
}

/** 1.7B, 135M */
function sizeText(parameters: number): string {
  const [value, unit] = parameters >= 1e9 ? [parameters / 1e9, "B"] : [parameters / 1e6, "M"];
  return `${Number(value.toPrecision(3))}${unit}`;
}

/** `one data set, 60 questions`, for a subtitle; what differs between runs is left out. */
export function runsSubtitle(runs: readonly RunRecord[]): string | undefined {
  const datasets = new Set(runs.map(({ dataset }) => dataset));
  const questions = new Set(runs.map((run) => run.questions));
  const [dataset] = datasets;
  const [count] = questions;
  const parts = [
    datasets.size === 1 ? dataset : undefined,
    questions.size === 1 && count !== undefined ? `${count} questions` : undefined,
  ].filter((part) => part !== undefined);
  return parts.length === 0 ? undefined : parts.join(", ");
}
