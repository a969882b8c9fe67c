// A text's characters become training steps here; one step too late and the head learns nothing useful.
import { z } from "zod";
import { invalidArgument, ToolkenError } from "../errors.js";
import { value } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import type { TrainingExample, TrainingProblem } from "../examples/example.js";
import {
  alignmentFailed,
  type AlignmentTokenizer,
  byteOffsets,
  encodeWithBorders,
  tokenSpan,
} from "./token-borders.js";

export type { AlignmentTokenizer };

const alignOptions = defineOptions({
  toolIndex: value<ReadonlyMap<string, number> | ((tool: string) => number | undefined)>(
    "a map or a function",
    (index) => index instanceof Map || typeof index === "function",
  ).describe("The head's row of a tool, by name"),
  prefix: value<string | Int32Array>(
    "a text or tokens",
    (prefix) => typeof prefix === "string" || prefix instanceof Int32Array,
  )
    .optional()
    .describe("Put before the text; its steps are masked")
    .meta({ more: "Tokens (encoded without BOS) save encoding it every time." }),
  includeQuestion: z.boolean().default(false).describe("Keep the steps that predict the question"),
  onlyToolSteps: z.boolean().default(false).describe("Mask every step whose target is a token"),
  addSpecial: z.boolean().default(true).describe("Begin with the BOS token if the tokenizer adds one"),
});
export type AlignOptions = OptionsOf<typeof alignOptions>;

/** Where a call's result lies among the tokens: `first` to before `end`. */
export interface AlignedCall {
  readonly tool: string;
  readonly first: number;
  readonly end: number;
}

export interface AlignedExample {
  /** BOS if any, the prefix, the text. */
  readonly tokens: Int32Array;
  /**
   * One per token: the target of the step that reads `tokens[i]` and predicts what follows. 0 and above: a
   * token id. -1: masked, no loss. -2 and below: tool `-2 - target`.
   */
  readonly targets: Int32Array;
  /** Tokens before the text: BOS and prefix; equal for all texts of one corpus. */
  readonly prefixLength: number;
  /** Where each token after `prefixLength` begins in the text, in UTF-8 bytes; one more: the text's length. */
  readonly starts: Int32Array;
  readonly calls: readonly AlignedCall[];
}

/** The target of a step without loss. */
export const MASKED = -1;

/** Target of a step where tool `k` should fire: `-2 - k`. */
export function encodeToolTarget(k: number): number {
  return -2 - k;
}

/** The tool of a target, or -1 when the target is a token or masked. */
export function decodeToolTarget(target: number): number {
  return target <= -2 ? -2 - target : -1;
}

/**
 * Tokens and per-step targets of a text (ToolkenGPT, arXiv 2305.11554, section 3.2). For a call whose result
 * occupies tokens s…e-1: the step that reads token s-1 has the tool as its target; the steps that predict
 * s+1…e-1 are masked. The last token predicts nothing and is masked.
 *
 * Borders: everything before the result must have been emitted when the tool fires, and nothing of the
 * result. White space may stand before the result in its first token (` 52`). Where another character shares
 * a token with the result (`=94`, `94.`), the text is encoded in pieces that end there, which gives the same
 * tokens as inference: it inserts the result as tokens of its own.
 *
 * @throws ToolkenError `ALIGNMENT_FAILED` when the tokenizer gives no such border, or does not give the text
 * back; `UNKNOWN_TOOL`; `INVALID_ARGUMENT`.
 */
export function alignExample(
  tokenizer: AlignmentTokenizer,
  example: TrainingExample,
  given: AlignOptions,
): AlignedExample {
  const options = resolveOptions(alignOptions, given, "alignExample");
  const { includeQuestion, onlyToolSteps, addSpecial, prefix } = options;
  const tools = example.calls.map(({ tool }) => toolIndexOf(options, tool));
  const bytes = Buffer.from(example.text, "utf8");
  const byteOffset = byteOffsets(example.text);
  const results = example.calls.map((call) => ({
    tool: call.tool,
    start: byteOffset(call.start),
    end: byteOffset(call.end),
  }));

  const bos = addSpecial && tokenizer.addsBos && tokenizer.bos !== null ? [tokenizer.bos] : [];
  const prefixTokens = typeof prefix === "string" ? tokenizer.encode(prefix) : (prefix ?? []);
  const encoded = encodeWithBorders(tokenizer, example, bytes, results, prefixTokens.length === 0);
  const prefixLength = bos.length + prefixTokens.length;
  const tokens = Int32Array.from([...bos, ...prefixTokens, ...encoded.tokens]);

  const targets = new Int32Array(tokens.length).fill(MASKED);
  const answerStart =
    includeQuestion || example.questionEnd === undefined ? 0 : byteOffset(example.questionEnd);
  if (!onlyToolSteps) {
    for (let at = Math.max(prefixLength, 1); at < tokens.length; at++) {
      if (encoded.starts[at - prefixLength]! >= answerStart) targets[at - 1] = tokens[at]!;
    }
  }

  const calls = results.map((result, index) => {
    const span = tokenSpan(encoded, result);
    const first = prefixLength + span.first;
    const end = prefixLength + span.end;
    if (first === 0) throw alignmentFailed(example, index, "is the first token, which no step predicts");
    targets[first - 1] = encodeToolTarget(tools[index]!);
    targets.fill(MASKED, first, end - 1);
    return { tool: result.tool, first, end };
  });
  return { tokens, targets, prefixLength, starts: Int32Array.from(encoded.starts), calls };
}

/** What {@link alignExamples} returns: examples that could be aligned, and the others with reasons. */
export interface Alignment {
  readonly aligned: AlignedExample[];
  readonly problems: TrainingProblem[];
}

/**
 * Aligns many examples; those that fail are listed as problems with the place that they were read from
 * (without a source: file `""` and the example's number counted from 1).
 *
 * @throws ToolkenError `UNKNOWN_TOOL`, `INVALID_ARGUMENT`.
 */
export function alignExamples(
  tokenizer: AlignmentTokenizer,
  examples: Iterable<TrainingExample>,
  options: AlignOptions,
): Alignment {
  const { prefix } = options;
  const shared = typeof prefix === "string" ? { ...options, prefix: tokenizer.encode(prefix) } : options;
  const aligned: AlignedExample[] = [];
  const problems: TrainingProblem[] = [];
  let line = 0;
  for (const example of examples) {
    line++;
    try {
      aligned.push(alignExample(tokenizer, example, shared));
    } catch (error) {
      if (!(error instanceof ToolkenError && error.code === "ALIGNMENT_FAILED")) throw error;
      problems.push({ ...(example.source ?? { file: "", line }), reason: error.message });
    }
  }
  return { aligned, problems };
}

function toolIndexOf(options: AlignOptions, tool: string): number {
  const { toolIndex } = options;
  const index = typeof toolIndex === "function" ? toolIndex(tool) : toolIndex.get(tool);
  if (index === undefined) throw new ToolkenError("UNKNOWN_TOOL", `The text calls ${tool}, which has no row`);
  if (!Number.isInteger(index) || index < 0) {
    throw invalidArgument("an index of 0 or more", `toolIndex of ${tool}`, index);
  }
  return index;
}
