import { ToolkenError, throwIfAborted } from "../../errors.js";
import type { Tokenizer } from "../../model/tokenizer.js";
import type { AssistantMessage, Message, ToolMessage } from "../../prompts/chat/messages.js";
import type { Tool, ToolSet } from "../../tools/index.js";
import { finishPart } from "../events.js";
import type { FinishReason, GenerateResult, StreamPart, ToolCall, ToolCallError } from "../events.js";
import type { GrammarCache } from "../grammars.js";
import { Sampler } from "../sampler.js";
import { UsageMeter } from "../usage-meter.js";
import type { CallWriter } from "./call-writer.js";
import type { ConversationFormat } from "../../prompts/chat/format.js";
import { CallExecutor, type MadeCall } from "./call-executor.js";
import type { Probe, ProbeSequences } from "./probe.js";
import type { ChatSettings } from "./settings.js";
import { TextWriter, type WrittenText } from "./text-writer.js";
import type { ToolPromptBudget } from "./tool-prompt-budget.js";
import type { KnownTokens } from "./known-tokens.js";
import { rememberTurn } from "./remember-turn.js";
import { TokenWriter } from "./token-writer.js";

/** What all turns of an engine share. */
export interface TurnContext {
  readonly tokenizer: Tokenizer;
  readonly tools: ToolSet;
  readonly format: ConversationFormat;
  readonly grammars: GrammarCache;
  readonly calls: CallWriter;
  readonly budget: ToolPromptBudget;
  /** Decides by a head; undefined: tools are documented in the prompt and the model decides by its text. */
  readonly probe: Probe | undefined;
}

/** The sequences of one turn. */
export interface TurnSequences extends ProbeSequences {
  /** Tokens of what the conversation's sequence has held. */
  readonly known: KnownTokens;
}

/** Calls of one step. */
const MAX_PARALLEL_CALLS = 8;

/** White space between two calls. */
const MAX_TOKENS_BETWEEN_CALLS = 4;

/** What the assistant may do in a step. */
type Mode = "auto" | "none" | "required";

interface Step {
  readonly text: WrittenText | undefined;
  readonly calls: readonly MadeCall[];
  readonly ended: boolean;
}

/** One assistant turn: steps of text and calls until the model answers without a call. */
export class Turn {
  readonly #ctx: TurnContext;
  readonly #sequences: TurnSequences;
  readonly #settings: ChatSettings;
  readonly #messages: Message[];
  readonly #added: Message[] = [];
  readonly #sampler: Sampler;
  readonly #usage = new UsageMeter();
  readonly #writer: TokenWriter;
  readonly #executor: CallExecutor;
  readonly #toolCalls: ToolCall[] = [];
  readonly #toolErrors: ToolCallError[] = [];
  /** What the running step was given. */
  #prompt = { text: "", length: 0 };
  #text = "";
  #logprobs: WrittenText["logprobs"] = [];

  constructor(
    ctx: TurnContext,
    sequences: TurnSequences,
    settings: ChatSettings,
    messages: readonly Message[],
  ) {
    this.#ctx = ctx;
    this.#sequences = sequences;
    this.#settings = settings;
    this.#messages = [...messages];
    this.#sampler = new Sampler(settings.sampling);
    this.#writer = new TokenWriter(sequences.conversation, ctx.tokenizer, this.#usage, settings.signal);
    this.#executor = new CallExecutor(settings, messages);
  }

  /** Messages that the turn has added so far: every finished step's. */
  get added(): readonly Message[] {
    return this.#added;
  }

