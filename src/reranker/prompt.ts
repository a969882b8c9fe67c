// What the reranker reads: written in one place, because mining, training and inference must agree to the letter.
import { invalidArgument, ToolkenError } from "../errors.js";
import { callSignature, type Tool } from "../tools/index.js";
import type { ToolSet } from "../tools/tool-set.js";
import { REJECT } from "./reranker.js";

/** A tentative call. */
export interface RerankCall {
  /** Tools in descending order of probability, the tentative one among them. */
  readonly candidates: readonly string[];
  readonly question: string;
  /** The answer so far, after the question, with results in place of calls. */
  readonly text: string;
}

/** The prompt in its two parts, which are tokenized apart; see `encodeRerankPrompt`. */
export interface RerankPrompt {
  /** Of the candidates and of REJ; the same for every order of the same candidates, so it is computed once. */
  readonly documentation: string;
  /** The candidates in their order, the question, the text so far: the reranker scores at its last token. */
  readonly rest: string;
}

/** Texts that stand for a tool in the prompt, by its name. */
export type ToolDocumentation = Readonly<Record<string, string>>;

const OPENING = `Choose the tool to call next, or ${REJECT} to call none.`;
const REJECT_LINE = `- ${REJECT}: Continue the answer without calling any tool.`;

/**
 * The prompt of a tentative call (Toolken+, arXiv 2410.12004). It ends with the text so far, where the head was
 * asked too: the reranker's rows may start from the head's.
 *
 * @param documentation texts instead of the tools' own, as `reranker.documentation` keeps them
 * @throws `UNKNOWN_TOOL`: a candidate without documentation; `INVALID_ARGUMENT`: no candidates, one twice
 */
export function rerankPrompt(
  tools: ToolSet,
  call: RerankCall,
  documentation: ToolDocumentation = {},
): RerankPrompt {
  const { candidates, question, text } = call;
  if (candidates.length === 0 || new Set(candidates).size !== candidates.length) {
    throw invalidArgument("different tools, at least one", "candidates", candidates);
  }
  const lines = inSetOrder(tools, candidates).map(
    (name) => `- ${documentationOf(tools, name, documentation)}`,
  );
  const written = text === "" || /^\s/u.test(text) ? text : ` ${text}`;
  return {
    documentation: `${[OPENING, "", ...lines, REJECT_LINE].join("\n")}\n\n`,
    rest: `Candidates: ${[...candidates, REJECT].join(", ")}\n\nQ: ${question}\nA:${written}`,
  };
}

/**
 * The text of every tool, own or overridden: what a reranker keeps, so that inference reads what training read.
 * @throws `INVALID_ARGUMENT`: a text that is empty; `UNKNOWN_TOOL`: a text for a tool that is not in the set
 */
export function resolveDocumentation(tools: ToolSet, override: ToolDocumentation = {}): ToolDocumentation {
  for (const [name, text] of Object.entries(override)) {
    tools.get(name);
    if (typeof text !== "string" || text.trim() === "") {
      throw invalidArgument("a text", `documentation of tool ${name}`, text);
    }
  }
  return Object.fromEntries(tools.names.map((name) => [name, documentationOf(tools, name, override)]));
}

/** `add(a, b, …): The sum of two or more numbers.`; parameters of a JSON Schema follow, a line each. */
export function toolDocumentation(tool: Tool): string {
  return [`${callSignature(tool)}: ${tool.description.trim()}`, ...parameterLines(tool)].join("\n");
}

function parameterLines({ parameters }: Tool): string[] {
  if (parameters.kind !== "object") return [];
  const properties = (parameters.schema?.properties ?? {}) as Record<string, unknown>;
  return Object.entries(properties).flatMap(([name, schema]) => {
    const { type, description } = (schema ?? {}) as { type?: unknown; description?: unknown };
    if (typeof description !== "string") return [];
    return [`  ${name}${typeof type === "string" ? ` (${type})` : ""}: ${description}`];
  });
}

function documentationOf(tools: ToolSet, name: string, override: ToolDocumentation): string {
  const text = Object.hasOwn(override, name) ? override[name] : undefined;
  if (text !== undefined) return namesItself(text, name) ? text : `${name}: ${text}`;
  if (tools.has(name)) return toolDocumentation(tools.get(name));
  throw new ToolkenError("UNKNOWN_TOOL", `Tool ${JSON.stringify(name)} has no documentation to rerank with`, {
    hint: "Define the tool with a description, or give a text for it.",
  });
}

/** "add(a, b): The sum" and "add: The sum", but not "additions". */
function namesItself(text: string, name: string): boolean {
  return text.startsWith(name) && /^[(:]/u.test(text.slice(name.length));
}

/** By the set's order; names that only have a text come last, by name. */
function inSetOrder(tools: ToolSet, names: readonly string[]): string[] {
  const place = new Map(tools.names.map((name, at) => [name, at]));
  const of = (name: string): number => place.get(name) ?? Infinity;
  return names.toSorted((a, b) => (of(a) === of(b) ? (a < b ? -1 : 1) : of(a) - of(b)));
}
