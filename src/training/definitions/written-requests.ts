import type { Model } from "../../model/model.js";
import type { Tool } from "../../tools/index.js";
import { firstHeadRoundTrip } from "./first-head.js";
import { solveSettings, type UpdateSettings } from "./options.js";
import type { DecisionForm } from "../../prompts/decision-text.js";
import { type Synthesis, synthesizeRequests } from "./synthesis/synthesize.js";
import type { RequestRecord } from "./synthesis/request-record.js";
import { readRequests } from "./synthesis/request-store.js";
import { synthesisReport, type SynthesisReport } from "./synthesis/synthesis-report.js";

/**
 * Requests that a writer writes for the tools, or those of the file where nobody writes.
 * @param among tools of a head that is extended: requests must not fit them; they are told apart by BM25, a head over
 * all of them would cost more than the new rows
 */
export async function writtenRequests(
  model: Model,
  tools: readonly Tool[],
  form: DecisionForm,
  options: UpdateSettings,
  among?: readonly Tool[],
): Promise<{ readonly records: readonly RequestRecord[]; readonly report: SynthesisReport | null }> {
  const { requests: path, perTool, synthesis, threads, signal, onProgress } = options;
  const writer = options.writer ?? (model.facts.chatTemplate === null ? false : model);
  if (writer === false) {
    if (path === undefined) return { records: [], report: null };
    const names = new Set(tools.map(({ name }) => name));
    const records = (await readRequests(path)).filter(({ tool }) => names.has(tool));
    return { records, report: synthesisReport(tools, records, perTool) };
  }
  const roundTrip =
    synthesis.roundTrip ??
    (among === undefined
      ? await firstHeadRoundTrip(model, tools, form, solveSettings(options), options)
      : undefined);
  return synthesizeRequests(tools, {
    ...synthesis,
    writer,
    among,
    perTool,
    path,
    roundTrip,
    threads,
    signal,
    onProgress,
  }) satisfies Promise<Synthesis>;
}
