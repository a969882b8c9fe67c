// A text's characters become training steps here; one step too late and the head learns nothing useful.
import { z } from "zod";
import { invalidArgument, ToolkenError } from "../errors.js";
import { value } from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import { locationText, type TrainingExample, type TrainingProblem } from "../examples/example.js";

/** What alignment needs of a tokenizer. */
export interface AlignmentTokenizer {
  readonly addsBos: boolean;
  readonly bos: number | null;
  encode(text: string): Int32Array;
  /** The bytes of a token. */
  piece(token: number): Uint8Array;
}

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
  /** Where each token behind `prefixLength` begins in the text, in UTF-8 bytes; one more: the text's length. */
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

/** A result's bytes in the text. */
interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Tokens with the bytes of the text that each holds: `starts[i]` to before `starts[i + 1]`. */
interface EncodedText {
  readonly tokens: readonly number[];
  /** One more than tokens; the last is the text's length. */
  readonly starts: readonly number[];
}

function encodeWithBorders(
  tokenizer: AlignmentTokenizer,
  example: TrainingExample,
  bytes: Buffer,
  results: readonly ByteRange[],
  opensTheInput: boolean,
): EncodedText {
  const whole = encodePiece(tokenizer, bytes, opensTheInput);
  if (whole === undefined) throw alignmentFailed(example, undefined, "is not what its tokens spell");
  let encoded = whole;
  const borders = new Set<number>();
  // A piece that is encoded anew may join its white space otherwise, so look again until nothing changes;
  // every turn adds a border, and there are at most two per result.
  for (;;) {
    const before = borders.size;
    for (const result of results) addMissingBorders(encoded, bytes, result, borders);
    if (borders.size === before) return encoded;

    const cuts = [0, ...[...borders].sort((a, b) => a - b), bytes.length];
    const tokens: number[] = [];
    const starts: number[] = [];
    for (let i = 1; i < cuts.length; i++) {
      const begin = cuts[i - 1]!;
      const piece = encodePiece(tokenizer, bytes.subarray(begin, cuts[i]), opensTheInput && i === 1);
      if (piece === undefined) {
        const index = results.findIndex(({ start, end }) => start === begin || end === begin);
        throw alignmentFailed(example, index, "shares a token with its neighbours and can't be cut out");
      }
      for (const token of piece.tokens) tokens.push(token);
      for (const start of piece.starts.slice(0, -1)) starts.push(start + begin);
    }
    encoded = { tokens, starts: [...starts, bytes.length] };
  }
}

/** The tokens of a piece of text, or `undefined` when their bytes are not the piece's. */
function encodePiece(
  tokenizer: AlignmentTokenizer,
  bytes: Uint8Array,
  opensTheInput: boolean,
): EncodedText | undefined {
  const text = Buffer.from(bytes).toString("utf8");
  const plain = spell(tokenizer, tokenizer.encode(text));
  if (plain.bytes.equals(bytes)) return { tokens: plain.tokens, starts: plain.starts };

  // SentencePiece tokenizers may put one space before whatever they encode. Where the input begins that is
  // how they were trained; elsewhere it would be a space too many, and an anchor takes it.
  if (!plain.bytes.equals(Buffer.concat([SPACE, bytes]))) return undefined;
  if (opensTheInput) {
    return { tokens: plain.tokens, starts: plain.starts.map((start) => Math.max(0, start - 1)) };
  }
  const anchored = spell(tokenizer, tokenizer.encode(ANCHOR + text));
  const skipped = anchored.starts.indexOf(SPACE.length + ANCHOR.length);
  if (skipped < 0 || !anchored.bytes.subarray(SPACE.length + ANCHOR.length).equals(bytes)) return undefined;
  const starts = anchored.starts.slice(skipped).map((start) => start - SPACE.length - ANCHOR.length);
  return { tokens: anchored.tokens.slice(skipped), starts };
}

const SPACE = Buffer.from(" ");
const ANCHOR = "\n";

function spell(tokenizer: AlignmentTokenizer, encoded: Int32Array): EncodedText & { bytes: Buffer } {
  const tokens = [...encoded];
  const pieces = tokens.map((token) => tokenizer.piece(token));
  const starts = [0];
  for (const piece of pieces) starts.push(starts.at(-1)! + piece.length);
  return { tokens, starts, bytes: Buffer.concat(pieces) };
}

function addMissingBorders(
  encoded: EncodedText,
  bytes: Buffer,
  result: ByteRange,
  borders: Set<number>,
): void {
  const { first, end } = tokenSpan(encoded, result);
  const sharedBefore = bytes.subarray(encoded.starts[first], result.start);
  if (!isWhiteSpace(sharedBefore)) borders.add(result.start);
  if (encoded.starts[end]! > result.end) borders.add(result.end);
}

/** The tokens that hold a result: the one with its first byte, to before the first that begins behind it. */
function tokenSpan({ starts }: EncodedText, result: ByteRange): { first: number; end: number } {
  let first = 0;
  while (starts[first + 1]! <= result.start) first++;
  let end = first + 1;
  while (starts[end]! < result.end) end++;
  return { first, end };
}

function isWhiteSpace(bytes: Buffer): boolean {
  return bytes.toString("utf8").trim() === "";
}

/** UTF-8 offsets of a text's UTF-16 offsets. */
function byteOffsets(text: string): (offset: number) => number {
  const offsets = new Float64Array(text.length + 1);
  let bytes = 0;
  let unit = 0;
  for (const character of text) {
    // An offset inside a surrogate pair can't occur in a validated example; it maps to the pair's start.
    offsets.fill(bytes, unit, unit + character.length);
    unit += character.length;
    bytes += utf8Length(character.codePointAt(0)!);
  }
  offsets[text.length] = bytes;
  return (offset) => offsets[offset]!;
}

function utf8Length(codePoint: number): number {
  if (codePoint < 0x80) return 1;
  if (codePoint < 0x800) return 2;
  return codePoint < 0x10000 ? 3 : 4;
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

function alignmentFailed(example: TrainingExample, call: number | undefined, reason: string): ToolkenError {
  const where = example.source === undefined ? "" : `${locationText(example.source)}: `;
  const result = call === undefined ? undefined : example.calls[call];
  const what =
    result === undefined
      ? `the text ${JSON.stringify(example.text.slice(0, 60))}`
      : `the result ${JSON.stringify(result.result)} of ${result.tool}(${result.args})`;
  return new ToolkenError("ALIGNMENT_FAILED", `${where}${what} ${reason}`);
}
