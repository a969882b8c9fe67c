// A head from tool definitions alone: requests are written, their states computed, and a convex problem solved.
import { basename } from "node:path";
import { invalidArgument, throwIfAborted } from "../../errors.js";
import { assertToolsKnown, type ToolRequest, toolRequests } from "../../examples/requests.js";
import { type HeadDecision, NO_TOOL } from "../../head/decision.js";
import { ToolHead } from "../../head/tool-head.js";
import type { Model } from "../../model/model.js";
import { type Tool, toolSet } from "../../tools/index.js";
import type { TrainingProgress } from "../options.js";
import { resolveOptions } from "../../utils/options.js";
import { timed } from "../timed.js";
import { calibrateDecision } from "./decision-calibration.js";
import { unseenLogits } from "./decision-folds.js";
import { solveDecision } from "./decision-solve.js";
import { definitionReport, type DefinitionReport } from "./definition-report.js";
import { type LabelledStates, labelledStates } from "./labelled-states.js";
import {
  type DecisionSettings,
  solveSettings,
  type ResolvedDefinitions,
  trainDefinitionsOptions,
  type TrainDefinitionsOptions,
} from "./options.js";
import { defaultForm, type DecisionForm } from "../../prompts/decision-text.js";
import { writtenRequests } from "./written-requests.js";
import { foldBack } from "./unit-rows.js";
import { trainingTexts } from "./training-texts.js";

export interface DefinitionTraining extends DefinitionReport {
  readonly kind: "definitions";
  readonly settings: DecisionSettings;
  readonly form: DecisionForm;
  readonly solver: { readonly iterations: number; readonly loss: number; readonly converged: boolean };
  readonly seconds: { readonly requests: number; readonly states: number; readonly solve: number };
  /** Tokens decoded for hidden states; cached ones cost none. */
  readonly tokens: number;
}

/** A head that decides which tool a request needs, or none, with the report of its training. */
export type DefinitionHead = ToolHead & {
  readonly decision: HeadDecision;
  readonly training: DefinitionTraining;
};

/**
 * Trains a head from definitions: the texts of the tools, requests that a model writes for them, real requests where
 * there are some, and texts that no tool answers.
 *
 * @throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL` (a real request of a tool that is not given), `RECORD_INVALID` (file and
 * line), `CONTEXT_FULL` (a text longer than the model's context), `CHAT_TEMPLATE_FAILED`, `FILE_NOT_FOUND`,
 * `FILE_INVALID`, `CONTEXT_CREATE_FAILED`, `DECODE_FAILED`, `IO`, `ABORTED`, `DISPOSED`, and what the writer throws.
 */
export async function trainOnDefinitions(
  model: Model,
  given: TrainDefinitionsOptions,
): Promise<DefinitionHead> {
  const options = resolveOptions(trainDefinitionsOptions, given, "trainHead");
  const settings = { ...solveSettings(options), falsePositiveRate: options.falsePositiveRate };
  const tools = [...toolSet(options.tools)];
  if (tools.length === 0) throw invalidArgument("at least one tool", "tools", options.tools);
  const form = options.form ?? defaultForm(model);
  const { signal, onProgress } = options;
  throwIfAborted(signal);
  const real = await realRequests(options.data, tools);

  const written = await timed(() => writtenRequests(model, tools, form, options));
  const texts = trainingTexts({
    tools,
    synthetic: written.value.records,
    real,
    noTool: options.noTool,
    extraNoTool: options.extraNoTool,
    unlabelled: options.unlabelled,
    followUpSeed: form.form === "chat" ? settings.seed : undefined,
  });
  const computed = await timed(() =>
    labelledStates(model, texts, { tools: tools.length, form, settings, options }),
  );
  const solved = await timed(() => solveAndMeasure(computed.value, settings, options));
  const { weights, bias, solution, unseen, calibration } = solved.value;
  const report = definitionReport(tools, texts, unseen, calibration, written.value.report);
  const training: DefinitionTraining = {
    kind: "definitions",
    ...report,
    settings,
    form,
    solver: { iterations: solution.iterations, loss: solution.loss, converged: solution.converged },
    seconds: { requests: written.seconds, states: computed.seconds, solve: solved.seconds },
    tokens: computed.value.decodedTokens,
  };
  onProgress?.({ phase: "evaluation", done: 1, total: 1 });
  return ToolHead.create({
    tools: [...tools.map(({ name }) => name), NO_TOOL],
    weights,
    bias,
    model: { ...(await model.identity()), fileName: basename(model.path) },
    training: { ...training },
    decision: { ...form, falsePositiveRate: calibration.falsePositiveRate },
  }) as DefinitionHead;
}

/** @throws `UNKNOWN_TOOL`, and what reading them throws. */
export async function realRequests(
  data: ResolvedDefinitions["data"],
  tools: readonly Tool[],
): Promise<readonly ToolRequest[]> {
  if (data === undefined || (Array.isArray(data) && data.length === 0)) return [];
  const { requests } = await toolRequests(data);
  const names = new Set(tools.map(({ name }) => name));
  assertToolsKnown(
    requests,
    (tool) => names.has(tool),
    "the list of tools",
    "Add the tool, or leave the request out.",
  );
  return requests;
}

async function solveAndMeasure(
  labelled: LabelledStates,
  settings: DecisionSettings,
  options: ResolvedDefinitions,
) {
  const { threads, signal, onProgress } = options;
  const report = (event: TrainingProgress): void => onProgress?.(event);
  const total = 200;
  const solve = {
    l2: settings.l2,
    prior: settings.prior,
    maxIterations: total,
    threads,
    signal,
  };
  const unseen = await unseenLogits(labelled, {
    ...solve,
    judged: labelled.judged,
    states: labelled.states,
    folds: settings.folds,
    seed: settings.seed,
  });
  const solution = await solveDecision(labelled, {
    ...solve,
    onProgress: ({ done, loss }) => {
      report({ phase: "solve", done, total, loss });
    },
  });
  const calibration = calibrateDecision(unseen, settings.falsePositiveRate);
  const { weights, bias } = foldBack(solution.weights, labelled.rows.space);
  const { temperature, noToolBias } = calibration;
  const scaled = bias.map((value) => value / temperature);
  scaled[labelled.tools]! += noToolBias;
  return {
    weights: weights.map((value) => value / temperature),
    bias: scaled,
    solution,
    unseen,
    calibration,
  };
}
