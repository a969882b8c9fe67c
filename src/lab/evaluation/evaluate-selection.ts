// Tool selection without a generation: one feature pass over the requests, then a matrix product and counting.
import { z } from "zod";
import { assertToolsKnown, toolRequests } from "../../examples/requests.js";
import { ToolkenError, invalidArgument, throwIfAborted } from "../../errors.js";
import { ToolHead } from "../../head/tool-head.js";
import type { Model } from "../../model/model.js";
import type { TrainingProblem } from "../../examples/example.js";
import { LEFT_OUT_STEP, type Steps } from "../../training/steps.js";
import {
  featuresSchema,
  requestFeatures,
  requestFields,
  requestsField,
} from "../../training/request-features.js";
import type { ScoredRows } from "../../training/score-steps.js";
import { bootstrapFields, type BootstrapOptions, bootstrapInterval, type Interval } from "./bootstrap.js";
import { instance, integerField } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, partOf, resolveOptions } from "../../utils/options.js";
import { share } from "../../metrics/answers.js";
import { type ConfusionCount, selectionMetrics, type ToolSelection } from "../../metrics/selection.js";
import { countRanks, type RankCounts, rankTools, type ToolRanks } from "../../training/tool-ranks.js";

export const evaluateSelectionOptions = defineOptions({
  requests: requestsField.describe("Requests, or files of them"),
  head: instance(ToolHead, "a tool head").describe("A head that trainSelection or trainHead has trained"),
  toolCounts: z
    .array(integerField(1))
    .readonly()
    .default([])
    .describe("Also measure with the first k tools of the head only, the others switched off")
    .meta({ more: "Requests of the others are left out there." }),
  partial: z
    .boolean()
    .default(false)
    .describe("Leave out requests of tools that the head does not have; otherwise they are an error"),
  force: z.boolean().default(false).describe("Accept a head of another file of the model"),
  ...bootstrapFields,
  ...requestFields,
  prompt: z
    .string()
    .optional()
    .describe("Prompt with [QUESTION]")
    .meta({ defaultText: "that of the head's training, else `SELECTION_PROMPT`" }),
  onProgress: featuresSchema.shape.onProgress,
});
export type EvaluateSelectionOptions = OptionsOf<typeof evaluateSelectionOptions>;

/** Selection among the first `toolCount` tools. */
export interface SelectionScore extends RankCounts {
  /** K: tools that are switched on. */
  readonly toolCount: number;
  /** Requests whose tool is not among them. */
  readonly leftOut: number;
  /** `first / requests` */
  readonly top1: number;
  /** `amongFive / requests` */
  readonly top5: number;
  /** Null without requests. */
  readonly intervals: { readonly top1: Interval | null; readonly top5: Interval | null };
  /** Mean F1 over the tools that a request needs or got. */
  readonly macroF1: number;
  /** Tools that a request needs or got, in the head's order. */
  readonly perTool: readonly ToolSelection[];
  /** How often a needed tool met the one ranked first; only pairs that occur. */
  readonly confusion: readonly ConfusionCount[];
}

/** What became of one request, with all tools switched on. */
export interface SelectedTool {
  readonly id: string;
  readonly question: string;
  readonly tool: string;
  /** The tool that is ranked first. */
  readonly predicted: string;
  /** Of the right tool, from 1. */
  readonly rank: number;
}

export interface SelectionEvaluation {
  /** By the number of tools, fewest first; the last has all tools of the head. */
  readonly scores: readonly SelectionScore[];
  readonly requests: readonly SelectedTool[];
  /** Records without a tool, requests without a step, and (with `partial`) those of tools that the head lacks. */
  readonly problems: readonly TrainingProblem[];
  readonly tokens: number;
  readonly seconds: { readonly features: number; readonly total: number };
}

/**
 * Asks a head for the tool of every request, teacher-forced after the prompt: nothing is generated.
 *
 * @throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (a request needs a tool that the head does not have),
 * `MODEL_MISMATCH`, `RECORD_INVALID` (file and line), `FILE_NOT_FOUND`, `FILE_INVALID`, `IO`, `ABORTED`, `DISPOSED`.
 *
 * @example
 * const { scores } = await evaluateSelection(model, { requests: "questions/dev.jsonl", head });
 * console.log(scores.at(-1)?.top1);
 */
