import type { Model } from "../../model/model.js";
import type { LabelledRows } from "./decision-solve.js";
import { shiftDefinitions, STATE_KINDS } from "./definition-shift.js";
import type { SolveSettings, UpdateSettings } from "./options.js";
import { type DecisionForm, probeEncoder } from "../../prompts/decision-text.js";
import { textWeights } from "./training-texts.js";
import type { TrainingText } from "./training-text.js";
import { tokenStates } from "./token-states.js";
import { unitRows } from "./unit-rows.js";

export interface LabelledStates extends LabelledRows {
  /** (N, d); those of definitions are shifted, see {@link shiftDefinitions} */
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
    readonly settings: SolveSettings;
    readonly options: Pick<UpdateSettings, "states" | "threads" | "signal" | "onProgress">;
  },
): Promise<LabelledStates> {
  const { tools, form, settings, options } = context;
  const d = model.facts.embeddingLength;
  const kinds = Uint8Array.from(texts, ({ source }) => {
    if (source === "definition") return STATE_KINDS.definition;
    return source === "follow-up" ? STATE_KINDS.other : STATE_KINDS.request;
  });
  const computed = await textStates(
    model,
    texts.map(({ text }) => text),
    form,
    options,
  );
  const states = shiftDefinitions(computed.states, d, kinds);
  return {
    rows: await unitRows(states, d, settings.shrinkage, options.signal),
    tools,
    target: Int32Array.from(texts, ({ target }) => target),
    weight: textWeights(texts, settings.weights, tools),
    isDefinition: kinds.map((kind) => (kind === STATE_KINDS.definition ? 1 : 0)),
    states,
    judged: [...texts.keys()].filter((i) => ["synthetic", "real", "no-tool"].includes(texts[i]!.source)),
    decodedTokens: computed.decodedTokens,
  };
}

/** (N, d): states of texts in the form that a head decides in. @throws what `tokenStates` throws. */
export async function textStates(
  model: Model,
  texts: readonly TrainingText["text"][],
  form: DecisionForm,
  options: Pick<UpdateSettings, "states" | "threads" | "signal" | "onProgress">,
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
