// Phase two begins here: heads look at texts that they were not trained on, and what they see becomes rows.
import { basename } from "node:path";
import { throwIfAborted } from "../../errors.js";
import type { Model } from "../../model/model.js";
import { timed } from "../../training/timed.js";
import { type Corpus, alignCorpus } from "../../training/corpus.js";
import type { TrainingExample, TrainingProblem } from "../../examples/example.js";
import { extractFeatures, type ExtractFeaturesOptions } from "../../training/extract-features.js";
import { extractFeatureParts } from "../../training/feature-parts.js";
import { createFrame } from "../../training/frame.js";
import { generalPrompt, type Generated, generateExamples, readExamples } from "../../training/inputs.js";
import { BARE_PROMPT, questionOf } from "../../training/on-policy.js";
import { toolNames } from "../../training/options.js";
import { exampleIds } from "./example-ids.js";
import { hasFoldHeads } from "../../training/reranker/fold-heads.js";
import { foldsOf, type MinedSteps, mineFolds } from "./folds.js";
import { sampleByKey, sampleKey, type MinedText } from "./fold-rows.js";
import { countMined, type MinedCounts, type MinedInfo, type MinedRow } from "../../examples/mined-row.js";
import {
  KEPT_TOKENS,
  mineOptions,
  type MineOptions,
  type MiningNumbers,
  miningNumbers,
  type ResolvedMineOptions,
} from "./options.js";
import { resolveOptions } from "../../utils/options.js";
import { TextPlaces } from "./places.js";
import { MiningStore } from "./store.js";
import { miningDigests } from "./settings.js";
import type { MinedFoldRows } from "./mined-fold-rows.js";

/** What mining has found. */
export interface Mined {
  readonly info: MinedInfo;
  /** By text and step. */
  readonly rows: readonly MinedRow[];
  readonly counts: MinedCounts;
  /** Texts without rows, and why. */
  readonly problems: readonly TrainingProblem[];
  /** Folds that an earlier run had finished. */
  readonly resumed: number;
  readonly seconds: {
    readonly generation: number;
    readonly features: number;
    readonly folds: number;
    readonly total: number;
  };
  /** Tokens of this run's forward pass by its seconds; null without one. */
  readonly tokensPerSecond: number | null;
}

/**
 * Mines rows for a reranker (Toolken+, arXiv 2410.12004): trained heads run teacher-forced over texts that they were
 * not trained on, after the prompt of inference. Steps whose gold outcome is a tool become rows of that tool; steps
 * whose gold outcome is a token, while the best tool's logit beats every token's, become rows of "REJ". Question and
 * later tokens of results have no steps. The forward pass happens once, whatever the number of folds.
 *
 * With `out` the file appears when it is complete. Until then features, generations and finished folds stand in
 * `<out>.parts`, from where the next run goes on; another run's parts are refused.
 *
 * @throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (a text calls a tool that is not given, or that the head lacks),
 * `MODEL_MISMATCH` (a head or features of another model), `RECORD_INVALID` (file and line), `FILE_NOT_FOUND`,
 * `FILE_INVALID` (parts or an output of other settings), `ALIGNMENT_FAILED` (no text could be aligned), `IO`,
 * `ABORTED`, `DISPOSED`.
 *
 * @example
 * const { counts } = await mineRows(model, { examples: "train.jsonl", tools: mathTools, out: "mined.jsonl" });
 * console.log(counts.tool, counts.reject);
 */
