import type { ToolHead } from "../../head/tool-head.js";
import type { Tokenizer } from "../../model/tokenizer.js";
import type { Sequence } from "../sequence.js";
import type { UsageMeter } from "../usage-meter.js";

/** A tool, or none, and how probable the head finds it. */
export interface DecisionCandidate {
  /** null: no tool. */
  readonly toolName: string | null;
  readonly probability: number;
}

/** Reads from a head which tool a conversation needs: a suffix is appended to a copy and dropped again. */
export class Probe {
  readonly #head: ToolHead;
  readonly #suffix: Int32Array;
  readonly #vocabularySize: number;
  readonly #noTool: string;

  /** @param suffix text after the conversation, such as `The best tool for this request is` */
  constructor(head: ToolHead, tokenizer: Tokenizer, { suffix, noTool }: { suffix: string; noTool: string }) {
    this.#head = head;
    this.#suffix = tokenizer.encode(suffix);
    this.#vocabularySize = tokenizer.vocabularySize;
    this.#noTool = noTool;
  }

  /**
   * Candidates in descending order of probability, over the head's best rows.
   *
   * @param allowed which tools may be called
   */
  async decide(
    conversation: Sequence,
    probe: Sequence,
    {
      usage,
      signal,
      allowed,
    }: {
      readonly usage: UsageMeter;
      readonly signal: AbortSignal | undefined;
      readonly allowed: (toolName: string) => boolean;
    },
  ): Promise<DecisionCandidate[]> {
    await probe.share(conversation, conversation.length);
    const output = await probe.append(this.#suffix, { top: 1 }, signal);
    await probe.rollBack(0);
    usage.probeTokens += this.#suffix.length;
    usage.decodedTokens += this.#suffix.length;
    const rows: { toolName: string | null; logit: number }[] = [];
    output.ids.forEach((id, i) => {
      if (id < this.#vocabularySize) return;
      const name = this.#head.tools[id - this.#vocabularySize]!;
      if (name === this.#noTool) rows.push({ toolName: null, logit: output.logits[i]! });
      else if (allowed(name)) rows.push({ toolName: name, logit: output.logits[i]! });
    });
    const best = Math.max(...rows.map(({ logit }) => logit));
    const total = rows.reduce((sum, { logit }) => sum + Math.exp(logit - best), 0);
    return rows
      .map(({ toolName, logit }) => ({ toolName, probability: Math.exp(logit - best) / total }))
      .sort((a, b) => b.probability - a.probability);
  }
}
