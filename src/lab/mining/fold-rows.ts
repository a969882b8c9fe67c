// A head that has not seen these texts looks at their steps; some of the steps become rows.
import { createHash } from "node:crypto";
import { endsInNumber } from "../../generation/number-end.js";
import type { Tokenizer } from "../../model/tokenizer.js";
import { REJECT } from "../../reranker/reranker.js";
import { LEFT_OUT_STEP, type Steps, type VocabularySteps } from "../../training/steps.js";
import { type ScoredRows, scoreSteps, toolLogits } from "../../training/score-steps.js";
import type { MinedKind, MinedRow, MinedTool } from "../../examples/mined-row.js";
import type { TextPlaces } from "./places.js";

/** A text that may be mined. */
export interface MinedText {
  /** Id and index of the text, or of the one whose question it answers. */
  readonly example: string;
  readonly index: number;
  readonly generated: boolean;
  readonly question: string;
  readonly places: TextPlaces;
}

export interface FoldRowsInput {
  readonly steps: Steps;
  readonly vocabulary: VocabularySteps;
  /** (N): the step's place among the steps of its text. */
  readonly ordinals: Int32Array;
  readonly tokenizer: Pick<Tokenizer, "piece">;
  /** By `steps.text`. */
  readonly text: (text: number) => MinedText;
  readonly head: ScoredRows;
  /** (N): 1 for steps to look at. */
  readonly include: Uint8Array;
  readonly fold: number;
  readonly topTools: number;
  readonly topTokens: number;
  /** Most rows of the kind "easy". */
  readonly easy: number;
  readonly seed: number;
  readonly signal: AbortSignal | undefined;
}

/** Rows of one fold, by text and step. @throws `ABORTED`. */
export async function foldRows(input: FoldRowsInput): Promise<MinedRow[]> {
  const { steps, include, head, signal, seed } = input;
  const scores = await scoreSteps(steps, head, signal, include);
  const chosen: { readonly step: number; readonly kind: MinedKind }[] = [];
  const others: number[] = [];
  for (let step = 0; step < steps.count; step++) {
    const target = steps.target[step]!;
    if (include[step] === 0 || target === LEFT_OUT_STEP) continue;
    if (target >= 0) {
      chosen.push({ step, kind: "tool" });
      continue;
    }
    const fires = scores.logit[step]! > steps.bestLogit[step]!;
    if ((!fires && input.easy === 0) || !mayCall(input, step)) continue;
    if (fires) chosen.push({ step, kind: "reject" });
    else others.push(step);
  }
  const easy = sampleByKey(others, input.easy, (step) => sampleKey(seed, rowId(input, step)));
  for (const step of easy) chosen.push({ step, kind: "easy" });
  return chosen.sort((a, b) => a.step - b.step).map(({ step, kind }) => rowOf(input, step, kind));
}

/** In the middle of a number reasoning mode takes no tool, so there is nothing to reject. */
function mayCall({ text, steps, ordinals }: FoldRowsInput, step: number): boolean {
  const { places } = text(steps.text[step]!);
  return !endsInNumber(places.at(ordinals[step]!).text);
}

/**
 * The items with the smallest keys. As keys are hashes, that is a random sample, and the same one whether it is taken
 * of all items or of samples of their parts.
 */
export function sampleByKey<T>(items: readonly T[], count: number, key: (item: T) => number): T[] {
  if (count === 0) return [];
  return items
    .map((item) => ({ item, key: key(item) }))
    .sort((a, b) => a.key - b.key)
    .slice(0, count)
    .map(({ item }) => item);
}

/** 48 bits of SHA-256 over seed and id. */
export function sampleKey(seed: number, id: string): number {
  return createHash("sha256").update(`${seed}\0${id}`).digest().readUIntBE(0, 6);
}

function rowId({ text, steps, ordinals }: FoldRowsInput, step: number): string {
  const { example, generated, places } = text(steps.text[step]!);
  return `${example}:${places.position(ordinals[step]!)}${generated ? ":generated" : ""}`;
}

