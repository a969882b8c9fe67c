import { throwIfAborted } from "../../errors.js";
import type { AssistantMessage, Message, ToolMessage } from "../../prompts/chat/messages.js";
import type { Tool } from "../../tools/index.js";
import { finishPart } from "../events.js";
import type { FinishReason, GenerateResult, StreamPart, ToolCall, ToolCallError } from "../events.js";
import { Sampler } from "../sampler.js";
import { nothingToCall } from "../settings.js";
import { UsageMeter } from "../usage-meter.js";
import { CallExecutor, type MadeCall } from "./call-executor.js";
import type { ChatSettings } from "./settings.js";
import { type Mode, type Step, StepWriter } from "./step-writer.js";
import type { WrittenText } from "./text-writer.js";
import { rememberTurn } from "./remember-turn.js";
import { TokenWriter } from "./token-writer.js";
import type { TurnContext, TurnSequences } from "./turn-context.js";

/** One assistant turn: steps of text and calls until the model answers without a call. */
export class Turn {
  readonly #ctx: TurnContext;
  readonly #sequences: TurnSequences;
  readonly #settings: ChatSettings;
  readonly #messages: Message[];
  readonly #added: Message[] = [];
  /** Messages of steps that repeated earlier calls and did nothing else. */
  readonly #repeats = new Set<Message>();
  readonly #usage = new UsageMeter();
  readonly #writer: TokenWriter;
  readonly #executor: CallExecutor;
  readonly #steps: StepWriter;
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
    this.#writer = new TokenWriter(sequences.conversation, ctx.tokenizer, this.#usage, settings.signal);
    this.#executor = new CallExecutor(settings, messages);
    this.#steps = new StepWriter(ctx, settings, {
      writer: this.#writer,
      executor: this.#executor,
      sampler: new Sampler(settings.sampling),
      usage: this.#usage,
    });
  }

  /** Messages that the turn has added so far: those of its finished steps, without mere repetitions once they end. */
  get added(): readonly Message[] {
    return this.#added;
  }

  async *parts(): AsyncGenerator<StreamPart, void, undefined> {
    let mode = this.#firstMode();
    let tools = this.#settings.tools;
    for (let count = 1; ;) {
      throwIfAborted(this.#settings.signal);
      const step = yield* this.#step(mode, tools);
      const executed: ToolMessage[] = [];
      try {
        yield* this.#execute(step.calls, executed);
      } catch (error) {
        // What has been done stays in the conversation, and with it what was not.
        if (executed.length > 0) this.#keep(step, [...executed, ...unanswered(step.calls, executed)]);
        throw error;
      }
      this.#keep(step, executed);
      const reason = this.#reasonToEnd(step, executed, count);
      if (reason !== undefined) {
        yield finishPart(this.#result(reason));
        return;
      }
      mode = this.#executor.endsToolUse ? "none" : "auto";
      if (mode === "none") this.#dropRepeats();
      tools = this.#settings.tools;
      const retried = this.#executor.retry;
      if (retried === undefined) count++;
      else [mode, tools] = ["required", [retried]];
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
    if (mode === "required") {
      const chosen = yield* this.#decide(mode, tools);
      if (chosen.length === 0) throw nothingToCall(this.#settings.toolChoice);
      return { text: undefined, calls: yield* this.#steps.call(chosen), ended: false };
    }
    if (mode === "auto" && probe !== undefined) {
      const [tool] = yield* this.#decide(mode, tools);
      const calls = tool && (yield* this.#steps.newCall(tool));
      if (calls !== undefined) return { text: undefined, calls, ended: false };
      // No tool, or the same call again: the head has nothing to call.
      return yield* this.#steps.freeText("none", tools, this.#messages);
    }
    return yield* this.#steps.freeText(mode, tools, this.#messages);
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

  /** @param messages gets the results, in the order of the calls */
  async *#execute(
    calls: readonly MadeCall[],
    messages: ToolMessage[],
  ): AsyncGenerator<StreamPart, void, undefined> {
    const outcomes = calls.map((call) => this.#executor.execute(call));
    // The first that fails ends the loop; nobody waits for the others.
    for (const outcome of outcomes) outcome.catch(() => undefined);
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
    const repeats = step.calls.filter(({ toolCallId }) => this.#isRepeat(toolCallId));
    if (content.trim() === "" && repeats.length > 0 && repeats.length === step.calls.length) {
      for (const one of [message, ...results]) this.#repeats.add(one);
    }
  }

  #isRepeat(id: string): boolean {
    return this.#toolErrors.some(({ toolCallId, code }) => toolCallId === id && code === "TOOL_REPEATED");
  }

  /** A small model would answer with what it has read of its repetitions. */
  #dropRepeats(): void {
    for (const messages of [this.#messages, this.#added]) {
      const kept = messages.filter((message) => !this.#repeats.has(message));
      messages.splice(0, messages.length, ...kept);
    }
  }

  #reasonToEnd(step: Step, results: readonly ToolMessage[], count: number): FinishReason | undefined {
    if (step.ended) return step.text!.end as FinishReason;
    // Calls of tools without `execute` are the caller's.
    if (results.length < step.calls.length) return "tool-calls";
    // Input that is decoded once more belongs to the same step.
    if (this.#executor.retry !== undefined) return undefined;
    // The step after the end of tool use makes no call.
    return count >= this.#settings.maxSteps && !this.#executor.endsToolUse ? "tool-calls" : undefined;
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

/** Results of calls that were not executed to their end: a conversation has one for each call. */
function unanswered(calls: readonly MadeCall[], results: readonly ToolMessage[]): ToolMessage[] {
  return calls
    .filter(({ toolCallId }) => !results.some((result) => result.toolCallId === toolCallId))
    .map(({ toolCallId, tool }) => ({
      role: "tool",
      toolCallId,
      toolName: tool.name,
      content: "Error: the call was aborted",
    }));
}
