import type { ToolRequest } from "../../examples/requests.js";
import type { Tool } from "../../tools/index.js";
import { followUps, type LabelledRequest } from "./follow-ups.js";
import { noToolTexts } from "./no-tool-texts.js";
import type { RequestRecord } from "./synthesis/request-record.js";
import { toolText } from "./tool-text.js";
import type { TextSource, TrainingText } from "./training-text.js";

export type SourceWeights = Readonly<Record<Exclude<TextSource, "unlabelled">, number>>;

/** The fewest no-tool texts, and how many come with each tool: a pass over all of them is long beside few tools. */
const MIN_NO_TOOL_TEXTS = 120;
const NO_TOOL_TEXTS_PER_TOOL = 4;

export interface TextSources {
  readonly tools: readonly Tool[];
  readonly synthetic: readonly RequestRecord[];
  readonly real: readonly ToolRequest[];
  /** Default: those of the package, more of them for more tools. */
  readonly noTool?: readonly string[] | undefined;
  readonly extraNoTool?: readonly string[] | undefined;
  readonly unlabelled?: readonly string[] | undefined;
  /** Seed of the texts after results; undefined: none, the head decides on requests alone. */
  readonly followUpSeed?: number | undefined;
}

/** All texts of a training: definitions first, two per tool where the full one says more than the summary. */
export function trainingTexts(sources: TextSources): TrainingText[] {
  const { tools, synthetic, real, extraNoTool = [], unlabelled = [] } = sources;
  const index = new Map(tools.map(({ name }, k) => [name, k]));
  const none = tools.length;
  const noTool =
    sources.noTool ?? noToolTexts(Math.max(MIN_NO_TOOL_TEXTS, NO_TOOL_TEXTS_PER_TOOL * tools.length));
  const labelled = (source: TextSource, tool: string, text: string): TrainingText[] => {
    const target = index.get(tool);
    return target === undefined ? [] : [{ text, target, source }];
  };
  const written = synthetic.filter(({ kept }) => kept);
  return [
    ...tools.flatMap((tool, target): TrainingText[] => {
      const { summary, full } = toolText(tool);
      const texts = full === summary ? [summary] : [summary, full];
      return texts.map((text) => ({ text, target, source: "definition" }));
    }),
    ...written.flatMap(({ tool, request }) => labelled("synthetic", tool, request)),
    ...real.flatMap(({ tool, question }) => labelled("real", tool, question)),
    ...[...noTool, ...extraNoTool].map((text): TrainingText => ({ text, target: none, source: "no-tool" })),
    ...(sources.followUpSeed === undefined
      ? []
      : followUps(tools, labelledRequests(sources, index), sources.followUpSeed)),
    ...unlabelled.map((text): TrainingText => ({ text, target: -1, source: "unlabelled" })),
  ];
}

/** Requests of known tools; without any, what the tools say of themselves. */
function labelledRequests(
  { tools, synthetic, real }: TextSources,
  index: ReadonlyMap<string, number>,
): LabelledRequest[] {
  const requests = [
    ...synthetic
      .filter(({ kept }) => kept)
      .map(({ tool, request, arguments: input }) => ({ tool, text: request, input })),
    ...real.map(({ tool, question }) => ({ tool, text: question, input: undefined })),
  ].flatMap(({ tool, text, input }) => {
    const target = index.get(tool);
    return target === undefined ? [] : [{ text, target, input }];
  });
  if (requests.length > 0) return requests;
  return tools.map((tool, target) => ({ text: toolText(tool).summary, target }));
}

/** (N): the weight of each text; a tool's definitions share theirs, so do all no-tool texts, and all after results. */
export function textWeights(
  texts: readonly TrainingText[],
  weights: SourceWeights,
  tools: number,
): Float32Array {
  const definitions = new Int32Array(tools + 1);
  let noTool = 0;
  let followed = 0;
  for (const { source, target } of texts) {
    if (source === "definition") definitions[target]!++;
    if (source === "no-tool") noTool++;
    if (source === "follow-up") followed++;
  }
  return Float32Array.from(texts, ({ source, target }) => {
    if (source === "unlabelled") return 0;
    if (source === "definition") return weights.definition / definitions[target]!;
    if (source === "follow-up") return (weights["follow-up"] * tools) / followed;
    return source === "no-tool" ? (weights["no-tool"] * tools) / noTool : weights[source];
  });
}

/** At most `count` texts, evenly spread; definitions and no-tool texts come first, so that none of them is missing. */
export function spreadTexts(texts: readonly TrainingText[], count: number): TrainingText[] {
  if (texts.length <= count) return [...texts];
  const first = texts.filter(({ source }) => source === "definition" || source === "no-tool");
  const rest = texts.filter(({ source }) => source !== "definition" && source !== "no-tool");
  return [
    ...evenly(first, Math.min(first.length, count)),
    ...evenly(rest, Math.max(0, count - first.length)),
  ];
}

function evenly<T>(list: readonly T[], count: number): T[] {
  return Array.from(
    { length: Math.min(count, list.length) },
    (_, i) => list[Math.floor((i * list.length) / count)]!,
  );
}
