// Plots of result files.
export type { PlotFile } from "./kind.js";
export { PLOT_KINDS, type PlotKindName } from "./kinds/index.js";
export { plotSpec, writePlot, type PlotOptions, type WritePlotOptions } from "./plot.js";
export { renderPng, renderSvg, type PlotSpec, type RenderOptions } from "./render.js";
export type { RunRecord } from "./runs.js";
export type { Background, Theme } from "./theme.js";
