import { invalidArgument, throwIfAborted } from "../../../errors.js";
import { Model } from "../../../model/model.js";
import { type Tool, type Tools, toolSet } from "../../../tools/index.js";
import { resolveOptions } from "../../../utils/options.js";
import { inShard } from "../../../utils/shard.js";
import { nearestTools } from "../neighbours.js";
import { toolText, type ToolText } from "../tool-text.js";
import { isLanguageModel, languageModelWriter } from "./language-model-writer.js";
import { modelWriter } from "./model-writer.js";
import { type ResolvedSynthesis, synthesizeOptions, type SynthesizeOptions } from "./options.js";
import { bm25RoundTrip } from "./round-trip.js";
import { RequestStore } from "./request-store.js";
import type { RequestRecord } from "./request-record.js";
import { synthesisReport, type SynthesisReport } from "./synthesis-report.js";
import { maxRank, ToolSynthesis } from "./tool-synthesis.js";
import type { RequestWriter } from "./writer.js";

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
  const settings = resolveOptions(synthesizeOptions, options, "synthesizeRequests");
  const tools = [...toolSet(given)];
  if (tools.length === 0) throw invalidArgument("at least one tool", "tools", given);
  const { signal, onProgress, perTool } = settings;
  throwIfAborted(signal);
  const names = new Set(tools.map(({ name }) => name));
  const further = [...toolSet(settings.among ?? [])].filter(({ name }) => !names.has(name));
  const all = [...tools, ...further];
  const texts = all.map(toolText);
  const summaries = new Map(texts.map(({ name, summary }) => [name, summary]));
  const nearest = nearestTools(texts, settings.others);
  await using store = await RequestStore.open(settings.path);
  const jobs = tools.map((tool, k) =>
    toolSynthesis(
      tool,
      texts[k]!,
      nearest[k]!.map((other) => summaries.get(all[other]!.name)!),
      store,
      { ...settings, maxRank: maxRank(all.length) },
    ),
  );
  const own = jobs.filter((_, k) => inShard(settings.shard, k));
  const total = perTool * own.length;
  const progress = (): void => {
    const done = own.reduce((sum, { kept }) => sum + Math.min(kept, perTool), 0);
    onProgress?.({ phase: "generation", done, total });
  };
  progress();
  const open = own.filter(({ isDone }) => !isDone);
  if (open.length > 0) {
    const { roundTrip: ranks = bm25RoundTrip(texts) } = settings;
    const roundTrip = ranks === false ? undefined : ranks;
    const { writer, isOwn } = await openWriter(settings);
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
  const records = store.recordsOf(names);
  return { records, report: synthesisReport(tools, records, perTool) };
}

function toolSynthesis(
  tool: Tool,
  { summary }: ToolText,
  others: readonly string[],
  store: RequestStore,
  settings: ResolvedSynthesis & { readonly maxRank: number },
): ToolSynthesis {
  const earlier = store.recordsOf(new Set([tool.name]));
  return new ToolSynthesis({ ...settings, tool, summary, others, earlier });
}

async function openWriter(settings: ResolvedSynthesis): Promise<{ writer: RequestWriter; isOwn: boolean }> {
  const { writer, temperature, threads } = settings;
  if (writer instanceof Model) {
    const { family, parallel, maxTokens } = settings;
    const options = { family, parallel, maxTokens, temperature, threads };
    return { writer: await modelWriter(writer, options), isOwn: true };
  }
  if (isLanguageModel(writer)) return { writer: languageModelWriter(writer, { temperature }), isOwn: true };
  return { writer, isOwn: false };
}
