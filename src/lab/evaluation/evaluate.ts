// Asks every question of a list, several at once, and keeps each answer as soon as it is there.
import { z } from "zod";
import { digestOf } from "../../utils/digest.js";
import type { EvaluationQuestion } from "../../examples/questions.js";
import { ToolkenError, invalidArgument, throwIfAborted } from "../../errors.js";
import type { GenerateResult } from "../../generation/events.js";
import { inParallel } from "../../generation/in-parallel.js";
import { callOptions, type CallSettings, type PromptOptions } from "../../generation/options.js";
import { REJECT } from "../../reranker/reranker.js";
import { callback, integerField, nonEmptyString, type Progress, value } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";
import { inShard, shardField } from "../../utils/shard.js";
import { parseCall } from "./call-text.js";
import { answerMetrics, type AnswerMetrics, share } from "../../metrics/answers.js";
import { isPlan, parsePlan, type PlanMetrics, planMetrics } from "./plan.js";
import { openPredictions } from "./predictions-file.js";
import { type PredictionRecord, predictionRecord } from "./record.js";

/** The part of a toolken that an evaluation needs. */
export interface Answering {
  generate(options: PromptOptions): Promise<GenerateResult>;
  /** Runs that share each decode. */
  readonly parallel?: number;
  readonly model?: { fingerprint(): Promise<string> };
  readonly head?:
    | { readonly tools: readonly string[]; readonly weights: Float32Array; readonly bias: Float32Array }
    | undefined;
  readonly reranker?:
    | {
        readonly tools: readonly string[];
        readonly weights: Float32Array;
        readonly documentation: Readonly<Record<string, string>>;
      }
    | undefined;
  /** Candidates of the reranker. */
  readonly topK?: number | undefined;
  readonly tools?: { readonly names: readonly string[] };
  readonly prompts?: unknown;
}

/** Of whatever does not say how many questions it answers at once. */
const DEFAULT_PARALLEL = 4;

export interface EvaluationProgress extends Progress<"answers"> {
  /** Of the question that was just answered. */
  readonly record?: PredictionRecord;
}

export const evaluateOptions = defineOptions({
  ...callOptions.shape,
  out: nonEmptyString()
    .optional()
    .describe("Predictions: JSON Lines, one per question, appended to as answers come"),
  resume: z
    .boolean()
    .default(true)
    .describe("Keep the answers that the file has; otherwise a file that has some is rejected"),
  parallel: integerField(1, 1024)
    .optional()
    .describe("Questions that are answered at once")
    .meta({ defaultText: `the engine's own, or ${DEFAULT_PARALLEL}` }),
  shard: shardField,
  settings: value<Readonly<Record<string, unknown>>>("an object", (given) => typeof given === "object")
    .default({})
    .describe(
      "What else answers depend on, such as { chat: true }: lines of other settings are not continued",
    ),
  onProgress: callback<(event: EvaluationProgress) => void>()
    .optional()
    .describe(
      "Called with answered and all questions: first with the resumed ones, then after each question",
    ),
  onNote: callback<(note: string) => void>()
    .optional()
    .describe(
      "Human-readable warnings, such as a torn line that was dropped, or tools of solutions that the head does not have",
    ),
});
export type EvaluateOptions = OptionsOf<typeof evaluateOptions>;

export interface EvaluationSummary extends AnswerMetrics {
  /** Questions that ended with an error. */
  readonly failed: number;
  /** Questions without a gold answer; they are in no other count of matches. */
  readonly withoutGold: number;
  /** Of questions whose gold answer is a plan; they are in no count of matches above. */
  readonly plans?: PlanMetrics;
  readonly calls: number;
  readonly questionsWithCalls: number;
  /** `questionsWithCalls` of all questions. */
  readonly callRate: number;
  /** Calls that the reranker has looked at, of these replaced by another tool's, and rejected. */
  readonly reranked: number;
  readonly replaced: number;
  readonly rejected: number;
  /** Tokens that the model chose: reasoning and arguments. */
  readonly tokens: number;
  /** All tokens that went through the model. */
  readonly decodedTokens: number;
  /** Answers that were in the file already. */
  readonly resumed: number;
  /** Of this run, without loading the model. */
  readonly seconds: number;
  /** Chosen tokens of this run by its seconds; null when everything was there already. */
  readonly tokensPerSecond: number | null;
}

/**
 * Evaluates a toolken on questions. An answer that does not fit into the context counts as wrong, with the
 * error's code as its status; any other error ends the evaluation, and what is in the file stays.
 *
 * @throws ToolkenError `INVALID_ARGUMENT`, `RECORD_INVALID` (the file belongs to other questions), `ABORTED`,
 * `FILE_NOT_FOUND`, `IO`, and what `run` throws.
 */