export async function evaluateSelection(
  model: Model,
  given: EvaluateSelectionOptions,
): Promise<SelectionEvaluation> {
  const begin = performance.now();
  const options = resolveOptions(evaluateSelectionOptions, given, "evaluateSelection");
  const { head, partial, force, signal } = options;
  const { chat, features: folder, featureBatchSize, threads, onProgress } = options;
  const bootstrap = partOf(bootstrapFields, options);
  const counts = toolCountsOf(options.toolCounts, head);
  throwIfAborted(signal);
  head.assertFits(await model.identity(), { force });
  const { requests: all, problems } = await toolRequests(options.requests);
  const hint = "The option partial (--partial) leaves such requests out and counts them.";
  if (!partial) assertToolsKnown(all, (tool) => head.has(tool), "the head", hint);
  const requests = all.filter(({ tool }) => head.has(tool));
  if (requests.length === 0) {
    throw new ToolkenError("UNKNOWN_TOOL", `None of ${all.length} requests needs a tool of the head`);
  }
  const prompt = options.prompt ?? trainedPrompt(head);
  // All requests go through the model, so that the kept features serve other heads as well.
  await using features = await requestFeatures(model, {
    ...{ requests: all, prompt, chat, features: folder, featureBatchSize, threads, signal, onProgress },
  });
  const passed = performance.now();
  const steps = stepsOf(head, await features.steps());

  const scores: SelectionScore[] = [];
  for (const count of counts.slice(0, -1)) {
    const ranked = await rankTools(steps, switchedOn(head, count), signal);
    scores.push(selectionScore(steps, ranked, count, bootstrap));
  }
  const { ranks, best } = await rankTools(steps, head, signal);
  scores.push(selectionScore(steps, { ranks, best }, head.size, bootstrap));
  return {
    scores,
    requests: judgedSteps(steps, head.size).map((step) => {
      const { id, question, tool } = all[steps.text[step]!]!;
      return { id, question, tool, predicted: head.tools[best[step]!]!, rank: ranks[step]! };
    }),
    problems: [
      ...problems,
      ...all.flatMap(({ tool, source }, index) =>
        head.has(tool)
          ? []
          : [{ ...(source ?? { file: "", line: index + 1 }), reason: `needs ${tool}, which the head lacks` }],
      ),
      ...features.info.problems,
    ],
    tokens: features.info.tokens,
    seconds: { features: (passed - begin) / 1000, total: (performance.now() - begin) / 1000 },
  };
}

/** The prompt that `trainSelection` has noted in the head. */
function trainedPrompt({ training }: ToolHead): string | undefined {
  const settings = training?.settings as { readonly prompt?: unknown } | undefined;
  return typeof settings?.prompt === "string" ? settings.prompt : undefined;
}

/** Different counts, fewest first, all tools last. */
function toolCountsOf(given: readonly number[], { size }: ToolHead): number[] {
  const wrong = given.find((count) => !Number.isInteger(count) || count < 1 || count > size);
  if (wrong !== undefined) throw invalidArgument(`integers from 1 to ${size}`, "toolCounts", wrong);
  return [...new Set([...given, size])].sort((a, b) => a - b);
}

/** Steps whose targets are rows of the head. */
function stepsOf(head: ToolHead, steps: Steps): Steps {
  const rows = steps.tools.map((tool) => (head.has(tool) ? head.indexOf(tool) : LEFT_OUT_STEP));
  return { ...steps, tools: head.tools, target: steps.target.map((k) => (k < 0 ? k : rows[k]!)) };
}

function switchedOn({ weights, bias }: ToolHead, count: number): ScoredRows {
  return { weights, bias: bias.map((value, k) => (k < count ? value : -Infinity)) };
}

/** Steps whose tool is among the first `count`. */
function judgedSteps({ target }: Steps, toolCount: number): number[] {
  return [...target.keys()].filter((step) => target[step]! >= 0 && target[step]! < toolCount);
}

function selectionScore(
  steps: Steps,
  { ranks, best }: ToolRanks,
  toolCount: number,
  options: BootstrapOptions,
): SelectionScore {
  const judged = judgedSteps(steps, toolCount);
  const places = judged.map((step) => ranks[step]!);
  const counts = countRanks(places);
  const { perTool, macro, confusion } = selectionMetrics({
    gold: judged.map((step) => steps.target[step]!),
    predicted: judged.map((step) => best[step]!),
    tools: steps.tools,
  });
  const wholes = places.map(() => 1);
  const interval = (most: number): Interval | null =>
    bootstrapInterval({ parts: places.map((rank) => Number(rank <= most)), wholes }, options);
  return {
    toolCount,
    leftOut: steps.count - judged.length,
    ...counts,
    top1: share(counts.first, counts.requests),
    top5: share(counts.amongFive, counts.requests),
    intervals: { top1: interval(1), top5: interval(5) },
    macroF1: macro.f1,
    perTool: perTool.filter(({ gold, predicted }) => gold + predicted > 0),
    confusion,
  };
}
