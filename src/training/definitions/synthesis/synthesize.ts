import { invalidArgument, throwIfAborted } from "../../../errors.js";
import { Model } from "../../../model/model.js";
import { type Tool, type Tools, toolSet } from "../../../tools/index.js";
import { integer } from "../../../utils/integer.js";
import { nearestTools } from "../neighbours.js";
import { toolText, type ToolText } from "../tool-text.js";
import { isLanguageModel, type LanguageModelLike, languageModelWriter } from "./language-model-writer.js";
import { modelWriter, type ModelWriterOptions } from "./model-writer.js";
import { bm25RoundTrip, type RoundTrip } from "./round-trip.js";
import { RequestStore } from "./request-store.js";
import type { RequestRecord } from "./request-record.js";
import { STYLES, type RequestStyle } from "./style.js";
import { synthesisReport, type SynthesisReport } from "./synthesis-report.js";
import { maxRank, ToolSynthesis } from "./tool-synthesis.js";
import type { RequestWriter } from "./writer.js";

export interface SynthesizeOptions extends ModelWriterOptions {
  /** Who writes: a loaded model, a language model of AI SDK, or a writer of your own. */
  readonly writer: Model | LanguageModelLike | RequestWriter;
  /** Usable requests per tool. Default: 8. */
  readonly perTool?: number | undefined;
  /** Default: all four. */
  readonly styles?: readonly RequestStyle[] | undefined;
  /**
   * JSON Lines that every request is appended to as it comes; what is there already counts, so that an interrupted
   * run resumes and edited lines stay. Default: none.
   */
  readonly path?: string | undefined;
  /** Further attempts for each request that was dropped. Default: 3. */
  readonly retries?: number | undefined;
  /** Nearest other tools that the writer is shown. Default: 3. */
  readonly others?: number | undefined;
  /** Ranks of a request's tool; those beyond the first tenth of the tools, at most the first five, are dropped. Default: BM25. */
  readonly roundTrip?: RoundTrip | false | undefined;
  /** Default: 1. */
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Usable requests and how many there are to be. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

export interface Synthesis {
  /** Requests of the tools, dropped ones included. */
  readonly records: readonly RequestRecord[];
  readonly report: SynthesisReport;
}

/**
 * Writes requests that need the given tools, from their definitions alone.
 *
 * @throws `INVALID_ARGUMENT`, `RECORD_INVALID` (file and line), `FILE_NOT_FOUND` (no such folder), `IO`,
 * `CONTEXT_CREATE_FAILED`, `DECODE_FAILED`, `ABORTED`, `DISPOSED`, and what the writer throws.
 *
 * @example
 * const { report } = await synthesizeRequests(tools, { writer: model, path: "requests.jsonl" });
 */
export async function synthesizeRequests(given: Tools, options: SynthesizeOptions): Promise<Synthesis> {
  const tools = [...toolSet(given)];
  if (tools.length === 0) throw invalidArgument("at least one tool", "tools", given);
  const settings = readSettings(options);
  const { signal } = options;
  throwIfAborted(signal);
  const texts = tools.map(toolText);
  const summaries = new Map(texts.map(({ name, summary }) => [name, summary]));
  const nearest = nearestTools(texts, settings.others);
  await using store = await RequestStore.open(options.path);
  const jobs = tools.map((tool, k) =>
    toolSynthesis(
      tool,
      texts[k]!,
      nearest[k]!.map((other) => summaries.get(tools[other]!.name)!),
      store,
      { ...settings, maxRank: maxRank(tools.length) },
    ),
  );
  const total = settings.perTool * tools.length;
  const progress = (): void => {
    options.onProgress?.(
      jobs.reduce((sum, { kept }) => sum + Math.min(kept, settings.perTool), 0),
      total,
    );
  };
  progress();
  const open = jobs.filter(({ isDone }) => !isDone);
  if (open.length > 0) {
    const roundTrip = options.roundTrip === false ? undefined : (options.roundTrip ?? bm25RoundTrip(texts));
    const { writer, isOwn } = await openWriter(options);
    try {
      for (const job of open) {
        while (!job.isDone) {
          throwIfAborted(signal);
          for (const record of await job.write(writer, roundTrip, signal)) await store.append(record);
          progress();
        }
      }
    } finally {
      if (isOwn) await writer.dispose();
    }
  }
  const records = store.recordsOf(new Set(tools.map(({ name }) => name)));
  return { records, report: synthesisReport(tools, records, settings.perTool) };
}

interface Settings {
  readonly perTool: number;
  readonly retries: number;
  readonly others: number;
  readonly styles: readonly RequestStyle[];
  readonly seed: number;
}

function readSettings(options: SynthesizeOptions): Settings {
  const { styles = STYLES } = options;
  if (styles.length === 0 || styles.some((style) => !STYLES.includes(style))) {
    throw invalidArgument(`some of ${STYLES.join(", ")}`, "styles", styles);
  }
  return {
    perTool: integer(options.perTool ?? 8, "perTool", 1, 1000),
    retries: integer(options.retries ?? 3, "retries", 0, 20),
    others: integer(options.others ?? 3, "others", 0, 20),
    styles,
    seed: integer(options.seed ?? 1, "seed", 0),
  };
}

function toolSynthesis(
  tool: Tool,
  { summary }: ToolText,
  others: readonly string[],
  store: RequestStore,
  settings: Settings & { readonly maxRank: number },
): ToolSynthesis {
  const earlier = store.recordsOf(new Set([tool.name]));
  return new ToolSynthesis({ ...settings, tool, summary, others, earlier });
}

async function openWriter(options: SynthesizeOptions): Promise<{ writer: RequestWriter; isOwn: boolean }> {
  const { writer } = options;
  if (writer instanceof Model) return { writer: await modelWriter(writer, options), isOwn: true };
  if (isLanguageModel(writer)) return { writer: languageModelWriter(writer, options), isOwn: true };
  if (typeof (writer as Partial<RequestWriter> | null)?.write === "function") return { writer, isOwn: false };
  throw invalidArgument("a model, a language model of AI SDK or a writer", "writer", writer);
}