function rowOf(input: FoldRowsInput, step: number, kind: MinedKind): MinedRow {
  const { steps, vocabulary, ordinals, head, fold } = input;
  const { example, index, generated, question, places } = input.text(steps.text[step]!);
  const ordinal = ordinals[step]!;
  const { offset, text } = places.at(ordinal);

  const z = new Float64Array(steps.tools.length);
  toolLogits(steps, head, step, z);
  // As the scores that the step was chosen by, so that margins have the sign of the choice.
  z.forEach((value, k) => (z[k] = Math.fround(value)));
  const lse = steps.lse[step]!;
  const joint = jointDistribution(lse, vocabulary.entropy[step]!, z);
  const best = [...z.keys()].filter((k) => z[k] !== -Infinity).sort((a, b) => z[b]! - z[a]! || a - b);
  const outcome = (k: number): MinedTool => {
    return { tool: steps.tools[k]!, logit: z[k]!, probability: Math.exp(z[k]! - joint.normaliser) };
  };
  const gold = steps.target[step]!;
  const isOn = gold >= 0 && z[gold] !== -Infinity;
  const goldPlace = isOn ? best.indexOf(gold) : z.length - 1;
  const margin = z[best[0]!]! - steps.bestLogit[step]!;
  return {
    id: rowId(input, step),
    example,
    index,
    offset,
    position: places.position(ordinal),
    question,
    text,
    generated,
    label: gold >= 0 ? steps.tools[gold]! : REJECT,
    kind,
    goldInTop: gold < 0 || (isOn && goldPlace < input.topTools),
    goldRank: gold < 0 ? null : goldPlace + 1,
    goldTool: isOn ? outcome(gold) : null,
    tools: best.slice(0, input.topTools).map(outcome),
    toolProbability: joint.toolProbability,
    tokens: bestTokens(input, step, joint.normaliser),
    margin,
    rank: rankOf(vocabulary, step, z[best[0]!]!),
    entropy: joint.entropy,
    toolEntropy: joint.toolEntropy,
    fold,
  };
}

/** Place of a logit among the step's outcomes: a tool fires when it beats every token, so a token wins a tie. */
function rankOf({ token, logit, top }: VocabularySteps, step: number, tool: number): number | null {
  for (let m = 0; m < top; m++) {
    const at = step * top + m;
    if (token[at]! < 0 || logit[at]! < tool) return m + 1;
  }
  return null;
}

function bestTokens(input: FoldRowsInput, step: number, normaliser: number): MinedRow["tokens"] {
  const { token, logit, top } = input.vocabulary;
  const from = step * top;
  const found = [...token.subarray(from, from + Math.min(top, input.topTokens))].filter((id) => id >= 0);
  return found.map((id, m) => ({
    text: Buffer.from(input.tokenizer.piece(id)).toString("utf8"),
    token: id,
    logit: logit[from + m]!,
    probability: Math.exp(logit[from + m]! - normaliser),
  }));
}

interface JointDistribution {
  /** logsumexp of all V + K logits. */
  readonly normaliser: number;
  /** Of all tools together. */
  readonly toolProbability: number;
  /** Nats. */
  readonly entropy: number;
  /** Nats, of the tools' own softmax. */
  readonly toolEntropy: number;
}

/**
 * The softmax over V + K outcomes is a choice between tokens and tools, and then one among them: its entropy is
 * H(P) + P·H(tools) + (1 − P)·H(tokens), where P is the probability of all tools.
 *
 * @param lse logsumexp of the vocabulary's logits
 * @param tokenEntropy of the vocabulary's softmax
 * @param z (K)
 */
export function jointDistribution(lse: number, tokenEntropy: number, z: Float64Array): JointDistribution {
  const high = z.reduce((a, b) => Math.max(a, b), -Infinity);
  if (high === -Infinity)
    return { normaliser: lse, toolProbability: 0, entropy: tokenEntropy, toolEntropy: 0 };
  const sum = z.reduce((total, value) => total + Math.exp(value - high), 0);
  const toolLse = high + Math.log(sum);
  const toolEntropy = z.reduce((total, value) => {
    const log = value - toolLse;
    return log === -Infinity ? total : total - Math.exp(log) * log;
  }, 0);
  const most = Math.max(lse, toolLse);
  const normaliser = most + Math.log(Math.exp(lse - most) + Math.exp(toolLse - most));
  const [tools, tokens] = [toolLse - normaliser, lse - normaliser];
  const [p, q] = [Math.exp(tools), Math.exp(tokens)];
  return {
    normaliser,
    toolProbability: p,
    entropy: p * (toolEntropy - tools) + q * (tokenEntropy - tokens),
    toolEntropy,
  };
}
