import type { Tool } from "../../../tools/index.js";
import { identifierWords } from "../tool-words.js";
import type { RequestStyle } from "./style.js";

/** Why a written request is not learned from; undefined for one that may be. */
export type DropReason =
  | "empty"
  | "too long"
  | "names the tool"
  | "written by an assistant"
  | "about the tool"
  | "not text of a request"
  | "near duplicate"
  | "values are missing"
  | "fits other tools better";

const MAX_WORDS = 40;
const MAX_KEYWORDS = 10;
const MIN_CHARACTERS = 6;

/** Share of common word pairs from which two requests count as the same. */
const NEAR_DUPLICATE = 0.7;

const ASSISTANT_OPENING =
  /^(sure|certainly|of course|absolutely|here(?:'s| is| are)|i(?:'m| am) (?:sorry|an? (?:ai|assistant))|as an ai|to (?:use|call)|you can|i can help|great|hello!? how|how (?:can|may) i (?:help|assist)|okay, here|the (?:user|tool|function|request|best tool))\b/iu;
const ABOUT_TOOL =
  /\b(this|the|which|what) (tool|function|api|plugin)\b|\b(tool|function|api)'s\b|\bcan (?:this|the) tool\b/iu;
const NOT_A_REQUEST =
  /```|<\/?[a-z_|]+>|^\s*[[{]|\b(?:def|function|import|const|return)\b.*[({;]|https?:\/\/\S+\s*$|:\s*$/iu;

/** The words of a request that must not stand next to each other: the tool's name. */
export function namesTool(request: string, tool: Tool): boolean {
  const name = identifierWords(tool.name);
  const lower = request.toLowerCase();
  if (
    lower.includes(tool.name.toLowerCase()) &&
    (/[_.-]|[a-z][A-Z]|\d/u.test(tool.name) || tool.name.length > 7)
  ) {
    return true;
  }
  const words = name.split(" ");
  // A name of common words ("get weather") may stand in a request by chance; one of three and more hardly.
  return words.length >= 3 && ` ${identifierWords(request)} `.includes(` ${name} `);
}

/** Filters that need no other requests, cheapest first. */
export function dropReason(request: string, tool: Tool, style: RequestStyle): DropReason | undefined {
  const text = request.trim();
  if (text.length < MIN_CHARACTERS || !/\p{L}{2}/u.test(text)) return "empty";
  const words = text.split(/\s+/u).length;
  if (words > MAX_WORDS || (style === "keywords" && words > MAX_KEYWORDS)) return "too long";
  if (NOT_A_REQUEST.test(text)) return "not text of a request";
  if (ASSISTANT_OPENING.test(text)) return "written by an assistant";
  if (ABOUT_TOOL.test(text)) return "about the tool";
  if (namesTool(text, tool)) return "names the tool";
  return undefined;
}

/** Finds near duplicates among the requests of one tool. */
export class DuplicateFilter {
  readonly #seen: ReadonlySet<string>[] = [];

  /** Whether it resembles none so far; then it counts from now on. */
  accepts(request: string): boolean {
    const pairs = wordPairs(request);
    if (this.#seen.some((other) => similarity(pairs, other) >= NEAR_DUPLICATE)) return false;
    this.#seen.push(pairs);
    return true;
  }
}

function wordPairs(text: string): ReadonlySet<string> {
  const words = ["", ...identifierWords(text).split(" "), ""];
  return new Set(words.slice(1).map((word, i) => `${words[i]} ${word}`));
}

/** Jaccard index. */
function similarity(a: ReadonlySet<string>, b: ReadonlySet<string>): number {
  let common = 0;
  for (const pair of a) if (b.has(pair)) common++;
  return common / (a.size + b.size - common);
}
