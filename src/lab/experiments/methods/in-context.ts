// The baseline that tool heads are measured against: every tool stands in the prompt, and calls are plain text.
import { ToolkenError } from "../../../errors.js";
import type { Answering } from "../../evaluation/evaluate.js";
import type { GenerateResult, ToolCallError, ToolCall } from "../../../generation/events.js";
import { callId } from "../../../generation/events.js";
import { DEFAULT_STOPS, type PromptOptions, type CallSettings } from "../../../generation/options.js";
import { createEngine } from "../../../generation/create-engine.js";
import { addUsage, usageOf } from "../../../generation/usage-meter.js";
import type { Engine } from "../../../generation/engine.js";
import { type Prompts, QUESTION_SLOT, splitAtQuestion } from "../../../prompts/prompts.js";
import { executeTool, type Tool, toolSet, callSignature, type ToolSet } from "../../../tools/index.js";
import type { MethodSetup } from "./method.js";
import type { OpenMethod } from "./method.js";

const MOST_DEMONSTRATIONS = 4;
const CALL = /<([A-Za-z_][A-Za-z0-9_.-]*)>\(([^\n]*?)\)=/u;
const CALL_AT_END = new RegExp(`${CALL.source}$`, "u");

/** Answers by the model alone, with the tools' descriptions and some of their demonstrations before the question. */
export async function openInContext(setup: MethodSetup): Promise<OpenMethod> {
  const { model, tools, prompts, chat, answer } = setup;
  const { before, after } = splitAtQuestion(prompts.general);
  const { parallel, batchInvariant, contextSize } = answer;
  const engine = await createEngine(model, {
    prompts: {
      general: `${toolList(tools, prompts)}\n\n${lastParagraph(before)}${QUESTION_SLOT}${after}`,
    },
    chat,
    parallel,
    batchInvariant,
    contextSize,
  });
  return new InContext(engine, toolSet(tools));
}

/** The list of tools and worked examples with calls, as the prompt begins. */
export function toolList(tools: readonly Tool[], prompts: Prompts): string {
  const lines = tools.map((tool) => `${callSignature(tool)}: ${tool.description}`);
  const worked = tools
    .map((tool) => demonstration(tool, prompts.tools[tool.name]))
    .filter((example) => example !== undefined)
    .slice(0, MOST_DEMONSTRATIONS);
  return [
    "Answer the questions. A tool is called as <name>(arguments)= and its result is written behind it. The tools are:",
    lines.join("\n"),
    ...worked,
  ].join("\n\n");
}

/** The first worked example of a tool's prompt that calls it. */
function demonstration(tool: Tool, prompt: string | undefined): string | undefined {
  const paragraphs = (prompt ?? tool.demonstrations ?? "").split(/\n\s*\n/u);
  return paragraphs.find((text) => text.includes(`<${tool.name}>(`) && !text.includes(QUESTION_SLOT))?.trim();
}

/** `Q: ` of a few-shot prompt whose examples are replaced. */
function lastParagraph(text: string): string {
  return text.split(/\n\s*\n/u).at(-1)!;
}

class InContext implements Answering, AsyncDisposable {
  readonly #toolken: Engine;
  readonly tools: ToolSet;

  constructor(engine: Engine, tools: ToolSet) {
    this.#toolken = engine;
    this.tools = tools;
  }

  get model(): Engine["model"] {
    return this.#toolken.model;
  }

  get prompts(): readonly unknown[] {
    return [this.#toolken.prompts.general];
  }

  get parallel(): number {
    return this.#toolken.parallel;
  }

  generate({ prompt, ...options }: PromptOptions): Promise<GenerateResult> {
    return answerInContext(
      (prefill, rest) => this.#toolken.generate({ prompt, ...rest, responsePrefix: prefill }),
      this.tools,
      options,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#toolken.dispose();
  }
}

/**
 * An answer in which the model writes its calls as text: where one ends, the tool runs, and its result takes the call's
 * place before the model goes on. A call that fails stays as it was written, and the model goes on by itself.
 *
 * @param goOn what the model writes behind the question and the text so far
 */
export async function answerInContext(
  goOn: (text: string, options: CallSettings) => Promise<GenerateResult>,
  tools: ToolSet,
  options: CallSettings,
): Promise<GenerateResult> {
  const {
    maxToolCalls: maxCalls = 16,
    maxOutputTokens: maxTokens = 512,
    stopSequences: stop = DEFAULT_STOPS,
    signal,
  } = options;
  const calls: ToolCall[] = [];
  const failedCalls: ToolCallError[] = [];
  let [text, transcript] = ["", ""];
  let usage = usageOf({});
  let attempts = 0;
  for (;;) {
    const mayCall = attempts < maxCalls;
    const part = await goOn(text, {
      ...options,
      toolChoice: undefined,
      maxOutputTokens: Math.max(1, maxTokens - usage.details.textTokens),
      stopSequences: mayCall ? [CALL, ...stop] : stop,
    });
    usage = addUsage(usage, part.usage);
    const written = mayCall && part.finishReason === "stop" ? CALL_AT_END.exec(part.text) : null;
    transcript += part.text;
    if (written === null || usage.details.textTokens >= maxTokens) {
      const finishReason = written === null ? part.finishReason : "length";
      return {
        text: text + part.text,
        transcript,
        toolCalls: calls,
        toolErrors: failedCalls,
        reranks: [],
        finishReason,
        usage,
      };
    }
    const [whole, name, argumentsText] = written;
    attempts++;
    const toolCallId = callId(calls.length + failedCalls.length);
    const call = await execute(tools, { toolCallId, toolName: name!, inputText: argumentsText! }, signal);
    if ("code" in call) {
      // Nothing is put in, the model has to go on by itself.
      failedCalls.push(call);
      text += part.text;
      continue;
    }
    text += part.text.slice(0, part.text.length - whole.length);
    calls.push({ ...call, start: text.length, end: text.length + call.outputText.length });
    text += call.outputText;
    transcript += call.outputText;
  }
}

async function execute(
  tools: ToolSet,
  {
    toolCallId,
    toolName: tool,
    inputText: argumentsText,
  }: Pick<ToolCall, "toolCallId" | "toolName" | "inputText">,
  signal: AbortSignal | undefined,
): Promise<Omit<ToolCall, "start" | "end"> | ToolCallError> {
  try {
    const { args, value, text } = await executeTool(tools.get(tool), argumentsText, { signal });
    return {
      toolCallId,
      toolName: tool,
      inputText: argumentsText,
      input: args,
      output: value,
      outputText: text,
      probability: Number.NaN,
    };
  } catch (error) {
    if (!isToolFailure(error)) throw error;
    return { toolCallId, toolName: tool, inputText: argumentsText, code: error.code, message: error.message };
  }
}

/** Whether an error is the call's own: the model's arguments, the tool, or a tool that there is not. */
export function isToolFailure(error: unknown): error is ToolkenError {
  return error instanceof ToolkenError && (error.code.startsWith("TOOL_") || error.code === "UNKNOWN_TOOL");
}
