// One plan from prompt to end: every step is a tool of the group whose turn it is, and its text is read on.
import { throwIfAborted } from "../../errors.js";
import type { Output } from "../../model/context.js";
import { callId, finishPart } from "../../generation/events.js";
import type { GenerateResult, FinishReason, StreamPart } from "../../generation/events.js";
import type { Plan } from "./plan.js";
import { Sampler } from "../../generation/sampler.js";
import type { Sequence } from "../../generation/sequence.js";
import type { StrategyContext } from "../../generation/strategy.js";
import { Transcript } from "../../generation/transcript.js";
import { UsageMeter } from "../../generation/usage-meter.js";
import type { ResolvedSettings } from "../../generation/resolved-settings.js";

/** A place of the plan that the model has read up to. */
interface Step {
  readonly allowed: ReadonlySet<number>;
  readonly output: Output;
  /** White space before the tool's text that the model reads as part of that text's first token. */
  readonly lead: string;
}

/**
 * A run whose outcomes are masked: tokens and the tools of other groups can't be taken, so a step's best outcome is
 * the best tool of its group.
 */
export class PlanRun {
  readonly #context: StrategyContext;
  readonly #sequence: Sequence;
  readonly #settings: ResolvedSettings;
  readonly #plan: Plan;
  readonly #sampler: Sampler;
  readonly #usage = new UsageMeter();
  readonly #transcript = new Transcript();

  constructor(context: StrategyContext, sequence: Sequence, settings: ResolvedSettings, plan: Plan) {
    this.#context = context;
    this.#sequence = sequence;
    this.#settings = settings;
    this.#plan = plan;
    this.#sampler = new Sampler(settings.sampling);
  }

  async *events(question: string): AsyncGenerator<StreamPart, void, undefined> {
    let step = await this.#begin(question);
    for (;;) {
      throwIfAborted(this.#settings.signal);
      const next = yield* this.#step(step);
      if (typeof next === "string") {
        yield finishPart(this.#answer(next));
        return;
      }
      step = next;
    }
  }

  async #begin(question: string): Promise<Step> {
    const { prompt, cache } = this.#context;
    const tokens = prompt.encode(question);
    const allowed = await this.#allowNext();
    const { signal } = this.#settings;
    const { decoded } = await cache.begin("general", prompt.prefix, this.#sequence, tokens, signal);
    const kept = Math.min(this.#sequence.commonPrefix(tokens), tokens.length - 1);
    await this.#sequence.rollBack(kept);
    this.#usage.promptTokens += decoded + tokens.length - kept;
    this.#usage.decodedTokens += decoded;
    this.#usage.cachedTokens += kept - Math.min(decoded, kept);
    return { allowed, output: await this.#append(tokens.subarray(kept)), lead: "" };
  }

  async *#step({ allowed, output, lead }: Step): AsyncGenerator<StreamPart, Step | FinishReason, undefined> {
    const { head, tools, tokenizer } = this.#context;
    const { maxCalls, maxTokens } = this.#settings;
    if (this.#transcript.calls.length >= maxCalls) return "tool-calls";
    const choice = this.#sampler.choose(output, (id) => allowed.has(id), []);
    if (choice === undefined) return "other";
    const { name: tool, text } = tools.get(head.tools[choice.id - tokenizer.vocabularySize]!);
    const { then } = this.#plan.place(this.#transcript.calls.length);
    const made = {
      toolCallId: callId(this.#transcript.calls.length),
      toolName: tool,
      inputText: "",
      input: [],
      output: text,
      outputText: text!,
      probability: choice.probability,
    };
    yield { type: "tool-result", ...this.#transcript.addCall("", made) };
    if (tool === this.#plan.end) return "stop";
    const tokens = tokenizer.encode(lead + text!);
    this.#usage.resultTokens += tokens.length;
    if (this.#usage.resultTokens >= maxTokens) return "length";
    this.#transcript.add(then);
    yield { type: "text-delta", token: -1, text: then, probability: 1 };
    return this.#read(tokens, then);
  }

  /**
   * Reads a tool's text and what stands after it, up to the state that training has its target at: white space
   * before the next tool's text belongs to that text where the tokenizer makes one token of them (` <` of ` <desk>`),
   * and is read before it where it is a token of its own.
   */
  async #read(tokens: Int32Array, then: string): Promise<Step> {
    const allowed = await this.#allowNext();
    const space = /\s*$/u.exec(then)![0];
    const lead = this.#isApart(space) ? "" : space;
    const between = this.#context.tokenizer.encode(then.slice(0, then.length - lead.length));
    return { allowed, output: await this.#append([...tokens, ...between]), lead };
  }

  /** Whether white space has tokens of its own before the tools that may follow. */
  #isApart(space: string): boolean {
    const { tokenizer, tools } = this.#context;
    const own = tokenizer.encode(space);
    return [...this.#plan.place(this.#transcript.calls.length).tools].every((name) => {
      const together = tokenizer.encode(space + tools.get(name).text!);
      return own.every((token, i) => token === together[i]);
    });
  }

  /** Switches all tools off but those whose turn comes next. */
  async #allowNext(): Promise<ReadonlySet<number>> {
    const { head, tokenizer, setBias } = this.#context;
    const { tools } = this.#plan.place(this.#transcript.calls.length);
    const { bias } = this.#settings;
    await setBias(bias.map((own, k) => (tools.has(head.tools[k]!) ? own : -Infinity)));
    const allowed = new Set<number>();
    for (const [k, name] of head.tools.entries()) {
      if (tools.has(name) && bias[k]! > -Infinity) allowed.add(tokenizer.vocabularySize + k);
    }
    return allowed;
  }

  async #append(tokens: ArrayLike<number>): Promise<Output> {
    this.#usage.decodedTokens += tokens.length;
    // The head's own candidates: as many as the toolken was created with.
    return this.#sequence.append(tokens, { top: 1 }, this.#settings.signal);
  }

  #answer(finishReason: FinishReason): GenerateResult {
    return {
      text: this.#transcript.text,
      transcript: this.#transcript.withCalls,
      toolCalls: [...this.#transcript.calls],
      toolErrors: [],
      reranks: [],
      finishReason,
      usage: this.#usage.read(),
    };
  }
}
