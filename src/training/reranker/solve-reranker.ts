// Given the hidden states, the reranker is a convex problem too: a softmax over each row's candidates and REJ.
import { ToolkenError, invalidArgument } from "../../errors.js";
import { ToolHead } from "../../head/tool-head.js";
import { REJECT } from "../../reranker/reranker.js";
import { type Solution, solveFields, solveNative } from "../solver.js";
import { instance, value } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";

/** N rows to learn from. */
export interface RerankProblem {
  /** K names; REJ is outcome K. */
  readonly tools: readonly string[];
  /** d */
  readonly dimension: number;
  /** (N, d) */
  readonly h: Float32Array;
  /** (N): candidates without REJ. */
  readonly candidates: readonly (readonly string[])[];
  /** (N): a candidate or REJ. */
  readonly labels: readonly string[];
}

/** (d), of a row. */
export function hiddenState({ h, dimension: d }: RerankProblem, row: number): Float32Array {
  return h.subarray(row * d, (row + 1) * d);
}

/** "balanced": each label weighs the same in all; numbers by label, 1 for those without one. */
export type ClassWeights = "none" | "balanced" | Readonly<Record<string, number>>;

export const classWeightsField = value<ClassWeights>('"none", "balanced" or numbers by label')
  .default("none")
  .describe("Weight of a row by its label: none, balanced, or numbers by label");

export const solveSchema = defineOptions({
  ...solveFields,
  rows: value<readonly number[]>("indices of rows", Array.isArray)
    .optional()
    .describe("Rows of the problem to learn from, by index; all without it"),
  classWeights: classWeightsField,
  prior: instance(ToolHead, "a tool head")
    .optional()
    .describe("Rows that the L2 term pulls towards: the head's for the tools, zeros for REJ"),
  start: instance(Float32Array, "a Float32Array")
    .optional()
    .describe("Where the search starts, (K+1, d); the prior without it"),
});
export type SolveRerankerOptions = OptionsOf<typeof solveSchema>;

/**
 * Solves `min_R Σ_i c_i (logsumexp(z_i) − z_i,label)/Σ_i c_i + λ/2 ‖R − R₀‖²`, with `z_i = R_c·h_i` over row i's
 * candidates and REJ, and `c_i` the weight of its label (Toolken+, arXiv 2410.12004).
 * The same rows and options give the same weights on any number of threads.
 *
 * @throws `INVALID_ARGUMENT`, `MODEL_MISMATCH` (a prior of another dimension), `ABORTED`.
 */
export async function solveReranker(
  problem: RerankProblem,
  given: SolveRerankerOptions = {},
): Promise<Solution> {
  const { tools, dimension: d } = problem;
  const options = resolveOptions(solveSchema, given, "solveReranker");
  const rows = options.rows ?? [...problem.labels.keys()];
  if (rows.length === 0) throw invalidArgument("at least one row to learn from", "rows", rows);
  const outcomes = new Map([...tools, REJECT].map((outcome, row) => [outcome, row]));
  const rowOf = (outcome: string): number => {
    const row = outcomes.get(outcome);
    if (row === undefined) throw new ToolkenError("UNKNOWN_TOOL", `Unknown tool: ${JSON.stringify(outcome)}`);
    return row;
  };

  const h = new Float32Array(rows.length * d);
  const candidateStart = new Int32Array(rows.length + 1);
  const candidates: number[] = [];
  for (const [to, row] of rows.entries()) {
    h.set(problem.h.subarray(row * d, (row + 1) * d), to * d);
    const own = problem.candidates[row]!.map(rowOf).sort((a, b) => a - b);
    candidates.push(...own, tools.length);
    candidateStart[to + 1] = candidates.length;
  }
  const labels = rows.map((row) => problem.labels[row]!);
  const weights = labelWeights(labels, tools, options.classWeights);
  const prior = priorRows(problem, options.prior);
  return solveNative(
    {
      h,
      target: Int32Array.from(labels, rowOf),
      candidateStart,
      candidates: Int32Array.from(candidates),
      ...(weights === undefined ? {} : { weights }),
      ...(prior === undefined ? {} : { prior }),
      ...(options.start === undefined ? {} : { start: options.start }),
      dimension: d,
      tools: tools.length + 1,
    },
    options,
  );
}

/** (N), or undefined when all weigh the same. @throws `INVALID_ARGUMENT`, `UNKNOWN_TOOL`. */
function labelWeights(
  labels: readonly string[],
  tools: readonly string[],
  classWeights: ClassWeights,
): Float32Array | undefined {
  if (classWeights === "none") return undefined;
  if (classWeights === "balanced") {
    const counts = new Map<string, number>();
    for (const label of labels) counts.set(label, (counts.get(label) ?? 0) + 1);
    return Float32Array.from(labels, (label) => labels.length / (counts.size * counts.get(label)!));
  }
  if (typeof classWeights !== "object" || (classWeights as unknown) === null) {
    throw invalidArgument('"none", "balanced" or numbers by label', "classWeights", classWeights);
  }
  for (const [label, weight] of Object.entries(classWeights)) {
    if (label !== REJECT && !tools.includes(label)) {
      throw new ToolkenError("UNKNOWN_TOOL", `Unknown tool in classWeights: ${JSON.stringify(label)}`);
    }
    if (typeof weight !== "number" || !(weight >= 0 && Number.isFinite(weight))) {
      throw invalidArgument("a number of 0 or more", `class weight of ${label}`, weight);
    }
  }
  return Float32Array.from(labels, (label) =>
    Object.hasOwn(classWeights, label) ? classWeights[label]! : 1,
  );
}

/** (K+1, d): the head's rows in the order of the tools, and zeros for REJ. */
function priorRows(
  { tools, dimension: d }: RerankProblem,
  head: ToolHead | undefined,
): Float32Array | undefined {
  if (head === undefined) return undefined;
  if (head.dimension !== d) {
    throw new ToolkenError(
      "MODEL_MISMATCH",
      `The prior has rows of ${head.dimension} weights, the hidden states have ${d}`,
    );
  }
  const rows = new Float32Array((tools.length + 1) * d);
  for (const [row, tool] of tools.entries()) if (head.has(tool)) rows.set(head.row(tool), row * d);
  return rows;
}
