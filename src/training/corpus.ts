// Texts after the prompt become tokens with targets, and the tokens that all begin with are told apart.
import { setImmediate } from "node:timers/promises";
import { ToolkenError, invalidArgument, throwIfAborted } from "../errors.js";
import type { Model } from "../model/model.js";
import { type AlignedExample, alignExample, MASKED } from "./align.js";
import type { TrainingExample, TrainingProblem } from "../examples/example.js";
import type { Frame } from "./frame.js";

/** Texts that are aligned before the event loop gets a turn. */
const TEXTS_PER_TURN = 32;
/** Offsets are 32-bit integers. */
const MAX_TOKENS = 2 ** 31 - 1;

export interface Corpus {
  /** By index of the example; undefined where there is a problem. */
  readonly aligned: readonly (AlignedExample | undefined)[];
  readonly problems: readonly TrainingProblem[];
}

/** @throws `ALIGNMENT_FAILED` (no text gives a step), `UNKNOWN_TOOL`, `ABORTED`. */
export async function alignCorpus(
  model: Model,
  examples: readonly TrainingExample[],
  tools: readonly string[],
  frame: Frame,
  signal: AbortSignal | undefined,
): Promise<Corpus> {
  const toolIndex = new Map(tools.map((tool, k) => [tool, k]));
  const aligned: (AlignedExample | undefined)[] = [];
  const problems: TrainingProblem[] = [];
  for (const [index, example] of examples.entries()) {
    if (index % TEXTS_PER_TURN === 0) {
      await setImmediate();
      throwIfAborted(signal);
    }
    const outcome = alignFramed(model, example, frame, toolIndex);
    if (typeof outcome === "string") {
      aligned.push(undefined);
      problems.push({ ...(example.source ?? { file: "", line: index + 1 }), reason: outcome });
    } else {
      aligned.push(outcome);
    }
  }
  if (aligned.every((text) => text === undefined)) {
    const reason = problems[0]?.reason ?? "";
    throw new ToolkenError("ALIGNMENT_FAILED", `None of ${examples.length} texts gives a step: ${reason}`);
  }
  return { aligned, problems };
}

function alignFramed(
  model: Model,
  example: TrainingExample,
  frame: Frame,
  toolIndex: ReadonlyMap<string, number>,
): AlignedExample | string {
  const framed = frame.frame(example);
  if (typeof framed === "string") return framed;
  try {
    const { prefix } = framed;
    const aligned = alignExample(model.tokenizer, framed.example, {
      toolIndex,
      ...(prefix === undefined ? {} : { prefix, addSpecial: false }),
    });
    const { trainedContext } = model.facts;
    if (trainedContext > 0 && aligned.tokens.length > trainedContext) {
      return `the text has ${aligned.tokens.length} tokens, the model's context ${trainedContext}`;
    }
    if (aligned.targets.every((target) => target === MASKED)) return "the text has no step to learn from";
    return aligned;
  } catch (error) {
    if (error instanceof ToolkenError && error.code === "ALIGNMENT_FAILED") return error.message;
    throw error;
  }
}

/** A corpus as the native pass takes it. */
export interface PackedCorpus {
  /** The tokens that all texts begin with. */
  readonly prefix: Int32Array;
  /** The rest of all texts, one after the other. */
  readonly tokens: Int32Array;
  readonly targets: Int32Array;
  /** (texts + 1) */
  readonly offsets: Int32Array;
  /** Tokens that the pass decodes: the prefix, and each text up to its last wanted step. */
  readonly decodedTokens: number;
}

/** The steps that all texts share are computed once; none of them may be wanted, for they have no row. */
export function packCorpus(aligned: readonly (AlignedExample | undefined)[]): PackedCorpus {
  const first = aligned.find((text) => text !== undefined)!;
  let shared = Infinity;
  let total = 0;
  for (const text of aligned) {
    if (text === undefined) continue;
    const firstWanted = text.targets.findIndex((target) => target !== MASKED);
    shared = Math.min(shared, firstWanted, commonLength(first.tokens, text.tokens));
    total += text.tokens.length;
  }
  if (total > MAX_TOKENS) {
    throw invalidArgument(`at most ${MAX_TOKENS} tokens`, "the examples' tokens", total);
  }
  const offsets = new Int32Array(aligned.length + 1);
  let decodedTokens = shared;
  for (const [index, text] of aligned.entries()) {
    const length = text === undefined ? 0 : text.tokens.length - shared;
    offsets[index + 1] = offsets[index]! + length;
    if (text !== undefined)
      decodedTokens += text.targets.findLastIndex((target) => target !== MASKED) + 1 - shared;
  }
  const tokens = new Int32Array(offsets.at(-1)!);
  const targets = new Int32Array(tokens.length);
  for (const [index, text] of aligned.entries()) {
    if (text === undefined) continue;
    tokens.set(text.tokens.subarray(shared), offsets[index]);
    targets.set(text.targets.subarray(shared), offsets[index]);
  }
  return { prefix: first.tokens.slice(0, shared), tokens, targets, offsets, decodedTokens };
}

function commonLength(a: Int32Array, b: Int32Array): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}