export async function evaluate(
  engine: Answering,
  questions: readonly EvaluationQuestion[],
  options: EvaluateOptions = {},
): Promise<EvaluationSummary> {
  const {
    out,
    resume,
    settings: given,
    shard,
    onProgress,
    onNote,
    ...own
  } = resolveOptions(evaluateOptions, options, "evaluate");
  const parallel = own.parallel ?? engine.parallel ?? DEFAULT_PARALLEL;
  // As given: predictions belong to the settings that a caller chose, whatever the defaults are.
  const run: CallSettings = Object.fromEntries(
    Object.entries(options).filter(([key]) => Object.hasOwn(callOptions.shape, key)),
  );
  const list: unknown = questions;
  if (!Array.isArray(list)) throw invalidArgument("an array of questions", "questions", list);
  throwIfAborted(run.signal);

  const unknown = unknownTools(questions, engine.head?.tools);
  if (unknown !== undefined) onNote?.(unknown);
  const settings = await digest(engine, run, given);
  const file = out === undefined ? undefined : await openPredictions(out, { questions, settings, resume });
  try {
    if (file?.droppedTornLine === true) {
      onNote?.(`Dropped the last line of ${out ?? ""}: an earlier run was stopped while it was written`);
    }
    const records = new Map(file?.cached);
    const resumed = records.size;
    const wanted = [...questions.entries()].filter(([index]) => records.has(index) || inShard(shard, index));
    const total = wanted.length;
    onProgress?.({ phase: "answers", done: resumed, total });
    const begin = performance.now();
    const missing = wanted.filter(([index]) => !records.has(index));
    await inParallel(missing, parallel, run.signal, async ([index, question], signal) => {
      const outcome = await answerOrUnfit(engine, question.question, { ...run, signal });
      const record = predictionRecord(index, question, outcome, settings);
      await file?.append(record);
      records.set(index, record);
      onProgress?.({ phase: "answers", done: records.size, total, record });
    });
    const seconds = (performance.now() - begin) / 1000;
    const fresh = missing.map(([index]) => records.get(index)!);
    return summarise([...records.values()], { fresh, resumed, seconds });
  } finally {
    await file?.close();
  }
}

/** Exact and approximate match, calls and tokens of stored predictions. */
export function summarise(
  records: readonly PredictionRecord[],
  session: {
    readonly fresh: readonly PredictionRecord[];
    readonly resumed: number;
    readonly seconds: number;
  },
): EvaluationSummary {
  const gold = records.flatMap(({ label, pred_val }) =>
    label === null || isPlan(String(label)) ? [] : [{ gold: label, prediction: pred_val }],
  );
  const plans = records.flatMap(({ label, generation }) =>
    label !== null && isPlan(String(label))
      ? [{ gold: parsePlan(String(label)), predicted: parsePlan(generation) }]
      : [],
  );
  const questionsWithCalls = records.filter(({ calls }) => calls.length > 0).length;
  const reranks = records.flatMap(({ reranks: of }) => of ?? []);
  const rejected = reranks.filter(({ decision }) => decision === REJECT).length;
  const { fresh, resumed, seconds } = session;
  return {
    ...answerMetrics(gold),
    failed: records.filter(({ status }) => status !== "success").length,
    withoutGold: records.length - gold.length - plans.length,
    ...(plans.length === 0 ? {} : { plans: planMetrics(plans) }),
    calls: records.reduce((sum, { calls }) => sum + calls.length, 0),
    questionsWithCalls,
    callRate: share(questionsWithCalls, records.length),
    reranked: reranks.length,
    replaced: reranks.filter(({ decision, tentative }) => decision !== tentative).length - rejected,
    rejected,
    tokens: chosenTokens(records),
    decodedTokens: records.reduce((sum, { usage }) => sum + (usage?.details.decodedTokens ?? 0), 0),
    resumed,
    seconds,
    tokensPerSecond: fresh.length === 0 || seconds === 0 ? null : chosenTokens(fresh) / seconds,
  };
}

const MAX_NAMED = 5;

/** In words which tools of the solutions a head does not have: their questions are asked all the same. */
function unknownTools(
  questions: readonly EvaluationQuestion[],
  known: readonly string[] | undefined,
): string | undefined {
  if (known === undefined) return undefined;
  const has = new Set(known);
  const tools = new Set<string>();
  const concerned = questions.filter(({ tool, goldCalls = [] }) => {
    const needed = [tool, ...goldCalls.map((call) => parseCall(call)?.tool)];
    const lacking = needed.filter((name) => name !== undefined && !has.has(name));
    for (const name of lacking) tools.add(name!);
    return lacking.length > 0;
  });
  if (tools.size === 0) return undefined;
  const names = [...tools].sort();
  const more = names.length > MAX_NAMED ? ` and ${names.length - MAX_NAMED} more` : "";
  return `${concerned.length} of ${questions.length} questions need tools that the head does not have: ${names.slice(0, MAX_NAMED).join(", ")}${more}`;
}

function chosenTokens(records: readonly PredictionRecord[]): number {
  return records.reduce((sum, { usage }) => sum + (usage === null ? 0 : usage.outputTokens), 0);
}

/** What one question's size is to blame for is that question's result. */
async function answerOrUnfit(
  engine: Answering,
  question: string,
  options: CallSettings,
): Promise<GenerateResult | ToolkenError> {
  try {
    // The published loop takes back a call whose arguments are refused.
    return await engine.generate({ prompt: question, argumentRetries: 0, ...options });
  } catch (error) {
    if (error instanceof ToolkenError && error.code === "CONTEXT_FULL") return error;
    throw error;
  }
}

/** Run options that no answer depends on. */
const UNRELATED: ReadonlySet<string> = new Set(["signal", "topCandidates"]);

async function digest(
  { model, head, reranker, topK, tools, prompts }: Answering,
  options: CallSettings,
  given: Readonly<Record<string, unknown>> | undefined,
): Promise<string> {
  const sorted = Object.fromEntries(
    Object.entries(options)
      .filter(([name, value]) => value !== undefined && !UNRELATED.has(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const names = { head: head?.tools ?? null, tools: tools?.names ?? null };
  const weights = head === undefined ? [] : [head.weights, head.bias];
  const reranking =
    reranker === undefined
      ? []
      : [{ tools: reranker.tools, documentation: reranker.documentation, topK }, reranker.weights];
  return digestOf(
    (await model?.fingerprint()) ?? null,
    names,
    prompts ?? null,
    sorted,
    given ?? {},
    ...weights,
    ...reranking,
  );
}
