// Steps of one text resemble each other, so texts are held out, never single steps.
import { splitExamples } from "../examples/split.js";
import type { TrainingCall } from "../examples/example.js";
import type { Steps } from "./steps.js";

export interface Parts {
  /** (N): 1 for the steps of the part. */
  readonly train: Uint8Array;
  readonly heldOut: Uint8Array;
  readonly trainTexts: number;
  readonly heldOutTexts: number;
}

/**
 * Splits texts, not steps. A generated text goes with the text whose question it answers; when that is held out it
 * belongs to neither part, so that held-out numbers are those of given texts.
 */
export function splitTexts(
  steps: Steps,
  origins: readonly number[],
  texts: number,
  validationSplit: number,
  seed: number,
): Parts {
  const firstGenerated = texts - origins.length;
  const calls = new Map<number, TrainingCall[]>();
  for (let step = 0; step < steps.count; step++) {
    const text = steps.text[step]!;
    if (text >= firstGenerated) continue;
    const called = calls.get(text) ?? [];
    calls.set(text, called);
    const k = steps.target[step]!;
    if (k >= 0) called.push({ tool: steps.tools[k]!, start: 0, end: 0, args: "", result: "" });
  }
  const stand = [...calls]
    .sort(([a], [b]) => a - b)
    .map(([text, called]) => ({ text: String(text), calls: called }));
  const held = new Set(
    splitExamples(stand, { validationSplit, seed }).heldOut.map(({ text }) => Number(text)),
  );

  const train = new Uint8Array(steps.count);
  const heldSteps = new Uint8Array(steps.count);
  const trainTexts = new Set<number>();
  for (let step = 0; step < steps.count; step++) {
    const text = steps.text[step]!;
    const origin = text < firstGenerated ? text : origins[text - firstGenerated]!;
    if (!held.has(origin)) {
      train[step] = 1;
      trainTexts.add(text);
    } else if (text === origin) {
      heldSteps[step] = 1;
    }
  }
  return { train, heldOut: heldSteps, trainTexts: trainTexts.size, heldOutTexts: held.size };
}
