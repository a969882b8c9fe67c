// `toolken eval`: how many questions a model gets right, with a head or (the baseline) without.
import { z } from "zod";
import { engineFields } from "../../generation/call-fields.js";
import { readQuestions } from "../../examples/questions.js";
import { diagnoseRun, type RunDiagnosis } from "../../lab/evaluation/diagnose.js";
import { evaluate, type EvaluationSummary } from "../../lab/evaluation/evaluate.js";
import type { PlanMetrics } from "../../lab/evaluation/plan.js";
import type { PredictionRecord } from "../../lab/evaluation/record.js";
import { readRun, storedRun } from "../../lab/evaluation/stored-run.js";
import { defineCommand } from "../command.js";
import { flagsUnder } from "../flag.js";
import { jsonFlag, modelFlags, planFlag, runFlags, runOptions, shardFlag, toolkenFlags } from "../flags.js";
import { openModel, openPlan, openEngine } from "../session.js";
import { formatDiagnosis } from "../show-diagnosis.js";
import { writeDiagnoses } from "../write-diagnoses.js";

const EVALUATION = "Evaluation";

export const evalCommand = defineCommand({
  name: "eval",
  group: "Answering",
  summary: "Answer a file of questions and report accuracy",
  examples: [
    {
      command:
        "toolken eval --model model.gguf --head math.safetensors --data questions.json --out predictions.jsonl",
      does: "a line per question; run it again to resume",
    },
    { command: "toolken eval --model model.gguf --data questions.json", does: "the model alone" },
    {
      command:
        "toolken eval --head home.safetensors --tools home/tools.mjs --plan home/plan.json --data home/questions/test.jsonl",
      does: "plans made of tools only",
    },
    {
      command: "toolken eval --head nano --data questions.jsonl --diagnose lines.jsonl --diagnose plot.svg",
      does: "false negatives, false positives and wrong calls, question by question",
    },
    {
      command:
        "toolken eval --model model.gguf --head math.safetensors --reranker rerank.safetensors --data questions.json",
      does: "every call is reranked",
    },
  ],
  options: z.object({
    ...modelFlags,
    ...toolkenFlags,
    data: z
      .array(z.string().min(1))
      .min(1)
      .describe("Questions: JSON or JSON Lines with question and answer; may be given several times")
      .meta({ group: EVALUATION }),
    out: z
      .string()
      .min(1)
      .optional()
      .describe("Predictions: a JSON line per question, written as answers come")
      .meta({ group: EVALUATION }),
    resume: z
      .boolean()
      .default(true)
      .describe("Keep the answers that --out has; --no-resume refuses a file that has some")
      .meta({ group: EVALUATION }),
    ...flagsUnder(EVALUATION, {
      parallel: engineFields.parallel.describe("Questions that share each decode"),
      batchInvariant: engineFields.batchInvariant,
    }),
    kvUnified: z
      .boolean()
      .optional()
      .describe("Share one KV cache; disable for 4 or more parallel requests (faster, more memory)")
      .meta({ group: EVALUATION, defaultText: "true, unless --batch-invariant" }),
    ...shardFlag,
    limit: z
      .int()
      .min(1)
      .optional()
      .describe("Only the first questions")
      .meta({ group: EVALUATION, defaultText: "all" }),
    diagnose: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "Errors against the reference answers: a JSON line per question, or a picture (.svg, .png); both by two",
      )
      .meta({ group: EVALUATION, defaultText: "none" }),
    ...runFlags,
    ...planFlag,
    ...jsonFlag,
  }),
  async run(options, io) {
    const all = await readQuestions(options.data);
    const questions = all.slice(0, options.limit);
    const strategy = await openPlan(options);
    await using model = await openModel(options, io);
    await using engine = await openEngine(model, options, io, {
      parallel: options.parallel,
      batchInvariant: options.batchInvariant,
      kvUnified: options.kvUnified,
    });
    const progress = io.progress("Questions");
    let withCalls = 0;
    const records: PredictionRecord[] = [];
    const summary = await evaluate(engine, questions, {
      ...runOptions(options),
      strategy,
      out: options.out,
      resume: options.resume,
      shard: options.shard,
      parallel: options.parallel,
      settings: { chat: options.chat, grammar: options.grammar },
      signal: io.signal,
      onNote: io.note,
      onProgress: ({ done, total, record }) => {
        if (record !== undefined) records.push(record);
        if (record !== undefined && record.calls.length > 0) withCalls++;
        progress.update(done, total, `${withCalls} with calls`);
      },
    }).finally(() => {
      progress.stop();
    });
    const diagnosis = options.diagnose.length > 0 ? await diagnoseEvaluation(options, records) : undefined;
    if (options.json) {
      io.printJson(diagnosis === undefined ? summary : { ...summary, diagnosis: diagnosis.byKind });
    } else {
      io.print(formatSummary(summary));
      if (diagnosis !== undefined) io.print(`\n${formatDiagnosis(diagnosis)}`);
    }
    // Last, so that a file that cannot be written costs no figures.
    if (diagnosis !== undefined) await writeDiagnoses([diagnosis], options.diagnose, io.signal);
    return undefined;
  },
});

