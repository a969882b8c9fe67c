import type { TrainingProgress } from "../training/options.js";
import type { Progress } from "./io.js";

const PHASES: Readonly<Record<TrainingProgress["phase"], string>> = {
  generation: "questions generated",
  features: "texts read",
  solve: "iterations",
  evaluation: "measuring",
  refit: "iterations on all texts",
};

/** @param words for phases, where they are not those of a head */
export function showTraining(
  progress: Progress,
  { phase, done, total, loss }: TrainingProgress,
  words: Partial<typeof PHASES> = {},
): void {
  const what = words[phase] ?? PHASES[phase];
  const note = loss === undefined ? what : `${what}, loss ${loss.toFixed(5)}`;
  progress.update(done, total, note);
}
