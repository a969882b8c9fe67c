import type { Model } from "../../model/model.js";
import type { LabelledRows } from "./decision-solve.js";
import type { DecisionSettings, TrainDefinitionsOptions } from "./options.js";
import { type DecisionForm, probeEncoder } from "./probe-text.js";
import { textWeights, type TrainingText } from "./training-texts.js";
import { tokenStates } from "./token-states.js";
import { unitRows } from "./unit-rows.js";

export interface LabelledStates extends LabelledRows {
  /** (N, d) */
  readonly states: Float32Array;
  /** Rows of requests and no-tool texts. */
  readonly judged: readonly number[];
  readonly decodedTokens: number;
}

/** States of texts, with what each stands for. @throws what `tokenStates` and `probeEncoder` throw. */
export async function labelledStates(
  model: Model,
  texts: readonly TrainingText[],
  context: {
    readonly tools: number;
    readonly form: DecisionForm;
    readonly settings: DecisionSettings;
    readonly options: Pick<TrainDefinitionsOptions, "states" | "threads" | "signal" | "onProgress">;
  },
): Promise<LabelledStates> {
  const { tools, form, settings, options } = context;
  const { states, decodedTokens } = await textStates(
    model,
    texts.map(({ text }) => text),
    form,
    options,
  );
  return {
    rows: await unitRows(states, model.facts.embeddingLength, settings.shrinkage, options.signal),
    tools,
    target: Int32Array.from(texts, ({ target }) => target),
    weight: textWeights(texts, settings.weights, tools),
    isDefinition: Uint8Array.from(texts, ({ source }) => (source === "definition" ? 1 : 0)),
    states,
    judged: [...texts.keys()].filter((i) => ["synthetic", "real", "no-tool"].includes(texts[i]!.source)),
    decodedTokens,
  };
}

/** (N, d): states of texts in the form that a head decides in. @throws what `tokenStates` throws. */
export async function textStates(
  model: Model,
  texts: readonly string[],
  form: DecisionForm,
  options: Pick<TrainDefinitionsOptions, "states" | "threads" | "signal" | "onProgress">,
): Promise<{ readonly states: Float32Array; readonly decodedTokens: number }> {
  const { states: cache, threads, signal, onProgress } = options;
  const encode = await probeEncoder(model, form);
  const sequences: Int32Array[] = [];
  for (const text of texts) sequences.push(await encode(text, signal));
  return tokenStates(model, sequences, {
    cache,
    threads,
    signal,
    onProgress: (done, total) => onProgress?.({ phase: "features", done, total }),
  });
}
