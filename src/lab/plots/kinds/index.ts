// All kinds of plots, in the order of the help.
import type { PlotKind } from "../kind.js";
import { calibrationPlot } from "./calibration.js";
import { costPlot } from "./cost.js";
import { diagnosticsPlot } from "./diagnostics.js";
import { firstCallPlot } from "./first-call.js";
import { gainPlot } from "./gain.js";
import { learningRatePlot } from "./learning-rate.js";
import { matchesPlot } from "./matches.js";
import { precisionRecallPlot } from "./precision-recall.js";
import { sizePlot } from "./size.js";
import { toolCountPlot } from "./tool-count.js";
import { trainingCurvePlot } from "./training-curve.js";

export const PLOT_KINDS = [
  "size",
  "gain",
  "learning-rate",
  "matches",
  "tool-count",
  "calibration",
  "precision-recall",
  "training-curve",
  "diagnostics",
  "cost",
  "time-to-first-call",
] as const;
export type PlotKindName = (typeof PLOT_KINDS)[number];

export const plotKinds: Readonly<Record<PlotKindName, PlotKind>> = {
  size: sizePlot,
  gain: gainPlot,
  "learning-rate": learningRatePlot,
  matches: matchesPlot,
  "tool-count": toolCountPlot,
  calibration: calibrationPlot,
  "precision-recall": precisionRecallPlot,
  "training-curve": trainingCurvePlot,
  diagnostics: diagnosticsPlot,
  cost: costPlot,
  "time-to-first-call": firstCallPlot,
};