/** Answers that were in the file before are diagnosed too. */
async function diagnoseEvaluation(
  { out, head }: { readonly out?: string | undefined; readonly head?: string | undefined },
  records: readonly PredictionRecord[],
): Promise<RunDiagnosis> {
  if (out !== undefined) return diagnoseRun(await readRun(out));
  const sorted = [...records].sort((a, b) => a.index - b.index);
  const source = sorted.map((value, i) => ({
    location: { file: "the answers", line: i + 1 },
    value,
    json: JSON.stringify(value),
  }));
  return diagnoseRun(storedRun("the answers", source), head ?? "base");
}

/** The summary as lines for people, without a line end. */
export function formatSummary(summary: EvaluationSummary): string {
  const { questions, exactMatches, approximateMatches, withoutGold, failed, unanswered } = summary;
  const of = (part: number): string =>
    questions === 0
      ? "no reference answers"
      : `${part} of ${questions} (${((100 * part) / questions).toFixed(1)} %)`;
  const speed = summary.tokensPerSecond === null ? "-" : summary.tokensPerSecond.toFixed(1);
  return [
    ...(summary.plans === undefined ? [] : planLines(summary.plans)),
    ...(summary.plans !== undefined && questions === 0
      ? []
      : [
          `Exact match        ${of(exactMatches)}`,
          `Approximate match  ${of(approximateMatches)}`,
          `Without an answer  ${unanswered}`,
        ]),
    ...(failed > 0 ? [`With an error      ${failed}`] : []),
    ...(withoutGold > 0 ? [`Without reference  ${withoutGold}`] : []),
    `Calls              ${summary.calls} in ${summary.questionsWithCalls} questions`,
    ...(summary.reranked > 0
      ? [
          `Reranked           ${summary.reranked} calls, ${summary.replaced} replaced, ${summary.rejected} rejected`,
        ]
      : []),
    `Tokens             ${summary.tokens} chosen, ${summary.decodedTokens} decoded`,
    `Time               ${summary.seconds.toFixed(1)} s, ${speed} tokens/s${summary.resumed > 0 ? `, ${summary.resumed} questions resumed` : ""}`,
  ].join("\n");
}

function planLines(plans: PlanMetrics): string[] {
  const percent = (part: number): string => `${(100 * part).toFixed(1)} %`;
  return [
    `Action match       ${percent(plans.actionMatch)} of ${plans.steps} steps, ${percent(plans.stepMatch)} with their objects`,
    `Plan match         ${percent(plans.planMatch)} of ${plans.questions} plans, ${percent(plans.fullPlanMatch)} with their objects`,
  ];
}
