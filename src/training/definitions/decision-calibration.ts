import { logSumExp } from "../score-steps.js";

/** Logits of texts that the rows have not seen. */
export interface UnseenLogits {
  /** K + 1: the tools, then "no tool" */
  readonly outcomes: number;
  /** (N, K + 1) */
  readonly logits: Float64Array;
  /** (N) */
  readonly target: Int32Array;
}

export interface DecisionCalibration {
  /** Divides all logits. */
  readonly temperature: number;
  /** Added to the "no tool" logit, after the division. */
  readonly noToolBias: number;
  /** Share of texts without a fitting tool that still get one; null without such texts. */
  readonly falsePositiveRate: number | null;
  /** Share of requests that get no tool; null without requests. */
  readonly missRate: number | null;
  /** Mean distance between confidence and accuracy over ten bins, weighted by their sizes; null without requests. */
  readonly calibrationError: number | null;
}

const TEMPERATURES = Array.from({ length: 41 }, (_, i) => 0.1 * 10 ** (i / 20));

/**
 * Temperature by the likelihood of unseen texts (Guo et al. 2017), then the bias of "no tool" at which no more than
 * the given share of texts without a fitting tool gets one.
 *
 * @param falsePositiveRate in [0, 1]; null leaves the bias at 0
 */
export function calibrateDecision(
  unseen: UnseenLogits,
  falsePositiveRate: number | null,
): DecisionCalibration {
  const { outcomes, logits, target } = unseen;
  const none = outcomes - 1;
  const rows = [...target.keys()];
  if (rows.length === 0) {
    return { temperature: 1, noToolBias: 0, falsePositiveRate: null, missRate: null, calibrationError: null };
  }
  const hasRequests = target.some((k) => k !== none);
  const losses = TEMPERATURES.map((t) => rows.reduce((sum, i) => sum + loss(unseen, i, t), 0));
  const temperature = hasRequests ? TEMPERATURES[losses.indexOf(Math.min(...losses))]! : 1;
  const margins = rows.map(
    (i) => (bestTool(logits, i, outcomes).logit - logits[i * outcomes + none]!) / temperature,
  );
  const silent = rows.filter((i) => target[i] === none).map((i) => margins[i]!);
  const noToolBias =
    falsePositiveRate === null || silent.length === 0 ? 0 : quantile(silent, 1 - falsePositiveRate);
  const requests = rows.filter((i) => target[i] !== none);
  const share = (some: readonly unknown[], all: readonly unknown[]): number | null =>
    all.length === 0 ? null : some.length / all.length;
  return {
    temperature,
    noToolBias,
    falsePositiveRate: share(
      silent.filter((margin) => margin > noToolBias),
      silent,
    ),
    missRate: share(
      requests.filter((i) => margins[i]! <= noToolBias),
      requests,
    ),
    calibrationError: calibrationError(unseen, { temperature, noToolBias }),
  };
}

/** The tool of the highest logit. */
export function bestTool(
  logits: Float64Array,
  row: number,
  outcomes: number,
): { readonly tool: number; readonly logit: number } {
  let tool = 0;
  for (let k = 1; k < outcomes - 1; k++) {
    if (logits[row * outcomes + k]! > logits[row * outcomes + tool]!) tool = k;
  }
  return { tool, logit: logits[row * outcomes + tool]! };
}

function loss({ logits, target, outcomes }: UnseenLogits, row: number, temperature: number): number {
  const z = logits.subarray(row * outcomes, (row + 1) * outcomes).map((value) => value / temperature);
  return logSumExp(-Infinity, z) - z[target[row]!]!;
}

/** The least value that at most the rest of the sorted values is above. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]!;
}

function calibrationError(
  { logits, target, outcomes }: UnseenLogits,
  { temperature, noToolBias }: { readonly temperature: number; readonly noToolBias: number },
): number | null {
  const bins = Array.from({ length: 10 }, () => ({ count: 0, confidence: 0, right: 0 }));
  target.forEach((gold, row) => {
    const z = logits.subarray(row * outcomes, (row + 1) * outcomes).map((value) => value / temperature);
    z[outcomes - 1]! += noToolBias;
    let best = 0;
    for (let k = 1; k < outcomes; k++) if (z[k]! > z[best]!) best = k;
    const confidence = Math.exp(z[best]! - logSumExp(-Infinity, z));
    const bin = bins[Math.min(9, Math.floor(10 * confidence))]!;
    bin.count++;
    bin.confidence += confidence;
    if (best === gold) bin.right++;
  });
  const total = target.length;
  return total === 0
    ? null
    : bins.reduce((sum, { confidence, right }) => sum + Math.abs(confidence - right), 0) / total;
}
