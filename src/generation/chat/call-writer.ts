import { ToolkenError } from "../../errors.js";
import { inputGrammar, inputSchemaOf, namesGrammar, type Tool } from "../../tools/index.js";
import type { StreamPart } from "../events.js";
import type { Grammar, GrammarCache } from "../grammars.js";
import type { Sampler } from "../sampler.js";
import type { UsageMeter } from "../usage-meter.js";
import type { CallSyntax } from "../../prompts/chat/call-syntax.js";
import { jsonEnd } from "../../prompts/chat/json-end.js";
import type { TokenWriter } from "./token-writer.js";

/** A call as the model wrote it. */
export interface WrittenCall {
  readonly tool: Tool;
  readonly inputText: string;
  /** Of the tool's name, given that there is a call; 1 where the name was forced. */
  readonly probability: number;
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
   * Writes one call at the writer's place, closing text included.
   *
   * @param tools which of them may be called; one alone has its name forced
   * @throws ToolkenError `TOOL_ARGUMENTS_INVALID` when the input does not end within `maxTokens`
   */
  async *write(
    writer: TokenWriter,
    call: {
      readonly toolCallId: string;
      readonly tools: readonly Tool[];
      readonly maxTokens: number;
      readonly usage: UsageMeter;
      readonly sampler: Sampler | undefined;
    },
  ): AsyncGenerator<StreamPart, WrittenCall, undefined> {
    const { toolCallId, tools, usage } = call;
    const open = this.#syntax.open(toolCallId);
    const middle = this.#syntax.middle(toolCallId);
    let [tool] = tools;
    let probability = 1;
    let lead = `${open}${tool!.name}${middle}`;
    if (tools.length > 1) {
      ({ tool, probability } = await this.#name(writer, tools, { open, end: middle[0]! }, usage));
      // The name's grammar ends after the character that ends the name.
      lead = middle.slice(1);
    }
    yield { type: "tool-input-start", toolCallId, toolName: tool!.name };
    const inputText = yield* this.#input(writer, tool!, lead, call);
    yield { type: "tool-input-end", toolCallId };
    await writer.force(this.#syntax.close(toolCallId));
    return { tool: tool!, inputText, probability };
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
        await writer.write(token, grammar.complete() ? undefined : grammar);
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
    call: Parameters<CallWriter["write"]>[1],
  ): AsyncGenerator<StreamPart, string, undefined> {
    const { toolCallId, maxTokens, usage, sampler } = call;
    const grammar = this.#grammarOf(tool);
    try {
      await writer.force(lead.trimEnd(), grammar);
      const decoder = writer.decoder();
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
        await writer.write(token, grammar);
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
