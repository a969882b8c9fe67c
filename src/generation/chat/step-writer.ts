import { ToolkenError } from "../../errors.js";
import type { Message } from "../../prompts/chat/messages.js";
import type { Tool } from "../../tools/index.js";
import type { StreamPart } from "../events.js";
import type { Sampler } from "../sampler.js";
import type { UsageMeter } from "../usage-meter.js";
import type { CallExecutor, MadeCall } from "./call-executor.js";
import type { ChosenTool } from "./name-writer.js";
import type { ChatSettings } from "./settings.js";
import { TextWriter, type WrittenText } from "./text-writer.js";
import type { TokenWriter } from "./token-writer.js";
import type { TurnContext } from "./turn-context.js";

/** What the assistant may do in a step. */
export type Mode = "auto" | "none" | "required";

/** What the model has written in a step. */
export interface Step {
  readonly text: WrittenText | undefined;
  readonly calls: readonly MadeCall[];
  readonly ended: boolean;
}

/** Calls of one step. */
const MAX_PARALLEL_CALLS = 8;

/** White space between two calls. */
const MAX_TOKENS_BETWEEN_CALLS = 4;

/** Writes the texts and calls of one turn's steps. */
export class StepWriter {
  readonly #ctx: TurnContext;
  readonly #settings: ChatSettings;
  readonly #writer: TokenWriter;
  readonly #executor: CallExecutor;
  readonly #sampler: Sampler;
  readonly #usage: UsageMeter;
  /** Of the call that is opened next. */
  #nextId: string | undefined;
  /** The tool that the model has named where it opened a call in its text. */
  #opened: ChosenTool | undefined;

  constructor(
    ctx: TurnContext,
    settings: ChatSettings,
    turn: {
      readonly writer: TokenWriter;
      readonly executor: CallExecutor;
      readonly sampler: Sampler;
      readonly usage: UsageMeter;
    },
  ) {
    this.#ctx = ctx;
    this.#settings = settings;
    this.#writer = turn.writer;
    this.#executor = turn.executor;
    this.#sampler = turn.sampler;
    this.#usage = turn.usage;
  }

