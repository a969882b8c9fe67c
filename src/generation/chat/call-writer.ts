import { ToolkenError } from "../../errors.js";
import { inputGrammar, inputSchemaOf, namesGrammar, type Tool } from "../../tools/index.js";
import type { StreamPart } from "../events.js";
import type { Grammar, GrammarCache } from "../grammars.js";
import type { Sampler } from "../sampler.js";
import type { UsageMeter } from "../usage-meter.js";
import type { CallSyntax } from "../../prompts/chat/call-syntax.js";
import { jsonEnd } from "../../prompts/chat/json-end.js";
import { type ChosenTool, chooseName } from "./name-writer.js";
import type { TokenWriter } from "./token-writer.js";

/** A call as the model wrote it. */
export interface WrittenCall {
  readonly tool: Tool;
  readonly inputText: string;
  /** Of the tool's name, given that there is a call; 1 where the name was forced. */
  readonly probability: number;
}

export interface CallRequest {
  readonly toolCallId: string;
  /** Which of them may be called. */
  readonly tools: readonly Tool[];
  /** Of the input. */
  readonly maxTokens: number;
  readonly usage: UsageMeter;
  readonly sampler: Sampler | undefined;
  /** Whether the call's closing text is read now, because another call may follow; else it comes with the next prompt. */
  readonly closes: boolean;
  /** Read before the call of the tool, and dropped after it. */
  readonly signatureOf: (tool: Tool) => string | undefined;
}

/** Decodes calls under grammars: one of the names, then JSON under the tool's schema. */
export class CallWriter {
  readonly #syntax: CallSyntax;
  readonly #grammars: GrammarCache;
  readonly #constrained: boolean;

  constructor(syntax: CallSyntax, grammars: GrammarCache, constrained: boolean) {
    this.#syntax = syntax;
    this.#grammars = grammars;
    this.#constrained = constrained;
  }

  /**
   * Opens a call of the tool that the model itself names.
   *
   * @returns undefined, and the sequence as it was, where the model would name none of the tools
   */
  async open(
    writer: TokenWriter,
    { toolCallId, tools, usage }: Pick<CallRequest, "toolCallId" | "tools" | "usage">,
  ): Promise<ChosenTool | undefined> {
    const open = this.#syntax.open(toolCallId);
    const end = this.#syntax.middle(toolCallId)[0]!;
    return chooseName(writer, tools, { open, end, usage });
  }

  /**
   * Writes one call at the writer's place.
   *
   * @throws ToolkenError `TOOL_ARGUMENTS_INVALID` when the input does not end within `maxTokens`
   */
  async *write(
    writer: TokenWriter,
    call: CallRequest & {
      /** The tool that {@link open} has named; undefined: one of the tools is named here, one alone is forced. */
      readonly opened: ChosenTool | undefined;
    },
  ): AsyncGenerator<StreamPart, WrittenCall, undefined> {
    const { toolCallId, tools, opened, usage } = call;
    const open = this.#syntax.open(toolCallId);
    const middle = this.#syntax.middle(toolCallId);
    let { tool, probability } = opened ?? { tool: tools[0]!, probability: 1 };
    let lead = opened === undefined ? `${open}${tool.name}${middle}` : middle;
    if (opened === undefined && tools.length > 1) {
      ({ tool, probability } = await this.#name(writer, tools, { open, end: middle[0]! }, usage));
      // The name's grammar ends after the character that ends the name.
      lead = middle.slice(1);
    }
    const signature = opened === undefined && tools.length === 1 ? call.signatureOf(tool) : undefined;
    const { length } = writer;
    if (signature !== undefined) await writer.force(signature);
    yield { type: "tool-input-start", toolCallId, toolName: tool.name };
    const inputText = yield* this.#input(writer, tool, lead, call);
    yield { type: "tool-input-end", toolCallId };
    const close = call.closes ? this.#syntax.close(toolCallId) : "";
    if (signature === undefined) await writer.force(close);
    else {
      await writer.rollBack(length);
      await writer.force(`${lead}${inputText}${close}`);
    }
    return { tool, inputText, probability };
  }

  async #name(
    writer: TokenWriter,
    tools: readonly Tool[],
    { open, end }: { readonly open: string; readonly end: string },
    usage: UsageMeter,
  ): Promise<{ tool: Tool; probability: number }> {
    const names = tools.map(({ name }) => name);
    const grammar = this.#grammars.state(`names:${JSON.stringify(names)}${end}`, () =>
      namesGrammar(names, end),
    );
    try {
      await writer.force(open, grammar);
      const decoder = writer.decoder();
      const draft = writer.argumentDraft();
      let text = "";
      let probability = 1;
      while (!grammar.complete()) {
        const output = await writer.output(grammar);
        const token = output.ids[0];
        if (token === undefined) break;
        probability *= output.probs[0]!;
        text += decoder.write(token);
        grammar.accept(token);
        usage.argumentTokens++;
        await writer.write(token, grammar.complete() ? undefined : grammar, (max) =>
          draft.next(text, grammar, max),
        );
      }
      const tool = tools.find(({ name }) => name + end === text);
      if (tool === undefined) throw new ToolkenError("INTERNAL", `No tool is called ${JSON.stringify(text)}`);
      return { tool, probability };
    } finally {
      grammar.dispose();
    }
  }

  async *#input(
    writer: TokenWriter,
    tool: Tool,
    lead: string,
    call: CallRequest,
  ): AsyncGenerator<StreamPart, string, undefined> {
    const { toolCallId, maxTokens, usage, sampler } = call;
    const grammar = this.#grammarOf(tool);
    try {
      await writer.force(lead.trimEnd(), grammar);
      const decoder = writer.decoder();
      const draft = writer.argumentDraft();
      let text = "";
      let released = 0;
      for (let n = 0; n < maxTokens; n++) {
        const output = await writer.output(grammar);
        const token = sampler?.choose(output, () => true, [])?.id ?? output.ids[0];
        if (token === undefined) break;
        text += decoder.write(token);
        grammar?.accept(token);
        usage.argumentTokens++;
        const end = jsonEnd(text);
        const inputText = (end === undefined ? text : text.slice(0, end)).trimStart();
        if (inputText.length > released) {
          yield { type: "tool-input-delta", toolCallId, delta: inputText.slice(released) };
          released = inputText.length;
        }
        if (end !== undefined || grammar?.complete() === true) {
          await writer.write(token);
          return inputText;
        }
        await writer.write(token, grammar, grammar && ((max) => draft.next(text, grammar, max)));
      }
      throw new ToolkenError(
        "TOOL_ARGUMENTS_INVALID",
        `The input of ${tool.name} did not end within ${maxTokens} tokens: ${text.slice(0, 200)}`,
        { hint: "Raise maxArgumentTokens, or shorten what the schema lets the model write." },
      );
    } finally {
      grammar?.dispose();
    }
  }

  #grammarOf(tool: Tool): Grammar | undefined {
    if (!this.#constrained || !tool.grammar) return undefined;
    return this.#grammars.state(`input:${JSON.stringify(inputSchemaOf(tool))}`, () => inputGrammar(tool));
  }
}
