// Continuous batching: runs that go on at the same time share every decode of their context.
import { abortError, ToolkenError } from "../errors.js";
import type { Context, Output, OutputRequest } from "../model/context.js";

interface Job {
  readonly sequence: number;
  readonly tokens: ArrayLike<number>;
  readonly position: number;
  /** Of its last tokens. */
  readonly requests: readonly Omit<OutputRequest, "index">[];
  readonly signal: AbortSignal | undefined;
  done: number;
  readonly resolve: (outputs: readonly Output[]) => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs of at most this number of tokens, such as a tool's result, join the next tokens of others. */
const SHORT = 8;
/** Tokens of a draft: more are hardly ever right, and each costs a part of a step. */
const MAX_DRAFT = 12;
/** From this number of tokens on, llama.cpp's CPU attention computes in tiles, whose rounding differs. */
const TILED = 64;

/**
 * Collects what the runs want decoded. The next tokens of all runs and short texts share a decode; a prompt has its
 * decodes to itself, alternating with theirs and in chunks that don't keep them waiting: an answer must not depend on
 * whether it was computed in tiles, that is on what other runs are doing.
 */
export class Batcher {
  readonly #context: Context;
  readonly #widest: number;
  readonly #reclaim: () => Promise<boolean>;
  #jobs: Job[] = [];
  #running = false;
  #promptsTurn = false;

  /**
   * @param widest maximum number of sequences whose next tokens share a decode
   * @param reclaim gives up what nobody needs when the context is full, and says whether there was anything
   */
  constructor(context: Context, widest = Infinity, reclaim = (): Promise<boolean> => Promise.resolve(false)) {
    this.#context = context;
    this.#widest = widest;
    this.#reclaim = reclaim;
  }

  /**
   * Decodes tokens at the end of a sequence and gives the last one's output.
   * Throws `CONTEXT_FULL` when this sequence's tokens have no room, `ABORTED`, `DECODE_FAILED`, `DISPOSED`.
   */
  async decode(
    sequence: number,
    position: number,
    tokens: ArrayLike<number>,
    request: Omit<OutputRequest, "index">,
    signal?: AbortSignal,
  ): Promise<Output> {
    const [output] = await this.decodeAll(sequence, position, tokens, [request], signal);
    return output!;
  }

