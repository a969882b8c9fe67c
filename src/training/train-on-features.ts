// What happens once the steps are known: split, solve, calibrate, measure, solve again.
import { throwIfAborted } from "../errors.js";
import { ToolHead } from "../head/tool-head.js";
import { instance } from "../utils/option-fields.js";
import {
  advanced,
  defineOptions,
  type OptionsOf,
  partOf,
  type ResolvedOptions,
  resolveOptions,
} from "../utils/options.js";
import { calibrateBias } from "./calibrate.js";
import type { TrainingProblem } from "../examples/example.js";
import { type FeatureSource, type Steps, stepsOfTexts } from "./steps.js";
import { headFields, headSolverFields, toolNames, toolsField } from "./options.js";
import type { LossPoint, PartReport, SolverReport, TrainingReport } from "./report.js";
import { scoreSteps, stepMetrics, type StepScores } from "./score-steps.js";
import { solveHead } from "./solve-head.js";
import type { Solution } from "./solver.js";
import { splitTexts } from "./split-steps.js";
import { timed } from "./timed.js";

/** A head with the report of its training. */
export type TrainedHead = ToolHead & { readonly training: TrainingReport };

export const onFeaturesSchema = defineOptions({
  tools: toolsField.optional().describe("Tools or their names; all that the features have without it"),
  texts: instance<ReadonlySet<number>>(Set, "a Set of indices")
    .optional()
    .describe("Learn and measure on these examples only, by their index; on all without it"),
  ...headFields,
  advanced: advanced(headSolverFields),
});
export type TrainFeaturesOptions = OptionsOf<typeof onFeaturesSchema>;
type ResolvedHeadOptions = Omit<ResolvedOptions<typeof onFeaturesSchema>, "tools">;

/**
 * The same from features alone, without the model: other tools, another split, other settings.
 */
export async function trainHeadOnFeatures(
  features: FeatureSource,
  given: TrainFeaturesOptions = {},
): Promise<TrainedHead> {
  const options = resolveOptions(onFeaturesSchema, given, "trainHeadOnFeatures");
  throwIfAborted(options.signal);
  const tools = options.tools === undefined ? features.info.tools : toolNames(options.tools);
  return solveOnFeatures(features, tools, options, {
    begin: performance.now(),
    generation: 0,
    features: 0,
    tokensPerSecond: null,
    problems: [],
  });
}

/** What happened before the solve. */
export interface Preparation {
  /** `performance.now()` of the beginning. */
  readonly begin: number;
  /** Seconds. */
  readonly generation: number;
  readonly features: number;
  readonly tokensPerSecond: number | null;
  /** Records that gave no text. */
  readonly problems: readonly TrainingProblem[];
}

/** Checked options and tools to a head with its report. */
export async function solveOnFeatures(
  features: FeatureSource,
  tools: readonly string[],
  options: ResolvedHeadOptions,
  before: Preparation,
): Promise<TrainedHead> {
  const { validationSplit, seed, calibrate, refit, onProgress, signal, threads, advanced } = options;
  const { method, l2, onlyToolSteps } = advanced;
  const { info } = features;
  const all = await features.steps(tools);
  const steps = options.texts === undefined ? all : stepsOfTexts(all, options.texts);
  const parts = splitTexts(steps, info.origins, info.texts, validationSplit, seed);
  const hasHeldOut = parts.heldOutTexts > 0;
  const solve = async (phase: "solve" | "refit", include: Uint8Array, start?: ToolHead): Promise<Solved> => {
    const losses: LossPoint[] = [];
    const solution = await solveHead(steps, {
      ...partOf(headSolverFields, advanced),
      ...{ seed, include, start, threads, signal },
      onProgress: ({ done, total, loss }) => {
        losses.push({ iteration: done, loss: Number(loss.toPrecision(7)) });
        onProgress?.({ phase, done, total, loss });
      },
    });
    return { ...solution, losses };
  };

  const { value: solution, seconds: solveSeconds } = await timed(() => solve("solve", parts.train));

  onProgress?.({ phase: "evaluation", done: 0, total: 1 });
  const { value: scores, seconds: evaluationSeconds } = await timed(() =>
    scoreSteps(steps, solution, signal),
  );
  const calibration = calibrate && hasHeldOut ? calibrateBias(steps, scores, parts.heldOut) : null;
  const bias = calibration?.bias ?? 0;
  onProgress?.({ phase: "evaluation", done: 1, total: 1 });

  const everything = new Uint8Array(steps.count).fill(1);
  const again = await timed(async () => {
    // When nothing was held out, the first solution has seen all texts.
    if (!refit || !hasHeldOut) return null;
    return solve("refit", everything, ToolHead.create({ tools, weights: solution.weights }));
  });
  // An abort during the last iterations comes too late for the solver to notice.
  throwIfAborted(signal);

  const report: TrainingReport = {
    settings: {
      method,
      l2,
      heldOut: validationSplit,
      seed,
      onlyToolSteps,
      includeQuestion: info.includeQuestion,
      chat: info.chat,
      calibrate,
      refit,
      prefix: info.prefix,
    },
    texts: options.texts?.size ?? info.texts,
    generatedTexts: info.origins.length,
    steps: steps.count,
    toolSteps: steps.target.reduce((sum, k) => sum + (k >= 0 ? 1 : 0), 0),
    tokens: info.tokens,
    tokensPerSecond: before.tokensPerSecond,
    seconds: {
      generation: before.generation,
      features: before.features,
      solve: solveSeconds,
      evaluation: evaluationSeconds,
      refit: again.value === null ? 0 : again.seconds,
      total: (performance.now() - before.begin) / 1000,
    },
    solver: solverReport(solution, parts.train),
    refit: again.value === null ? null : solverReport(again.value, everything),
    calibration,
    bias,
    train: partReport(steps, scores, bias, parts.train, parts.trainTexts),
    heldOut: hasHeldOut ? partReport(steps, scores, bias, parts.heldOut, parts.heldOutTexts) : null,
    problems: [...before.problems, ...info.problems],
  };
  const head = ToolHead.create({
    tools,
    dimension: steps.dimension,
    weights: (again.value ?? solution).weights,
    bias: new Float32Array(tools.length).fill(bias),
    model: info.model,
    training: { ...report },
  });
  return head as TrainedHead;
}

function partReport(
  steps: Steps,
  scores: StepScores,
  bias: number,
  include: Uint8Array,
  texts: number,
): PartReport {
  const metrics = stepMetrics(steps, scores, bias, include);
  const { toolSteps, loss, micro, macro, selectionAccuracy, missed, spurious, wrongTool, perTool } = metrics;
  return {
    texts,
    steps: metrics.steps,
    toolSteps,
    loss,
    micro,
    macro,
    microWithoutBias: stepMetrics(steps, scores, 0, include).micro,
    selectionAccuracy,
    missed,
    spurious,
    wrongTool,
    perTool,
  };
}

/** With the loss after each iteration. */
type Solved = Solution & Required<Pick<SolverReport, "losses">>;

function solverReport(solution: Solved, include: Uint8Array): SolverReport {
  const { loss, gradientNorm, iterations, evaluations, converged, losses } = solution;
  const steps = include.reduce((sum, one) => sum + one, 0);
  return { steps, loss, gradientNorm, iterations, evaluations, converged, losses };
}