export async function mineRows(model: Model, given: MineOptions): Promise<Mined> {
  const begin = performance.now();
  const options = resolveOptions(mineOptions, given, "mineRows");
  const { chat, signal, onProgress } = options;
  const { featureBatchSize, textsPerPart } = options.advanced;
  const tools = toolNames(options.tools);
  const numbers = miningNumbers(options, tools);
  throwIfAborted(signal);
  const head = options.head?.select(tools);
  head?.assertFits(await model.identity(), { force: options.force });

  const read = await readExamples(options.examples, tools);
  const { examples } = read;
  const prompt = await generalPrompt(model, options);
  const questions = examples.map((example) => questionOf(example, prompt ?? BARE_PROMPT));
  const folds = foldsOf(examples, questions, numbers, head !== undefined);
  const digests = await miningDigests(model, { examples, tools, prompt, options, numbers });

  await using store = await MiningStore.open(options, digests);
  // Rows without the heads that were asked for are mined again: the same rows, and the heads.
  if (store.finished !== undefined && (await hasFoldHeads(options.heads, store.finished.info))) {
    return finishedBefore(store.finished, begin);
  }

  const generated = await timed(() => generate(model, examples, prompt, options, store));
  const all = [...examples, ...generated.value.examples];
  const origins = [...examples.keys(), ...generated.value.origins];
  const frame = createFrame(model, all, { prompt, chat, includeQuestion: false });
  const corpus = await alignCorpus(model, all, tools, frame, signal);
  const texts = minedTexts(all, origins, questions, corpus);

  const features = await timed(() =>
    readSteps(model, store.features, textsPerPart, {
      examples: all,
      tools,
      prompt,
      chat,
      topTokens: KEPT_TOKENS,
      batchSize: featureBatchSize,
      threads: options.threads,
      signal,
      onProgress,
    }),
  );
  const identity = { ...(await model.identity()), fileName: basename(model.path) };
  const mined = await timed(() =>
    mineFolds({
      ...features.value,
      numbers,
      options,
      head,
      fold: Int32Array.from(origins, (origin) => folds[origin]!),
      originals: examples.length,
      text: (text) => texts[text],
      tokenizer: model.tokenizer,
      model: identity,
      settings: digests.rows,
      store,
    }),
  );
  throwIfAborted(signal);

  const rows = rowsOf(mined.value.folds, numbers);
  const info: MinedInfo = {
    tools,
    model: identity,
    topTools: numbers.topTools,
    settings: digests.rows,
    folds: mined.value.folds.map(({ fold }) => fold),
  };
  await store.finish(info, rows);
  const { decodedTokens } = features.value;
  return {
    info,
    rows,
    counts: countMined(rows),
    problems: [...read.problems, ...corpus.problems, ...withoutQuestion(examples, questions, corpus)],
    resumed: mined.value.resumed,
    seconds: {
      generation: generated.seconds,
      features: features.seconds,
      folds: mined.seconds,
      total: (performance.now() - begin) / 1000,
    },
    tokensPerSecond: decodedTokens === 0 ? null : decodedTokens / features.seconds,
  };
}

async function generate(
  model: Model,
  examples: readonly TrainingExample[],
  prompt: string | null,
  options: ResolvedMineOptions,
  store: MiningStore,
): Promise<Generated> {
  const { onPolicy, chat, threads, signal, onProgress } = options;
  return generateExamples(model, examples, prompt, {
    ...{ onPolicy, path: store.generations, chat, threads, signal, onProgress },
  });
}

/** The forward pass, or what is kept of it. */
async function readSteps(
  model: Model,
  folder: string | undefined,
  textsPerPart: number,
  pass: ExtractFeaturesOptions,
): Promise<MinedSteps & { readonly decodedTokens: number }> {
  if (folder === undefined) {
    await using features = await extractFeatures(model, pass);
    const { tokens: decodedTokens } = features.info;
    return { steps: await features.steps(), vocabulary: await features.vocabulary(), decodedTokens };
  }
  await using parts = await extractFeatureParts(model, { ...pass, folder, textsPerPart });
  const { decodedTokens } = parts;
  return { steps: await parts.steps(pass.tools), vocabulary: await parts.vocabulary(), decodedTokens };
}

/** Texts with steps and a question, by index. */
function minedTexts(
  all: readonly TrainingExample[],
  origins: readonly number[],
  questions: readonly (string | undefined)[],
  { aligned }: Corpus,
): (MinedText | undefined)[] {
  const ids = exampleIds(all.slice(0, questions.length));
  return all.map((example, text) => {
    const index = origins[text]!;
    const question = questions[index];
    const found = aligned[text];
    if (question === undefined || found === undefined) return undefined;
    const generated = text >= questions.length;
    return { example: ids[index]!, index, generated, question, places: new TextPlaces(example, found) };
  });
}

function withoutQuestion(
  examples: readonly TrainingExample[],
  questions: readonly (string | undefined)[],
  { aligned }: Corpus,
): TrainingProblem[] {
  return examples.flatMap((example, index) => {
    if (questions[index] !== undefined || aligned[index] === undefined) return [];
    const place = example.source ?? { file: "", line: index + 1 };
    return [{ ...place, reason: "the question can't be told from the answer, so the text is not mined" }];
  });
}

/** All rows in order, with the sample of easy ones cut to its size. */
function rowsOf(folds: readonly MinedFoldRows[], { easy, seed }: MiningNumbers): MinedRow[] {
  const all = folds.flatMap(({ rows }) => rows);
  const sample = sampleByKey(
    all.filter(({ kind }) => kind === "easy"),
    easy,
    ({ id }) => sampleKey(seed, id),
  );
  return [...all.filter(({ kind }) => kind !== "easy"), ...sample].sort(
    (a, b) => a.index - b.index || Number(a.generated) - Number(b.generated) || a.position - b.position,
  );
}

function finishedBefore(
  { info, rows }: { readonly info: MinedInfo; readonly rows: readonly MinedRow[] },
  begin: number,
): Mined {
  const total = (performance.now() - begin) / 1000;
  return {
    info,
    rows,
    counts: countMined(rows),
    problems: [],
    resumed: info.folds.length,
    seconds: { generation: 0, features: 0, folds: 0, total },
    tokensPerSecond: null,
  };
}
