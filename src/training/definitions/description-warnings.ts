import type { Tool } from "../../tools/index.js";
import { Bm25, searchWords } from "./bm25.js";
import { propertiesOf, toolText } from "./tool-text.js";

export interface DescriptionWarning {
  readonly tool: string;
  readonly problem: string;
}

const MIN_WORDS = 4;
const MAX_CHARACTERS = 600;
/** Share of one's own BM25 score that another tool's definition reaches when the two say nearly the same. */
const NEARLY_SAME = 0.85;

/** What makes definitions hard to learn from. */
export function descriptionWarnings(tools: readonly Tool[]): DescriptionWarning[] {
  const summaries = tools.map((tool) => toolText(tool).summary);
  const index = new Bm25(summaries);
  return tools.flatMap((tool, k) =>
    [...ownProblems(tool), ...likeness(tools, k, index.scores(summaries[k]!))].map((problem) => ({
      tool: tool.name,
      problem,
    })),
  );
}

function* ownProblems(tool: Tool): Generator<string> {
  const { description, parameters } = tool;
  if (searchWords(description).length < MIN_WORDS) {
    yield "the description has hardly any words: say what the tool does, for what, and with which words people ask for it";
  }
  if (description.length > MAX_CHARACTERS) {
    yield `the description has ${description.length} characters: put what the tool is for into its first sentence`;
  }
  if (parameters.kind === "object") {
    const silent = Object.entries(propertiesOf(parameters.schema))
      .filter(([, schema]) => typeof schema.description !== "string" && schema.enum === undefined)
      .map(([name]) => name);
    if (silent.length >= 3) yield `parameters without a description: ${silent.slice(0, 5).join(", ")}`;
  }
}

function* likeness(tools: readonly Tool[], own: number, scores: Float64Array): Generator<string> {
  const like = [...scores.keys()].filter((k) => k !== own && scores[k]! >= NEARLY_SAME * scores[own]!);
  if (like.length > 0 && scores[own]! > 0) {
    const names = like.slice(0, 3).map((k) => tools[k]!.name);
    yield `nearly the same words as ${names.join(", ")}: say what only this tool does`;
  }
}
