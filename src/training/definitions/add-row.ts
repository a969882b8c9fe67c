import type { ToolHead } from "../../head/tool-head.js";
import { NO_TOOL } from "../../head/decision.js";
import { logSumExp, multiplyRow } from "../score-steps.js";
import { SOLVER_DEFAULTS, solveNative, type SolverOptions } from "../solver.js";
import { priorRows } from "./decision-solve.js";
import type { LabelledStates } from "./labelled-states.js";
import { foldBack } from "./unit-rows.js";

/**
 * A head with one more row. The other rows are fixed: at every text their logsumexp is one class, as the vocabulary
 * is when a tool head is trained, so that a single row remains to be solved for.
 *
 * @throws `INVALID_ARGUMENT`, `ABORTED`.
 */
export async function addRow(
  head: ToolHead,
  { name, target }: { readonly name: string; readonly target: number },
  labelled: LabelledStates,
  options: { readonly l2: number; readonly prior: number } & Pick<SolverOptions, "threads" | "signal">,
): Promise<ToolHead> {
  const { rows, states, weight } = labelled;
  const { temperature, noToolBias } = calibrationOf(head);
  const d = head.dimension;
  const lse = new Float32Array(rows.count);
  const z = new Float64Array(head.size);
  const none = head.indexOf(NO_TOOL);
  for (let i = 0; i < rows.count; i++) {
    multiplyRow(head.weights, states, i * d, d, z);
    // As they were when the other rows were solved: before calibration, of a scaled state.
    for (let k = 0; k < z.length; k++) {
      z[k] = (z[k]! + head.bias[k]! - (k === none ? noToolBias : 0)) * temperature * rows.scales[i]!;
    }
    lse[i] = logSumExp(-Infinity, z);
  }
  const { l2, prior, threads, signal } = options;
  const priors = priorRows(labelled, prior);
  const solution = await solveNative(
    {
      h: rows.h,
      lse,
      target: labelled.target.map((k) => (k === target ? 0 : -1)),
      weights: weight,
      dimension: rows.dimension,
      tools: 1,
      prior: priors.subarray(target * rows.dimension, (target + 1) * rows.dimension),
    },
    { ...SOLVER_DEFAULTS, l2, maxIterations: 200, tolerance: 1e-4, threads, signal },
  );
  const { weights, bias } = foldBack(solution.weights, rows.space);
  return head.withRow(
    name,
    weights.map((value) => value / temperature),
    bias[0]! / temperature,
  );
}

function calibrationOf(head: ToolHead): { readonly temperature: number; readonly noToolBias: number } {
  const { temperature, noToolBias } = (head.training?.calibration ?? {}) as {
    temperature?: unknown;
    noToolBias?: unknown;
  };
  return {
    temperature: typeof temperature === "number" && temperature > 0 ? temperature : 1,
    noToolBias: typeof noToolBias === "number" ? noToolBias : 0,
  };
}