  /** Text, and the calls that the model opens in it. */
  async *freeText(
    mode: Mode,
    tools: readonly Tool[],
    messages: readonly Message[],
  ): AsyncGenerator<StreamPart, Step, undefined> {
    const maxTokens = this.#settings.maxOutputTokens - this.#usage.textTokens;
    const afterResult = messages.at(-1)?.role === "tool";
    const { length } = this.#writer;
    let text = yield* this.#text(mode, tools, { maxTokens, afterResult });
    if (text.end !== "call" && this.#wantsCallOrFormat(mode)) {
      // No call: the answer is written in its format, from its beginning.
      await this.#writer.rollBack(length);
      text = yield* this.#text("none", tools, { maxTokens, afterResult });
    }
    if (text.end !== "call") return { text, calls: [], ended: true };
    const closes = this.#settings.parallelToolCalls;
    const calls = yield* this.call(tools, { closes });
    while (closes && calls.length < MAX_PARALLEL_CALLS) {
      if (calls.at(-1)!.error !== undefined || !(await this.#opensAnother(mode, tools))) break;
      calls.push(...(yield* this.call(tools, { closes })));
    }
    return { text, calls, ended: false };
  }

  /** A call of one of the tools: the one that the model has opened, or else the most probable. */
  async *call(
    tools: readonly Tool[],
    { closes = false } = {},
  ): AsyncGenerator<StreamPart, MadeCall[], undefined> {
    const toolCallId = this.#takeId();
    const opened = this.#opened;
    this.#opened = undefined;
    try {
      const { tool, inputText, probability } = yield* this.#ctx.calls.write(this.#writer, {
        toolCallId,
        tools,
        opened,
        closes,
        maxTokens: this.#settings.maxArgumentTokens,
        usage: this.#usage,
        sampler: this.#settings.sampleInput ? this.#sampler : undefined,
        signatureOf: this.#settings.signatureOf,
      });
      const call = await this.#executor.check({ toolCallId, tool, inputText, probability });
      const { input } = call;
      yield { type: "tool-call", toolCallId, toolName: tool.name, inputText, input, probability };
      return [call];
    } catch (error) {
      if (!(error instanceof ToolkenError) || error.code !== "TOOL_ARGUMENTS_INVALID") throw error;
      return [this.#executor.failed({ toolCallId, tool: opened?.tool ?? tools[0]!, error })];
    }
  }

  /**
   * A call of the tool that a head has chosen. One that was made in this turn is dropped: nothing of it is given
   * out or stays in the sequence.
   *
   * @returns undefined where the call was dropped
   */
  async *newCall(tool: Tool): AsyncGenerator<StreamPart, readonly MadeCall[] | undefined, undefined> {
    const { length } = this.#writer;
    const held: StreamPart[] = [];
    let inputText = "";
    let isNew = false;
    const parts = this.call([tool]);
    for (;;) {
      const next = await parts.next();
      if (next.done === true) {
        if (isNew || !next.value.some((call) => this.#executor.isRepeated(call))) {
          yield* held;
          return next.value;
        }
        await this.#writer.rollBack(length);
        return undefined;
      }
      held.push(next.value);
      if (next.value.type === "tool-input-delta") inputText += next.value.delta;
      isNew ||= !this.#executor.mayRepeat(tool, inputText);
      if (isNew) yield* held.splice(0);
    }
  }

  async *#text(
    mode: Mode,
    tools: readonly Tool[],
    { maxTokens, afterResult }: { readonly maxTokens: number; readonly afterResult: boolean },
  ): AsyncGenerator<StreamPart, WrittenText, undefined> {
    const { format, grammars, tokenizer, probe } = this.#ctx;
    const { responseFormat, documentedTools, stopSequences, topLogprobs } = this.#settings;
    const mayOpen = documentedTools.length > 0;
    const onlyCall = this.#wantsCallOrFormat(mode);
    // Where a head decides, calls of the conversation must not be imitated in the text.
    const forbidsCalls = mode === "none" || probe !== undefined;
    const watches = mayOpen || probe !== undefined;
    const grammar =
      responseFormat === undefined || onlyCall
        ? undefined
        : grammars.state(responseFormat.key, responseFormat.gbnf);
    const { trigger, startsTurn, lenient } = format.syntax;
    // After a result, what begins like a call is one.
    const whole = afterResult && forbidsCalls ? lenient.toName : lenient.whole;
    const opening = { text: trigger, atStart: startsTurn, lenient: { ...lenient, whole } };
    try {
      const settings = {
        maxTokens: Math.max(1, maxTokens),
        stopSequences: [...stopSequences, ...format.stopSequences],
        opening: watches && grammar === undefined ? opening : undefined,
        mayCall: forbidsCalls ? () => Promise.resolve(false) : this.#opens(tools),
        // After results, silence answers nothing.
        mustWrite: afterResult,
        grammar,
        onlyCall,
        topLogprobs,
        sampler: this.#sampler,
        usage: this.#usage,
      };
      return yield* new TextWriter(this.#writer, tokenizer, settings).write();
    } finally {
      grammar?.dispose();
    }
  }

  /** Whether the model may call one of the listed tools, and else answers in a format. */
  #wantsCallOrFormat(mode: Mode): boolean {
    const { responseFormat, documentedTools } = this.#settings;
    return responseFormat !== undefined && documentedTools.length > 0 && mode === "auto";
  }

  /** Whether the model would name one of the tools in a call; asked once for a text. */
  #opens(tools: readonly Tool[]): () => Promise<boolean> {
    let isRejected = false;
    return async () => {
      if (isRejected) return false;
      this.#nextId ??= this.#executor.nextId();
      const call = { toolCallId: this.#nextId, tools, usage: this.#usage };
      this.#opened = await this.#ctx.calls.open(this.#writer, call);
      isRejected = this.#opened === undefined;
      return !isRejected;
    };
  }

  /** Whether the model opens another call after one; what else it would write is not kept. */
  async #opensAnother(mode: Mode, tools: readonly Tool[]): Promise<boolean> {
    const { length } = this.#writer;
    const before = this.#usage.textTokens;
    const { tokenizer, format } = this.#ctx;
    const maxTokens = MAX_TOKENS_BETWEEN_CALLS + tokenizer.encode(format.syntax.trigger).length;
    const parts = this.#text(mode, tools, { maxTokens, afterResult: false });
    let next = await parts.next();
    while (next.done !== true) next = await parts.next();
    this.#usage.textTokens = before;
    if (next.value.end === "call" && next.value.text.trim() === "") return true;
    this.#opened = undefined;
    await this.#writer.rollBack(length);
    return false;
  }

  #takeId(): string {
    const id = this.#nextId ?? this.#executor.nextId();
    this.#nextId = undefined;
    return id;
  }
}
