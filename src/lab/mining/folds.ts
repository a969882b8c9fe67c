// Fold by fold a head is trained on the other texts and looks at those that were held out.
import { ToolkenError, throwIfAborted } from "../../errors.js";
import type { TrainingExample } from "../../examples/example.js";
import { foldExamples } from "../../examples/split.js";
import type { HeadModelFacts } from "../../head/model-identity.js";
import type { ToolHead } from "../../head/tool-head.js";
import type { Tokenizer } from "../../model/tokenizer.js";
import { calibrateBias } from "../../training/calibrate.js";
import type { Steps, VocabularySteps } from "../../training/steps.js";
import { hasFoldHead, saveFoldHead } from "../../training/reranker/fold-heads.js";
import { scoreSteps, type ScoredRows } from "../../training/score-steps.js";
import { headSolverFields } from "../../training/options.js";
import { solveHead } from "../../training/solve-head.js";
import { partOf } from "../../utils/options.js";
import { foldRows, type MinedText } from "./fold-rows.js";
import type { MinedFoldRows } from "./mined-fold-rows.js";
import { callerBias, type MiningNumbers, type ResolvedMineOptions } from "./options.js";
import type { MiningStore } from "./store.js";

/**
 * The fold of each text; texts of one question are held out together. With a head there is one fold for all.
 * @throws `INVALID_ARGUMENT` (more folds than questions).
 */
export function foldsOf(
  examples: readonly TrainingExample[],
  questions: readonly (string | undefined)[],
  { folds, seed }: MiningNumbers,
  hasHead: boolean,
): Int32Array {
  if (hasHead) return new Int32Array(examples.length);
  const key = new Map(examples.map((example, index) => [example, questions[index] ?? example.text]));
  return foldExamples(examples, { folds, seed, key: (example) => key.get(example)! });
}

/** Steps of all texts, with what the vocabulary says there. */
export interface MinedSteps {
  readonly steps: Steps;
  readonly vocabulary: VocabularySteps;
}

export interface MineFoldsInput extends MinedSteps {
  readonly numbers: MiningNumbers;
  readonly options: ResolvedMineOptions;
  readonly head: ToolHead | undefined;
  /** By text. */
  readonly fold: Int32Array;
  /** Texts that were given; the others are generations. */
  readonly originals: number;
  /** undefined for a text that can't be mined. */
  readonly text: (text: number) => MinedText | undefined;
  readonly tokenizer: Pick<Tokenizer, "piece">;
  readonly model: HeadModelFacts;
  /** Digest of all that the rows depend on. */
  readonly settings: string;
  readonly store: Pick<MiningStore, "folds" | "add">;
}

/** Mines every fold that the store lacks. @throws what `solveHead` throws, `INVALID_ARGUMENT`, `IO`, `ABORTED`. */
export async function mineFolds(
  input: MineFoldsInput,
): Promise<{ readonly folds: readonly MinedFoldRows[]; readonly resumed: number }> {
  const { numbers, options, head, store } = input;
  const ordinals = ordinalsOf(input.steps.text);
  const kept = new Map(store.folds.map((one) => [one.fold.fold, one]));
  const count = head !== undefined || options.halfSplit ? 1 : numbers.folds;
  const folds: MinedFoldRows[] = [];
  for (let fold = 0; fold < count; fold++) {
    options.onProgress?.({ phase: "rows", done: fold, total: count, fold });
    let mined = kept.get(fold);
    // A fold counts as done when all that is wanted of it is there.
    if (mined === undefined || !(await hasFoldHead(options.heads, fold, input.settings))) {
      throwIfAborted(options.signal);
      mined = await mineFold(input, ordinals, fold, count);
      await store.add(mined);
    }
    folds.push(mined);
  }
  options.onProgress?.({ phase: "rows", done: count, total: count });
  return { folds, resumed: kept.size };
}

