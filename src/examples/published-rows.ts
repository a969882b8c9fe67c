// Published trainings mine rows of other fields (`miner_half_split.jsonl`); here they are read and written.
import { z } from "zod";
import { recordInvalid, type SourceRecord } from "./records.js";
import { REJECT } from "../reranker/reranker.js";
import { bareToolName } from "../tools/tool-name.js";
import { checkOrder, parsed } from "./mined-file.js";
import type { MinedRow, MinedTool } from "./mined-row.js";
import { questionIn } from "./misaligned.js";

const publishedSchema = z.object({
  split: z.string(),
  example_index: z.int().min(0),
  position: z.int().min(0),
  prefix_text: z.string(),
  candidates: z.array(z.string().min(1)).min(1),
  candidate_tool_ids: z.array(z.int().min(0)),
  candidate_probs: z.array(z.number().min(0).max(1)),
  gold_label: z.string().min(1),
  gold_is_tool: z.boolean(),
  max_tool_logit: z.number(),
  max_word_logit: z.number(),
  logit_margin: z.number(),
  joint_rank_tool_top1: z.int().min(1).nullable(),
  joint_tool_beats_token: z.boolean(),
  entropy: z.number(),
  k: z.int().min(1),
});

/** A row under its published names. Probabilities and entropy are of the softmax over the tools alone. */
export type PublishedRow = z.output<typeof publishedSchema>;

/** A row and the tools that it names with their ids. */
export interface ReadPublishedRow {
  readonly row: MinedRow;
  readonly toolIds: ReadonlyMap<string, number>;
  /** False for a step within the question, where no head is asked. */
  readonly inAnswer: boolean;
}

export function isPublishedRow(fields: Readonly<Record<string, unknown>>): boolean {
  return "prefix_text" in fields || "gold_label" in fields;
}

const CONTROL_TOKENS = /^(?:<(?:bos|s|\|[^<>|\s]+\|)>\s*)+/u;
const ANSWER_BEGINS = /\n(?:A|Answer):/u;
/** The least probability that 32-bit numbers can tell from 0. */
const LEAST = 2 ** -149;

/**
 * A published row. The gold tool stands after the k best when it is not one of them. What the form does not hold is
 * null or empty: the entropy of all outcomes, the tokens.
 *
 * @throws `RECORD_INVALID` with file and line.
 */
export function readPublishedRow(record: SourceRecord): ReadPublishedRow {
  const given = parsed(publishedSchema, record);
  const { candidates, candidate_tool_ids: ids, candidate_probs: probabilities, k } = given;
  const refuse = (what: string, field: string, value: unknown): never => {
    throw recordInvalid(record.location, what, field, value);
  };
  const { length } = candidates;
  if (ids.length !== length) refuse(`${length} ids, one per candidate,`, "candidate_tool_ids", ids);
  if (probabilities.length !== length) {
    refuse(`${length} probabilities, one per candidate,`, "candidate_probs", probabilities);
  }
  const isTool = given.gold_label !== REJECT;
  if (isTool !== given.gold_is_tool)
    refuse(`${isTool}, as gold_label says,`, "gold_is_tool", given.gold_is_tool);
  const { max_tool_logit: best, max_word_logit: word, logit_margin: margin } = given;
  if (Math.abs(best - word - margin) > 1e-3 * Math.max(1, Math.abs(best), Math.abs(word))) {
    refuse(`${best - word}, the difference of the two logits,`, "logit_margin", margin);
  }

  const tools = candidates.map((name, at): MinedTool => {
    const probability = probabilities[at]!;
    const logit = best + Math.log(Math.max(probability, LEAST) / Math.max(probabilities[0]!, LEAST));
    return { tool: bareToolName(name), logit, probability };
  });
  const top = tools.slice(0, k);
  checkOrder(record, top);
  const label = isTool ? bareToolName(given.gold_label) : REJECT;
  const goldAt = tools.findIndex(({ tool }) => tool === label);
  if (isTool && goldAt < 0) refuse("a candidate", "gold_label", given.gold_label);

  const prefix = given.prefix_text.replace(CONTROL_TOKENS, "");
  const answer = ANSWER_BEGINS.exec(prefix);
  const answerAt = answer === null ? prefix.length : answer.index + answer[0].length;
  return {
    inAnswer: answer !== null,
    toolIds: new Map(tools.map(({ tool }, at) => [tool, ids[at]!])),
    row: {
      id: `${given.example_index}:${given.position}`,
      example: String(given.example_index),
      index: given.example_index,
      offset: prefix.length,
      position: given.position,
      question: questionIn(prefix.slice(0, answerAt)),
      text: prefix.slice(answerAt),
      generated: false,
      label,
      kind: isTool ? "tool" : given.joint_tool_beats_token ? "reject" : "easy",
      goldInTop: !isTool || goldAt < k,
      goldRank: isTool && goldAt < k ? goldAt + 1 : null,
      goldTool: isTool ? tools[goldAt]! : null,
      tools: top,
      toolProbability: 1,
      tokens: [],
      margin,
      rank: given.joint_rank_tool_top1,
      entropy: null,
      toolEntropy: given.entropy,
      fold: 0,
    },
  };
}

/**
 * A row under its published names.
 * @param tools all tools, in the order of their ids
 */
export function publishedRow(row: MinedRow, tools: readonly string[]): PublishedRow {
  const { goldTool, goldInTop, tokens, margin, toolProbability } = row;
  const candidates = [...row.tools, ...(goldInTop || goldTool === null ? [] : [goldTool])];
  const best = row.tools[0]!.logit;
  const word = tokens[0]?.logit ?? best - margin;
  return {
    split: "val",
    example_index: row.index,
    position: row.position,
    prefix_text: `Q: ${row.question}\nA:${row.text}`,
    candidates: candidates.map(({ tool }) => written(tool)),
    candidate_tool_ids: candidates.map(({ tool }) => tools.indexOf(tool)),
    candidate_probs: candidates.map(({ probability }) => Math.min(1, probability / toolProbability)),
    gold_label: row.kind === "tool" ? written(row.label) : REJECT,
    gold_is_tool: row.kind === "tool",
    max_tool_logit: best,
    max_word_logit: word,
    logit_margin: margin,
    joint_rank_tool_top1: row.rank,
    joint_tool_beats_token: margin > 0,
    entropy: row.toolEntropy,
    k: row.tools.length,
  };
}

function written(tool: string): string {
  return `<${tool}>`;
}