  async *parts(): AsyncGenerator<StreamPart, void, undefined> {
    let mode = this.#firstMode();
    let tools = this.#settings.tools;
    for (let count = 1; ; count++) {
      throwIfAborted(this.#settings.signal);
      const step = yield* this.#step(mode, tools);
      const executed = step.calls.length === 0 ? [] : yield* this.#execute(step.calls);
      this.#keep(step, executed);
      const reason = this.#reasonToEnd(step, executed, count);
      if (reason !== undefined) {
        yield finishPart(this.#result(reason));
        return;
      }
      mode = this.#executor.endsToolUse ? "none" : "auto";
      tools = this.#settings.tools;
      const retried = this.#executor.retry;
      if (retried !== undefined) [mode, tools] = ["required", [retried]];
    }
  }

  #firstMode(): Mode {
    const { toolChoice, tools } = this.#settings;
    if (toolChoice === "none" || tools.length === 0) return "none";
    return toolChoice === "auto" ? "auto" : "required";
  }

  async *#step(mode: Mode, tools: readonly Tool[]): AsyncGenerator<StreamPart, Step, undefined> {
    const { format, probe, budget } = this.#ctx;
    const { signal, documentedTools: documented } = this.#settings;
    const text = await format.render(this.#messages, documented, signal);
    const prompt = this.#sequences.known.encode(text);
    this.#settings.assertFits(prompt.length);
    if (documented.length > 0) await budget.check(this.#ctx, this.#messages, documented, prompt.length);
    await this.#writer.prompt(prompt);
    this.#prompt = { text, length: prompt.length };
    this.#sequences.known.add(text, prompt);
    if (mode === "required" || (mode === "auto" && probe !== undefined)) {
      const chosen = yield* this.#decide(mode, tools);
      if (chosen.length > 0) return { text: undefined, calls: yield* this.#call(chosen), ended: false };
    }
    return yield* this.#freeText(mode, tools);
  }

  /** The tools of which one is called now: one that a head chose, or all that the model may choose among. */
  async *#decide(
    mode: "auto" | "required",
    tools: readonly Tool[],
  ): AsyncGenerator<StreamPart, readonly Tool[], undefined> {
    const { probe } = this.#ctx;
    if (probe === undefined || (mode === "required" && tools.length === 1)) return tools;
    const candidates = await probe.decide(this.#sequences, {
      messages: this.#messages,
      usage: this.#usage,
      signal: this.#settings.signal,
      allowed: new Set(tools.map(({ name }) => name)),
      mayBeNone: mode === "auto",
      toolBias: this.#settings.toolBias,
    });
    const [best] = candidates;
    yield { type: "decision", candidates, toolName: best?.toolName ?? null };
    const tool = tools.find(({ name }) => name === best?.toolName);
    return tool === undefined ? [] : [tool];
  }

  /** Text, and the calls that the model opens in it. */
  async *#freeText(mode: Mode, tools: readonly Tool[]): AsyncGenerator<StreamPart, Step, undefined> {
    const maxTokens = this.#settings.maxOutputTokens - this.#usage.textTokens;
    const text = yield* this.#write(mode, maxTokens);
    if (text.end !== "call") return { text, calls: [], ended: true };
    const calls = yield* this.#call(tools);
    while (this.#settings.parallelToolCalls && calls.length < MAX_PARALLEL_CALLS) {
      if (calls.at(-1)!.error !== undefined || !(await this.#opensAnother(mode))) break;
      calls.push(...(yield* this.#call(tools)));
    }
    return { text, calls, ended: false };
  }

  async *#write(mode: Mode, maxTokens: number): AsyncGenerator<StreamPart, WrittenText, undefined> {
    const { format, grammars, tokenizer, probe } = this.#ctx;
    const { responseFormat, documentedTools, stopSequences, topLogprobs } = this.#settings;
    const mayOpen = documentedTools.length > 0;
    // Where a head decides, calls of the conversation must not be imitated in the text.
    const forbidsCalls = mode === "none" || probe !== undefined;
    const watches = mayOpen || probe !== undefined;
    const grammar =
      responseFormat === undefined || (mayOpen && mode === "auto")
        ? undefined
        : grammars.state(responseFormat.key, responseFormat.gbnf);
    try {
      const settings = {
        maxTokens: Math.max(1, maxTokens),
        stopSequences: [...stopSequences, ...format.stopSequences],
        callOpening: watches && grammar === undefined ? format.syntax.trigger : undefined,
        opensAtStart: format.syntax.startsTurn,
        lenientOpening: watches ? format.syntax.lenient : undefined,
        forbidsCalls,
        // After results, silence answers nothing.
        mustWrite: this.#messages.at(-1)?.role === "tool" && forbidsCalls,
        grammar,
        topLogprobs,
        sampler: this.#sampler,
        usage: this.#usage,
      };
      return yield* new TextWriter(this.#writer, tokenizer, settings).write();
    } finally {
      grammar?.dispose();
    }
  }

  /** Whether the model opens another call after one; what else it would write is not kept. */
  async #opensAnother(mode: Mode): Promise<boolean> {
    const { length } = this.#writer;
    const before = this.#usage.textTokens;
    const parts = this.#write(mode, MAX_TOKENS_BETWEEN_CALLS);
    let next = await parts.next();
    while (next.done !== true) next = await parts.next();
    this.#usage.textTokens = before;
    if (next.value.end === "call" && next.value.text.trim() === "") return true;
    await this.#writer.rollBack(length);
    return false;
  }

  async *#call(tools: readonly Tool[]): AsyncGenerator<StreamPart, MadeCall[], undefined> {
    const toolCallId = this.#executor.nextId();
    try {
      const { tool, inputText, probability } = yield* this.#ctx.calls.write(this.#writer, {
        toolCallId,
        tools,
        maxTokens: this.#settings.maxArgumentTokens,
        usage: this.#usage,
        sampler: this.#settings.sampleInput ? this.#sampler : undefined,
      });
      const call = await this.#executor.check({ toolCallId, tool, inputText, probability });
      const { input } = call;
      yield { type: "tool-call", toolCallId, toolName: tool.name, inputText, input, probability };
      return [call];
    } catch (error) {
      if (!(error instanceof ToolkenError) || error.code !== "TOOL_ARGUMENTS_INVALID") throw error;
      return [this.#executor.failed({ toolCallId, tool: tools[0]!, error })];
    }
  }

  async *#execute(calls: readonly MadeCall[]): AsyncGenerator<StreamPart, ToolMessage[], undefined> {
    const messages: ToolMessage[] = [];
    const outcomes = calls.map((call) => this.#executor.execute(call));
    for (const [i, call] of calls.entries()) {
      const outcome = await outcomes[i]!;
      if (outcome === undefined) continue;
      const { toolCallId, tool, inputText, input, probability } = call;
      messages.push({ role: "tool", toolCallId, toolName: tool.name, content: outcome.text });
      if (outcome.error !== undefined) {
        const { error } = outcome;
        const { code, message } = error;
        this.#toolErrors.push({ toolCallId, toolName: tool.name, inputText, code, message });
        yield { type: "tool-error", toolCallId, toolName: tool.name, inputText, error };
        continue;
      }
      const place = { start: this.#text.length, end: this.#text.length };
      const made = { inputText, input, outputText: outcome.text, output: outcome.output, probability };
      const toolCall = { toolCallId, toolName: tool.name, ...made, ...place };
      this.#toolCalls.push(toolCall);
      yield { type: "tool-result", ...toolCall };
    }
    return messages;
  }

  /** The step becomes part of the conversation. */
  #keep(step: Step, results: readonly ToolMessage[]): void {
    const toolCalls = step.calls.map(({ toolCallId, tool, input }) => ({
      toolCallId,
      toolName: tool.name,
      input: input ?? {},
    }));
    const content = step.text?.text ?? "";
    const message: AssistantMessage = {
      role: "assistant",
      content,
      ...(toolCalls.length === 0 ? {} : { toolCalls }),
    };
    rememberTurn(this.#sequences, this.#ctx, this.#prompt, message, step.calls);
    this.#text = content;
    this.#logprobs = step.text?.logprobs ?? [];
    this.#messages.push(message, ...results);
    this.#added.push(message, ...results);
  }

  #reasonToEnd(step: Step, results: readonly ToolMessage[], count: number): FinishReason | undefined {
    if (step.ended) return step.text!.end as FinishReason;
    // Calls of tools without `execute` are the caller's.
    if (results.length < step.calls.length) return "tool-calls";
    return count >= this.#settings.maxSteps ? "tool-calls" : undefined;
  }

  #result(finishReason: FinishReason): GenerateResult {
    return {
      text: this.#text,
      transcript: this.#text,
      toolCalls: [...this.#toolCalls],
      pendingToolCalls: this.#executor.pending,
      toolErrors: [...this.#toolErrors],
      reranks: [],
      messages: [...this.#added],
      ...(this.#settings.topLogprobs === undefined ? {} : { logprobs: this.#logprobs }),
      finishReason,
      usage: this.#usage.read(),
    };
  }
}
