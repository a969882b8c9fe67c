// Results must be tokens of their own, as inference inserts them.
import { ToolkenError } from "../errors.js";
import { locationText, type TrainingExample } from "../examples/example.js";

/** What alignment needs of a tokenizer. */
export interface AlignmentTokenizer {
  readonly addsBos: boolean;
  readonly bos: number | null;
  encode(text: string): Int32Array;
  /** The bytes of a token. */
  piece(token: number): Uint8Array;
}

/** A result's bytes in the text. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

/** Tokens with the bytes of the text that each holds: `starts[i]` to before `starts[i + 1]`. */
export interface EncodedText {
  readonly tokens: readonly number[];
  /** One more than tokens; the last is the text's length. */
  readonly starts: readonly number[];
}

/**
 * Tokens of a text in which every result has borders of its own: white space before it apart, no token holds anything
 * but the result.
 *
 * @throws ToolkenError `ALIGNMENT_FAILED`
 */
export function encodeWithBorders(
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
  // A piece that is encoded again may join its white space otherwise, so look again until nothing changes;
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

/** The tokens that hold a result: the one with its first byte, to before the first that begins after it. */
export function tokenSpan({ starts }: EncodedText, result: ByteRange): { first: number; end: number } {
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
export function byteOffsets(text: string): (offset: number) => number {
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

export function alignmentFailed(
  example: TrainingExample,
  call: number | undefined,
  reason: string,
): ToolkenError {
  const where = example.source === undefined ? "" : `${locationText(example.source)}: `;
  const result = call === undefined ? undefined : example.calls[call];
  const what =
    result === undefined
      ? `the text ${JSON.stringify(example.text.slice(0, 60))}`
      : `the result ${JSON.stringify(result.result)} of ${result.tool}(${result.args})`;
  return new ToolkenError("ALIGNMENT_FAILED", `${where}${what} ${reason}`);
}
