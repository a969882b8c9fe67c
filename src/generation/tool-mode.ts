// Tool mode: the chosen tool's demonstrations, the question and the text so far; the model writes the arguments.
import { ToolkenError, throwIfAborted } from "../errors.js";
import type { Model } from "../model/model.js";
import type { Grammar } from "../model/grammar.js";
import type { EncodedPrompt } from "../prompts/encoder.js";
import { argumentsGrammar, closingParenthesis, type Tool } from "../tools/index.js";
import { ArgumentDraft } from "./argument-draft.js";
import { DraftedSteps } from "./drafted-steps.js";
import type { CachedPrompts } from "./prompt-cache.js";
import type { Sequence } from "./sequence.js";
import type { UsageMeter } from "./usage-meter.js";

/** Candidates of an argument step; the grammar looks at the whole vocabulary when it accepts none of them. */
const ARGUMENT_CANDIDATES = 32;

export class ToolMode {
  readonly #model: Model;
  readonly #cache: CachedPrompts;
  readonly #prompts: ReadonlyMap<string, EncodedPrompt>;
  readonly #constrained: boolean;
  readonly #grammars = new Map<string, Grammar>();

  constructor(
    model: Model,
    cache: CachedPrompts,
    prompts: ReadonlyMap<string, EncodedPrompt>,
    constrained: boolean,
  ) {
    this.#model = model;
    this.#cache = cache;
    this.#prompts = prompts;
    this.#constrained = constrained;
  }

  /**
   * Lets the model write a call's arguments, always greedily: they are copied and computed, not invented.
   * Throws `TOOL_ARGUMENTS_INVALID` when they don't end in time, `CONTEXT_FULL`, `ABORTED`.
   */
  async writeArguments(
    tool: Tool,
    call: {
      /** The least recently used first; one of them is taken and put last. */
      readonly sequences: Sequence[];
      readonly question: string;
      /** Text so far with its calls written out, up to the place of this call. */
      readonly transcript: string;
      readonly maxTokens: number;
      readonly usage: UsageMeter;
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<string> {
    if (tool.text !== undefined) return "";
    const { usage, signal } = call;
    const prompt = this.#prompts.get(tool.name)!;
    const tokens = prompt.encode(call.question, `${call.transcript}<${tool.name}>(`);
    const sequence = takeSequence(call.sequences, tokens, prompt.prefix.length);
    const grammar = this.#grammarOf(tool)?.clone();
    const steps = new DraftedSteps(sequence, ARGUMENT_CANDIDATES, usage);
    const draft = new ArgumentDraft(this.#model.tokenizer, `${call.question}\n${call.transcript}`);
    try {
      let output = await this.#begin(tool, { ...call, sequence, tokens }, grammar);
      const decoder = this.#model.tokenizer.decoder();
      let text = "";
      for (let n = 0; n < call.maxTokens; n++) {
        throwIfAborted(signal);
        const token = output.ids[0];
        if (token === undefined || this.#model.tokenizer.isEndOfGeneration(token)) break;
        text += decoder.write(token);
        grammar?.accept(token);
        const end = closed(tool, text, grammar);
        if (end !== undefined) return text.slice(0, end);
        if (grammar === undefined) {
          output = await sequence.append([token], request(undefined), signal);
          usage.decodedTokens++;
        } else output = await steps.write(token, grammar, (max) => draft.next(text, grammar, max), signal);
        usage.argumentTokens++;
      }
      throw new ToolkenError(
        "TOOL_ARGUMENTS_INVALID",
        `Expected the arguments of ${tool.name} to end with ) within ${call.maxTokens} tokens but received ${JSON.stringify(text)}`,
      );
    } finally {
      grammar?.dispose();
      await steps.settle();
    }
  }

  dispose(): void {
    for (const grammar of this.#grammars.values()) grammar.dispose();
    this.#grammars.clear();
  }

  async #begin(
    tool: Tool,
    {
      sequence,
      tokens,
      usage,
      signal,
    }: {
      readonly sequence: Sequence;
      readonly tokens: Int32Array;
      readonly usage: UsageMeter;
      readonly signal: AbortSignal | undefined;
    },
    grammar: Grammar | undefined,
  ): Promise<Awaited<ReturnType<Sequence["append"]>>> {
    const prompt = this.#prompts.get(tool.name)!;
    const { decoded } = await this.#cache.begin(`tool:${tool.name}`, prompt.prefix, sequence, tokens, signal);
    const kept = Math.min(sequence.commonPrefix(tokens), tokens.length - 1);
    await sequence.rollBack(kept);
    const output = await sequence.append(tokens.subarray(kept), request(grammar), signal);
    usage.toolPromptTokens += decoded + tokens.length - kept;
    usage.decodedTokens += decoded + tokens.length - kept;
    usage.cachedTokens += kept - Math.min(decoded, kept);
    return output;
  }

  #grammarOf(tool: Tool): Grammar | undefined {
    if (!this.#constrained || !tool.grammar) return undefined;
    let grammar = this.#grammars.get(tool.name);
    if (grammar === undefined) {
      grammar = this.#model.createGrammar(argumentsGrammar(tool));
      this.#grammars.set(tool.name, grammar);
    }
    return grammar;
  }
}

/** The sequence that holds the question under the tool's prompt already; else the least recently used one. */
function takeSequence(sequences: Sequence[], tokens: Int32Array, prefix: number): Sequence {
  const common = sequences.map((sequence) => sequence.commonPrefix(tokens));
  const best = common.indexOf(Math.max(...common));
  const [taken] = sequences.splice(common[best]! > prefix ? best : 0, 1);
  sequences.push(taken!);
  return taken!;
}

function request(grammar: Grammar | undefined): { top: number; grammar?: Grammar } {
  return { top: ARGUMENT_CANDIDATES, ...(grammar === undefined ? {} : { grammar }) };
}

/** Length of the arguments when the call is closed. */
function closed(tool: Tool, text: string, grammar: Grammar | undefined): number | undefined {
  if (grammar !== undefined) return grammar.complete() ? text.lastIndexOf(")") : undefined;
  const at = closingParenthesis(tool, text);
  return at < 0 ? undefined : at;
}