  /** The same with the outputs of the last tokens, one for each request. */
  decodeAll(
    sequence: number,
    position: number,
    tokens: ArrayLike<number>,
    requests: readonly Omit<OutputRequest, "index">[],
    signal?: AbortSignal,
  ): Promise<readonly Output[]> {
    return new Promise((resolve, reject) => {
      this.#jobs.push({ sequence, position, tokens, requests, signal, done: 0, resolve, reject });
      if (!this.#running) {
        this.#running = true;
        // Runs that were started together have all asked by then.
        setImmediate(() => void this.#loop());
      }
    });
  }

  /** Tokens of a draft that a step has room for: none where each sequence shall get the bits that it gets alone. */
  get room(): number {
    if (this.#widest < Infinity) return 0;
    const outputs = Math.floor(this.#context.outputs / (this.#jobs.length + 1));
    return Math.max(0, Math.min(MAX_DRAFT, outputs - 1, this.#context.batchSize - 2));
  }

  async #loop(): Promise<void> {
    while (this.#jobs.length > 0) {
      this.#dropAborted();
      const parts = this.#nextParts();
      try {
        if (parts.length > 0) await this.#decodeParts(parts);
      } catch (error) {
        this.#fail(parts, error);
      }
      // The runs whose outputs came ask for their next tokens before the next batch is made up.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#running = false;
  }

  #dropAborted(): void {
    this.#jobs = this.#jobs.filter((job) => {
      if (job.signal?.aborted !== true) return true;
      job.reject(abortError(job.signal));
      return false;
    });
  }

  #nextParts(): Part[] {
    const short = this.#jobs.filter((job) => this.#isShort(job));
    const prompt = this.#jobs.find((job) => !this.#isShort(job));
    const takePrompt = prompt !== undefined && (short.length === 0 || this.#promptsTurn);
    this.#promptsTurn = !takePrompt;
    if (takePrompt) return [{ job: prompt, length: this.#chunk(prompt) }];
    const parts: Part[] = [];
    let size = 0;
    let outputs = 0;
    const most = Math.min(this.#context.batchSize, this.#widest);
    for (const job of short) {
      const { length } = job.tokens;
      const isFull =
        size + length > (length === 1 ? most : Math.min(most, TILED - 1)) ||
        outputs + job.requests.length > this.#context.outputs;
      if (parts.length > 0 && isFull) continue;
      parts.push({ job, length });
      size += length;
      outputs += job.requests.length;
    }
    // llama.cpp computes sequences with cells of their own together where their numbers follow each other.
    return parts.sort((a, b) => a.job.sequence - b.job.sequence);
  }

  #isShort({ tokens, requests }: Job): boolean {
    if (requests.length === tokens.length) return true;
    // Where each sequence shall get the bits that it gets alone, a text keeps its decode.
    const most = this.#widest < Infinity ? 1 : Math.min(SHORT, this.#context.batchSize - 1);
    return tokens.length <= Math.max(1, most);
  }

  /** A chunk of a prompt is never so short, at its end either, that it is not computed in tiles. */
  #chunk(prompt: Job): number {
    const remaining = prompt.tokens.length - prompt.done;
    const isAlone = this.#jobs.length === 1 || this.#widest < Infinity;
    const length = isAlone || remaining < 2 * TILED ? remaining : TILED;
    return Math.min(this.#context.batchSize, length);
  }

  async #decodeParts(parts: readonly Part[]): Promise<void> {
    const size = parts.reduce((sum, { length }) => sum + length, 0);
    const batch = {
      tokens: new Int32Array(size),
      positions: new Int32Array(size),
      sequences: new Int32Array(size),
    };
    const requests: OutputRequest[] = [];
    const finished: Job[] = [];
    // With more waiting, another batch comes next.
    const isAll = parts.length === this.#jobs.length;
    let at = 0;
    for (const { job, length } of parts) {
      for (let i = 0; i < length; i++, at++) {
        batch.tokens[at] = job.tokens[job.done + i]!;
        batch.positions[at] = job.position + job.done + i;
        batch.sequences[at] = job.sequence;
      }
      if (job.done + length === job.tokens.length) {
        const first = at - job.requests.length;
        job.requests.forEach((request, i) => {
          requests.push({ ...request, index: first + i, ahead: isAll && request.ahead === true });
        });
        finished.push(job);
      }
    }
    try {
      // A prompt is alone in its decode: aborting it stops it at once.
      const first = parts[0]!.job;
      const signal = this.#isShort(first) ? undefined : first.signal;
      const outputs = await this.#context.decode(batch, requests, signal === undefined ? {} : { signal });
      for (const { job, length } of parts) job.done += length;
      this.#jobs = this.#jobs.filter((job) => !finished.includes(job));
      let next = 0;
      for (const job of finished) job.resolve(outputs.slice(next, (next += job.requests.length)));
    } catch (error) {
      await this.#explain(parts, error);
    }
  }

  /** A batch without room is tried again when there is some, then part by part: only the runs fail that have none. */
  async #explain(parts: readonly Part[], error: unknown): Promise<void> {
    const isFull = error instanceof ToolkenError && error.code === "CONTEXT_FULL";
    if (isFull && (await this.#reclaim())) await this.#decodeParts(parts);
    else if (isFull && parts.length > 1) for (const part of parts) await this.#decodeParts([part]);
    else this.#fail(parts, error);
  }

  #fail(parts: readonly Part[], error: unknown): void {
    const failed = parts.map(({ job }) => job);
    this.#jobs = this.#jobs.filter((job) => !failed.includes(job));
    for (const job of failed) job.reject(error);
  }
}

/** A job's next tokens in the batch that is being made up. */
interface Part {
  readonly job: Job;
  readonly length: number;
}
