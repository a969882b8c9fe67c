// The forward pass of a reranker: the last position of every prompt, documentation computed once per set of candidates.
import type { Context } from "../../model/context.js";
import type { Model } from "../../model/model.js";
import type { RerankInput } from "./rerank-prompts.js";

export interface HiddenStatesOptions {
  /** Tokens per decode. */
  readonly batchSize: number;
  readonly threads: number | undefined;
  readonly signal: AbortSignal | undefined;
  /** Called with the rows of each decode, which come in no order: place among the inputs and h (d). */
  readonly onRows: (rows: readonly HiddenRow[]) => Promise<void> | void;
}

export interface HiddenRow {
  readonly input: number;
  readonly h: Float32Array;
}

/** Rows that are decoded together, beside the sequence that holds the documentation. */
const MAX_ROWS = 63;

/**
 * Hidden states of the inputs at the given places. Inputs are sorted by their documentation, so that each set of
 * candidates is read once, and lines that it shares with the one before it not at all.
 * @returns tokens that were decoded
 * @throws `CONTEXT_CREATE_FAILED`, `DECODE_FAILED`, `ABORTED`, `DISPOSED`.
 */
export async function readHiddenStates(
  model: Model,
  inputs: readonly RerankInput[],
  places: readonly number[],
  options: HiddenStatesOptions,
): Promise<number> {
  if (places.length === 0) return 0;
  const groups = groupedByDocumentation(inputs, places);
  const batchSize = Math.max(options.batchSize, MAX_ROWS);
  const longest = (length: (input: RerankInput) => number): number =>
    places.reduce((most, place) => Math.max(most, length(inputs[place]!)), 0);
  await using context = await model.createContext({
    contextSize:
      longest(({ prefix }) => prefix.length) +
      longest(({ prefix, tokens }) => tokens.length - prefix.length) +
      2 * batchSize,
    batchSize,
    sequences: MAX_ROWS + 1,
    outputs: MAX_ROWS,
    hiddenStates: true,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  let held: Int32Array = new Int32Array(0);
  let decoded = 0;
  for (const group of groups) {
    const { prefix } = inputs[group[0]!]!;
    const common = commonLength(held, prefix);
    await context.rollBack(0, common);
    await decodePrefix(context, prefix, common, options.signal);
    held = prefix;
    decoded += prefix.length - common + (await decodeRows(context, inputs, group, options));
  }
  return decoded;
}

function groupedByDocumentation(inputs: readonly RerankInput[], places: readonly number[]): number[][] {
  const groups = new Map<string, number[]>();
  for (const place of places) {
    const { documentation } = inputs[place]!;
    const group = groups.get(documentation);
    if (group === undefined) groups.set(documentation, [place]);
    else group.push(place);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
}

async function decodePrefix(
  context: Context,
  prefix: Int32Array,
  from: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let at = from; at < prefix.length; at += context.batchSize) {
    const tokens = prefix.subarray(at, at + context.batchSize);
    const batch = {
      tokens,
      positions: tokens.map((_, i) => at + i),
      sequences: new Int32Array(tokens.length),
    };
    await context.decode(batch, [], { signal });
  }
}

/** A row that is being decoded: its sequence, and how many of its tokens that holds. */
interface OpenRow {
  readonly input: number;
  readonly sequence: number;
  length: number;
}

/** Rows of one documentation, which sequence 0 holds. */
async function decodeRows(
  context: Context,
  inputs: readonly RerankInput[],
  group: readonly number[],
  { signal, onRows }: HiddenStatesOptions,
): Promise<number> {
  const free = Array.from({ length: MAX_ROWS }, (_, at) => MAX_ROWS - at);
  const waiting = [...group].reverse();
  let open: OpenRow[] = [];
  let decoded = 0;
  while (waiting.length > 0 || open.length > 0) {
    const tokens: number[] = [];
    const positions: number[] = [];
    const sequences: number[] = [];
    const ends: { readonly row: OpenRow; readonly index: number }[] = [];
    for (let at = 0; tokens.length < context.batchSize; at++) {
      if (at === open.length) {
        if (waiting.length === 0 || free.length === 0) break;
        const input = waiting.pop()!;
        const { prefix } = inputs[input]!;
        const sequence = free.pop()!;
        await context.sharePrefix(0, sequence, prefix.length);
        open.push({ input, sequence, length: prefix.length });
      }
      const row = open[at]!;
      const all = inputs[row.input]!.tokens;
      const end = Math.min(all.length, row.length + context.batchSize - tokens.length);
      for (; row.length < end; row.length++) {
        tokens.push(all[row.length]!);
        positions.push(row.length);
        sequences.push(row.sequence);
      }
      if (end === all.length) ends.push({ row, index: tokens.length - 1 });
    }
    const outputs = await context.decode(
      {
        tokens: Int32Array.from(tokens),
        positions: Int32Array.from(positions),
        sequences: Int32Array.from(sequences),
      },
      ends.map(({ index }) => ({ index, hiddenState: true })),
      { signal },
    );
    decoded += tokens.length;
    for (const { row } of ends) {
      await context.rollBack(row.sequence, 0);
      free.push(row.sequence);
    }
    const ended = new Set(ends.map(({ row }) => row));
    open = open.filter((row) => !ended.has(row));
    await onRows(ends.map(({ row }, at) => ({ input: row.input, h: outputs[at]!.hiddenState! })));
  }
  return decoded;
}

function commonLength(a: Int32Array, b: Int32Array): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}
