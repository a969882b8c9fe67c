import type { Tool } from "../../../tools/index.js";
import { seededRandom } from "../../../utils/random.js";
import { drawArguments } from "./argument-values.js";
import { dropReason, DuplicateFilter } from "./request-filter.js";
import type { RequestRecord } from "./request-record.js";
import type { RoundTrip } from "./round-trip.js";
import type { RequestStyle } from "./style.js";
import { cleanRequest, type RequestWriter, type WritingTask } from "./writer.js";

/** The worst rank of a request's own tool, and which part of the tools it is at most. */
const MAX_RANK = 5;
const MAX_RANK_SHARE = 0.1;

/** Beside few tools, to be among the first five says little. */
export function maxRank(tools: number): number {
  return Math.max(1, Math.min(MAX_RANK, Math.round(MAX_RANK_SHARE * tools)));
}

export interface ToolSynthesisOptions {
  readonly tool: Tool;
  readonly summary: string;
  readonly others: readonly string[];
  /** From the next rank on, a request is taken to fit other tools better. */
  readonly maxRank: number;
  /** Requests of the tool from earlier runs. */
  readonly earlier: readonly RequestRecord[];
  readonly perTool: number;
  readonly retries: number;
  readonly styles: readonly RequestStyle[];
  readonly seed: number;
}

/** The requests of one tool: how many are there, which come next. */
export class ToolSynthesis {
  readonly #options: ToolSynthesisOptions;
  readonly #duplicates = new DuplicateFilter();
  #written: number;
  #kept: number;

  constructor(options: ToolSynthesisOptions) {
    this.#options = options;
    this.#written = options.earlier.length;
    const kept = options.earlier.filter((record) => record.kept);
    this.#kept = kept.length;
    for (const { request } of kept) this.#duplicates.accepts(request);
  }

  get kept(): number {
    return this.#kept;
  }

  /** Enough requests, or no attempts left. */
  get isDone(): boolean {
    const { perTool, retries } = this.#options;
    return this.#kept >= perTool || this.#written >= perTool * (1 + retries);
  }

  /** One round: as many requests as are missing. */
  async write(
    writer: RequestWriter,
    roundTrip: RoundTrip | undefined,
    signal: AbortSignal | undefined,
  ): Promise<RequestRecord[]> {
    const { tool, summary, others, perTool } = this.#options;
    const tasks = Array.from({ length: perTool - this.#kept }, (_, i) => this.#task(this.#written + i));
    const texts = await writer.write({ tool, summary, others, tasks }, signal);
    const requests = tasks.map((_, i) => cleanRequest(texts[i] ?? ""));
    const ranks = roundTrip === undefined ? undefined : await roundTrip(requests, tool.name, signal);
    const records = tasks.map((task, i): RequestRecord => {
      const request = requests[i]!;
      const reason = dropReason(request, tool, task.style) ?? this.#comparedReason(request, ranks?.[i]);
      return {
        request,
        tool: tool.name,
        style: task.style,
        ...(Object.keys(task.values).length === 0 ? {} : { arguments: task.values }),
        kept: reason === undefined,
        ...(reason === undefined ? {} : { reason }),
        writer: writer.name,
      };
    });
    this.#written += records.length;
    this.#kept += records.filter(({ kept }) => kept).length;
    return records;
  }

  #comparedReason(request: string, rank: number | undefined): RequestRecord["reason"] {
    if (rank !== undefined && rank > this.#options.maxRank) return "fits other tools better";
    return this.#duplicates.accepts(request) ? undefined : "near duplicate";
  }

  #task(number: number): WritingTask {
    const { tool, styles, seed } = this.#options;
    const style = styles[number % styles.length]!;
    const own = hash(`${seed} ${tool.name} ${number}`);
    const values = style === "detailed" || style === "casual" ? drawArguments(tool, seededRandom(own)) : {};
    return { style, values, seed: own };
  }
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
