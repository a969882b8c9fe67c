// Given the steps, the head is the solution of a convex problem; Adam is there to repeat published trainings.
import { z } from "zod";
import { ToolkenError, invalidArgument } from "../errors.js";
import { ToolHead } from "../head/tool-head.js";
import type { NativeSolverProblem } from "../native/addon.js";
import { LEFT_OUT_STEP, type Steps } from "./steps.js";
import { type Solution, solveFields, solveNative } from "./solver.js";
import { instance } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, type ResolvedOptions, resolveOptions } from "../utils/options.js";

/** What a tool has to beat: the vocabulary and the other tools, or the other tools alone. */
export const CONTESTS = ["vocabulary", "tools"] as const;
export type Contest = (typeof CONTESTS)[number];

export const onlyToolStepsField = z
  .boolean()
  .default(false)
  .describe("Leave out positions whose target is a token");

export const solveSchema = defineOptions({
  ...solveFields,
  include: instance(Uint8Array, "a Uint8Array")
    .optional()
    .describe("(N): 1 for steps to learn from, 0 for others; all without it"),
  onlyToolSteps: onlyToolStepsField,
  contest: z
    .enum(CONTESTS)
    .default("vocabulary")
    .describe("vocabulary: a tool is compared with every token and tool; tools: with the other tools only")
    .meta({
      more: "With tools the loss is `logsumexp(W h) − y` and steps of tokens are left out: such a head tells tools apart, it does not say when to call one.",
    }),
  prior: instance(ToolHead, "a tool head")
    .optional()
    .describe("Head whose rows the L2 term pulls towards; tools without a row, and all without it: zeros"),
  start: instance(ToolHead, "a tool head")
    .optional()
    .describe("Where the search starts; the prior without it"),
});
export type SolveOptions = OptionsOf<typeof solveSchema>;
type ResolvedSolve = ResolvedOptions<typeof solveSchema>;

/**
 * Solves `min_W Σ (logsumexp([lse_i; W h_i]) − y_i)/N + λ/2 ‖W − W₀‖²` (ToolkenGPT's loss with a frozen model).
 * The same steps and options give the same weights on any number of threads.
 *
 * @throws `INVALID_ARGUMENT` (an option out of range, no steps, a number that is not finite), `MODEL_MISMATCH`
 * (prior or start of another dimension), `ABORTED`.
 */
export async function solveHead(steps: Steps, given: SolveOptions = {}): Promise<Solution> {
  const options = resolveOptions(solveSchema, given, "solveHead");
  const { contest } = options;
  const weight = stepWeights(steps, contest === "tools" ? { ...options, onlyToolSteps: true } : options);
  const problem =
    contest === "tools"
      ? withoutVocabulary(gathered(steps, weight))
      : options.method === "adam"
        ? gathered(steps, weight)
        : weighted(steps, weight);
  const prior = headRows(steps, options.prior, "prior");
  const start = headRows(steps, options.start, "start");
  return solveNative(
    {
      ...problem,
      dimension: steps.dimension,
      tools: steps.tools.length,
      ...(prior === undefined ? {} : { prior }),
      ...(start === undefined ? {} : { start }),
    },
    options,
  );
}

type ProblemSteps = Pick<NativeSolverProblem, "h" | "lse" | "target" | "targetLogit" | "weights">;

/** 1 or 0 per step, or undefined when all count. */
function stepWeights(
  steps: Steps,
  { include, onlyToolSteps }: Pick<ResolvedSolve, "include" | "onlyToolSteps">,
): Float32Array | undefined {
  if (include !== undefined && include.length !== steps.count) {
    throw invalidArgument(`${steps.count} values, one per step`, "include", include.length);
  }
  const weight = new Float32Array(steps.count);
  let learnt = 0;
  let toolSteps = 0;
  for (let step = 0; step < steps.count; step++) {
    const target = steps.target[step]!;
    if (include?.[step] === 0 || target === LEFT_OUT_STEP || (onlyToolSteps && target < 0)) continue;
    weight[step] = 1;
    learnt++;
    if (target >= 0) toolSteps++;
  }
  if (toolSteps === 0) {
    throw new ToolkenError("INVALID_ARGUMENT", "Expected at least one step of a tool to learn from", {
      hint: "The texts need calls of the given tools.",
    });
  }
  return learnt === steps.count ? undefined : weight;
}

/** Steps that don't count weigh nothing: the hidden states, by far the largest part, are not copied. */
function weighted(steps: Steps, weight: Float32Array | undefined): ProblemSteps {
  const { h, lse, targetLogit } = steps;
  const target = steps.target.map((k) => Math.max(k, -1));
  return { h, lse, target, targetLogit, ...(weight === undefined ? {} : { weights: weight }) };
}

/** The steps that count alone: of others Adam's batches would vary in size, and without a vocabulary all are tools'. */
function gathered(steps: Steps, weight: Float32Array | undefined): ProblemSteps {
  if (weight === undefined) return weighted(steps, weight);
  const d = steps.dimension;
  const rows = steps.target.map((_, step) => step).filter((step) => weight[step] === 1);
  const h = new Float32Array(rows.length * d);
  rows.forEach((step, to) => {
    h.set(steps.h.subarray(step * d, (step + 1) * d), to * d);
  });
  const floats = (column: Float32Array): Float32Array => Float32Array.from(rows, (step) => column[step]!);
  return {
    h,
    lse: floats(steps.lse),
    targetLogit: floats(steps.targetLogit),
    target: rows.map((step) => steps.target[step]!),
  };
}

/** Every step's target is a tool; of the vocabulary's logits nothing is left. */
function withoutVocabulary({ h, target }: ProblemSteps): ProblemSteps {
  return { h, target };
}

/** (K, d): a head's rows in the order of the steps' tools. */
function headRows(steps: Steps, head: ToolHead | undefined, name: string): Float32Array | undefined {
  if (head === undefined) return undefined;
  if (head.dimension !== steps.dimension) {
    throw new ToolkenError(
      "MODEL_MISMATCH",
      `The ${name} has rows of ${head.dimension} weights, the steps have ${steps.dimension}`,
    );
  }
  const rows = new Float32Array(steps.tools.length * steps.dimension);
  steps.tools.forEach((tool, k) => {
    if (head.has(tool)) rows.set(head.row(tool), k * steps.dimension);
  });
  return rows;
}
