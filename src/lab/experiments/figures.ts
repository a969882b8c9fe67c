// Each kind of data has its own measures; a cell shows one of them first.
import { approximateMatch, exactMatch } from "../../metrics/answer.js";
import { parseCall } from "../evaluation/call-text.js";
import { bootstrapInterval } from "../evaluation/bootstrap.js";
import { judgedPredictions, type Measure, measures } from "../evaluation/score-run.js";
import type { StoredRun } from "../evaluation/stored-run.js";
import type { Figure } from "./cell-metrics.js";

const NUMERIC = /^\s*[-+]?\$?[\d.,]*\d/;

/** The shares of a run, the one that is shown first in front. @param first its name, where the experiment says it */
export function figuresOf(run: StoredRun, first?: string): Figure[] {
  const judged = judgedPredictions(run);
  const all = [...(judged.length === 0 ? [] : measures(run.kind, judged)), ...firstTool(run)];
  const isNumeric = judged.some(({ gold }) => gold !== null && NUMERIC.test(String(gold)));
  // Answers in words are read by nobody: what counts there is the tool.
  const preferred = first ?? (run.kind === "answers" && !isNumeric ? "firstTool" : all[0]?.name);
  return all.map(figureOf).sort((a, b) => Number(b.name === preferred) - Number(a.name === preferred));
}

/** Share of answers that are near the gold answer without being it; nothing for other kinds of data. */
export function approximateOnly(run: StoredRun): { readonly approximateOnly?: number } {
  const judged = judgedPredictions(run);
  if (run.kind !== "answers" || judged.length === 0) return {};
  const near = judged.filter(
    ({ prediction, gold }) => approximateMatch(prediction, gold!) && !exactMatch(prediction, gold!),
  );
  return { approximateOnly: near.length / judged.length };
}

/** Share of the questions with known calls whose first call is of the gold's first tool. */
function firstTool({ predictions }: StoredRun): Measure[] {
  const known = predictions.filter(({ goldCalls }) => goldCalls !== null && goldCalls.length > 0);
  if (known.length === 0) return [];
  const tool = (call: string | undefined): string | undefined =>
    call === undefined ? undefined : (parseCall(call)?.tool ?? call);
  return [
    {
      name: "firstTool",
      parts: known.map(({ goldCalls, calls }) => Number(tool(calls[0]) === tool(goldCalls![0]))),
      wholes: known.map(() => 1),
      ofQuestions: true,
    },
  ];
}

function figureOf(measure: Measure): Figure {
  const sum = (values: ArrayLike<number>): number => Array.from(values).reduce((a, b) => a + b, 0);
  const whole = sum(measure.wholes);
  const interval = bootstrapInterval(measure);
  return {
    name: measure.name,
    value: whole === 0 ? 0 : sum(measure.parts) / whole,
    low: interval?.low ?? null,
    high: interval?.high ?? null,
  };
}
