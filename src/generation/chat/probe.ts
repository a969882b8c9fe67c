import { type HeadDecision, NO_TOOL } from "../../head/decision.js";
import type { ToolHead } from "../../head/tool-head.js";
import type { Model } from "../../model/model.js";
import type { Message } from "../../prompts/chat/messages.js";
import { lastRequest } from "../../prompts/decision-text.js";
import { encodePrompt, type EncodedPrompt } from "../../prompts/encoder.js";
import { QUESTION_SLOT } from "../../prompts/prompts.js";
import type { Sequence } from "../sequence.js";
import type { UsageMeter } from "../usage-meter.js";

/** A tool, or none, and how probable the head finds it. */
export interface DecisionCandidate {
  /** null: no tool. */
  readonly toolName: string | null;
  readonly probability: number;
}

/** The sequences of one decision. */
export interface ProbeSequences {
  readonly conversation: Sequence;
  /** Carries the head. */
  readonly probe: Sequence;
  /** Sets the bias of the head's rows on the probe's sequence, (K). */
  readonly setBias: (bias: Float32Array) => Promise<void>;
}

export interface ProbeRequest {
  readonly messages: readonly Message[];
  readonly usage: UsageMeter;
  readonly signal: AbortSignal | undefined;
  /** Tools that may be called. */
  readonly allowed: ReadonlySet<string>;
  /** Whether "no tool" may win. */
  readonly mayBeNone: boolean;
  /** Added to the tools' logits. */
  readonly toolBias: (toolName: string) => number;
}

/**
 * Reads from a head which tool a conversation needs: the head's text is appended to a copy of the conversation and
 * dropped again, or stands around the last request in a sequence of its own.
 */
export class Probe {
  readonly #head: ToolHead;
  readonly #vocabularySize: number;
  /** Appended to the conversation; undefined: the request stands in a text of its own. */
  readonly #suffix: Int32Array | undefined;
  readonly #prompt: EncodedPrompt;

  constructor(model: Model, head: ToolHead, { form, before, after }: HeadDecision) {
    const { tokenizer } = model;
    this.#head = head;
    this.#vocabularySize = tokenizer.vocabularySize;
    this.#suffix = form === "chat" ? tokenizer.encode(after) : undefined;
    this.#prompt = encodePrompt(model, `${before}${QUESTION_SLOT}${after}`, { chat: false });
  }

  /** Whether the head has a row for each of the tools. */
  covers(tools: Iterable<{ readonly name: string }>): boolean {
    for (const { name } of tools) if (!this.#head.has(name)) return false;
    return true;
  }

  /** Candidates in descending order of probability: the softmax over the head's best rows. */
  async decide(sequences: ProbeSequences, request: ProbeRequest): Promise<DecisionCandidate[]> {
    const { probe } = sequences;
    // A request's own text does not change with the results: it decides once.
    if (this.#suffix === undefined && request.mayBeNone && request.messages.at(-1)?.role === "tool") {
      return [{ toolName: null, probability: 1 }];
    }
    await sequences.setBias(this.#bias(request));
    const output =
      this.#suffix === undefined
        ? await this.#ofRequest(probe, request)
        : await this.#ofConversation(sequences, this.#suffix, request);
    const rows: { toolName: string | null; logit: number }[] = [];
    output.ids.forEach((id, i) => {
      const logit = output.logits[i]!;
      if (id < this.#vocabularySize || logit === -Infinity) return;
      const name = this.#head.tools[id - this.#vocabularySize]!;
      rows.push({ toolName: name === NO_TOOL ? null : name, logit });
    });
    const best = Math.max(...rows.map(({ logit }) => logit));
    const total = rows.reduce((sum, { logit }) => sum + Math.exp(logit - best), 0);
    return rows
      .map(({ toolName, logit }) => ({ toolName, probability: Math.exp(logit - best) / total }))
      .sort((a, b) => b.probability - a.probability);
  }

  #bias({ allowed, mayBeNone, toolBias }: ProbeRequest): Float32Array {
    return Float32Array.from(this.#head.tools, (name, k) => {
      const own = this.#head.bias[k]!;
      if (name === NO_TOOL) return mayBeNone ? own : -Infinity;
      return allowed.has(name) ? own + toolBias(name) : -Infinity;
    });
  }

  async #ofConversation(
    { conversation, probe }: ProbeSequences,
    suffix: Int32Array,
    { usage, signal }: ProbeRequest,
  ) {
    await probe.share(conversation, conversation.length);
    try {
      return await append(probe, suffix, usage, signal);
    } finally {
      await probe.rollBack(0);
    }
  }

  async #ofRequest(probe: Sequence, { messages, usage, signal }: ProbeRequest) {
    const tokens = this.#prompt.encode(lastRequest(messages));
    const kept = Math.min(probe.commonPrefix(tokens), tokens.length - 1);
    await probe.rollBack(kept);
    return append(probe, tokens.subarray(kept), usage, signal);
  }
}

async function append(
  probe: Sequence,
  tokens: Int32Array,
  usage: UsageMeter,
  signal: AbortSignal | undefined,
) {
  const output = await probe.append(tokens, { top: 1 }, signal);
  usage.probeTokens += tokens.length;
  usage.decodedTokens += tokens.length;
  return output;
}