async function mineFold(
  input: MineFoldsInput,
  ordinals: Int32Array,
  fold: number,
  count: number,
): Promise<MinedFoldRows> {
  const { steps, vocabulary, numbers, options, tokenizer, text, originals } = input;
  const isHeld = (step: number): boolean => input.fold[steps.text[step]!] === fold;
  const isMined = (step: number): boolean => {
    const of = steps.text[step]!;
    return isHeld(step) && of >= originals === isOnPolicy(options) && text(of) !== undefined;
  };
  const include = stepMask(steps.count, isMined);
  const { rows: head, trainedTexts } = await headOf(input, fold, count, isHeld);
  const rows = await foldRows({
    steps,
    vocabulary,
    ordinals,
    tokenizer,
    text: (of) => text(of)!,
    head,
    include,
    fold,
    ...numbers,
    signal: options.signal,
  });
  return {
    fold: {
      fold,
      trainedTexts,
      minedTexts: textsOf(steps.text, include),
      steps: include.reduce((sum, one) => sum + one, 0),
      bias: [...head.bias].map((value) => (value === -Infinity ? null : value)),
    },
    rows,
  };
}

/** The fold's head with the bias that it is mined at. */
async function headOf(
  input: MineFoldsInput,
  fold: number,
  count: number,
  isHeld: (step: number) => boolean,
): Promise<{ readonly rows: Required<ScoredRows> & { readonly bias: Float32Array }; trainedTexts: number }> {
  const { steps, options, head, numbers, originals } = input;
  const { signal, heads } = options;
  const caller = callerBias(options.bias, steps.tools);
  if (head !== undefined) {
    const rows = { weights: head.weights, bias: checkedBias(caller.map((own, k) => own + head.bias[k]!)) };
    return { rows, trainedTexts: 0 };
  }
  const include = stepMask(steps.count, (step) => !isHeld(step));
  const { weights } = await solveHead(steps, {
    seed: numbers.seed,
    ...partOf(headSolverFields, options.advanced),
    include,
    threads: options.threads,
    signal,
    onProgress: ({ phase, done, total }) =>
      options.onProgress?.({ phase, done: fold * total + done, total: count * total, fold }),
  });
  // An abort during the last iterations comes too late for the solver to notice.
  throwIfAborted(signal);
  let bias = 0;
  if (options.calibrate) {
    const held = stepMask(steps.count, (step) => isHeld(step) && steps.text[step]! < originals);
    bias = calibrateBias(steps, await scoreSteps(steps, { weights }, signal, held), held).bias;
  }
  if (heads !== undefined) {
    const trained = { tools: steps.tools, weights, bias: steps.tools.map(() => bias), model: input.model };
    await saveFoldHead(heads, { fold, settings: input.settings }, trained);
  }
  return {
    rows: { weights, bias: checkedBias(caller.map((own) => own + bias)) },
    trainedTexts: textsOf(steps.text, include),
  };
}

function checkedBias(bias: Float32Array): Float32Array {
  if (bias.some((value) => value !== -Infinity)) return bias;
  throw new ToolkenError("INVALID_ARGUMENT", "Expected a tool that no bias switches off but all are off");
}

function isOnPolicy({ onPolicy }: ResolvedMineOptions): boolean {
  return onPolicy !== false;
}

function stepMask(count: number, isIn: (step: number) => boolean): Uint8Array {
  return Uint8Array.from({ length: count }, (_, step) => (isIn(step) ? 1 : 0));
}

function textsOf(text: Int32Array, include: Uint8Array): number {
  return new Set(text.filter((_, step) => include[step] === 1)).size;
}

/** (N): which of its text's steps a step is. */
function ordinalsOf(text: Int32Array): Int32Array {
  const counts = new Map<number, number>();
  return text.map((one) => {
    const ordinal = counts.get(one) ?? 0;
    counts.set(one, ordinal + 1);
    return ordinal;
  });
}
