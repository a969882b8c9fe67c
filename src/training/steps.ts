import type { FeaturesInfo } from "./features-format.js";

/** Target of a step of an excluded tool; −1 is that of a token. */
export const LEFT_OUT_STEP = -2;

/** N steps, row-major. */
export interface Steps {
  /** N */
  readonly count: number;
  /** d */
  readonly dimension: number;
  /** K names; targets are indices into them. */
  readonly tools: readonly string[];
  /** (N, d): last hidden states after the final norm. */
  readonly h: Float32Array;
  /** (N): logsumexp of the vocabulary's logits. */
  readonly lse: Float32Array;
  /** (N): k for tool k, -1 for a token, -2 for an excluded tool. */
  readonly target: Int32Array;
  /** (N): the target token's logit, 0 for a tool. */
  readonly targetLogit: Float32Array;
  /** (N): the best token's logit. */
  readonly bestLogit: Float32Array;
  /** (N): the text of the step. Steps of one text are in order, possibly interleaved with those of others. */
  readonly text: Int32Array;
  /** (N): the step's token, counted from the end of the shared prefix. */
  readonly position: Int32Array;
}

/** Features in one file or several. */
export interface FeatureSource {
  readonly info: FeaturesInfo;
  /** The steps; targets are indices into `tools`, default all. */
  steps(tools?: readonly string[]): Promise<Steps>;
}

/** A copy of the steps of some texts. */
export function stepsOfTexts(steps: Steps, texts: ReadonlySet<number>): Steps {
  const rows = [...steps.text.keys()].filter((step) => texts.has(steps.text[step]!));
  const d = steps.dimension;
  const h = new Float32Array(rows.length * d);
  rows.forEach((step, to) => {
    h.set(steps.h.subarray(step * d, (step + 1) * d), to * d);
  });
  const floats = (column: Float32Array): Float32Array => Float32Array.from(rows, (step) => column[step]!);
  const integers = (column: Int32Array): Int32Array => Int32Array.from(rows, (step) => column[step]!);
  return {
    ...steps,
    count: rows.length,
    h,
    lse: floats(steps.lse),
    target: integers(steps.target),
    targetLogit: floats(steps.targetLogit),
    bestLogit: floats(steps.bestLogit),
    text: integers(steps.text),
    position: integers(steps.position),
  };
}

/** The vocabulary's distribution at N steps, row-major. */
export interface VocabularySteps {
  /** m */
  readonly top: number;
  /** (N, m): the best tokens, best first; -1 where fewer have a logit. */
  readonly token: Int32Array;
  /** (N, m) */
  readonly logit: Float32Array;
  /** (N): of the softmax over the vocabulary, in nats. */
  readonly entropy: Float32Array;
}

/** Parts of one corpus, one after the other. */
export function joinedSteps(parts: readonly Steps[]): Steps {
  const [first] = parts;
  if (first === undefined || parts.length === 1) return first!;
  const floats = (of: (steps: Steps) => Float32Array): Float32Array => concatenated(Float32Array, parts, of);
  const integers = (of: (steps: Steps) => Int32Array): Int32Array => concatenated(Int32Array, parts, of);
  return {
    ...first,
    count: parts.reduce((sum, { count }) => sum + count, 0),
    h: floats(({ h }) => h),
    lse: floats(({ lse }) => lse),
    target: integers(({ target }) => target),
    targetLogit: floats(({ targetLogit }) => targetLogit),
    bestLogit: floats(({ bestLogit }) => bestLogit),
    text: integers(({ text }) => text),
    position: integers(({ position }) => position),
  };
}

export function concatenated<Part, Column extends Float32Array | Int32Array>(
  Column: new (length: number) => Column,
  parts: readonly Part[],
  of: (part: Part) => Column,
): Column {
  const whole = new Column(parts.reduce((sum, part) => sum + of(part).length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(of(part), at);
    at += of(part).length;
  }
  return whole;
}
