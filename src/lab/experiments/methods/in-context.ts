// The baseline that tool heads are measured against: every tool stands in the prompt, and calls are plain text.
import { ToolkenError } from "../../../errors.js";
import type { Answering } from "../../evaluation/evaluate.js";
import type { Answer, FailedCall, ToolCall, Usage } from "../../../generation/events.js";
import { DEFAULT_STOPS, type RunOptions } from "../../../generation/options.js";
import { createToolken } from "../../../generation/create-toolken.js";
import type { Toolken } from "../../../generation/toolken.js";
import { type Prompts, QUESTION_SLOT, splitAtQuestion } from "../../../prompts/prompts.js";
import { executeTool, type Tool, toolSet, toolSignature, type ToolSet } from "../../../tools/index.js";
import type { MethodSetup, OpenMethod } from "./open-method.js";

const MOST_DEMONSTRATIONS = 4;
const CALL = /<([A-Za-z_][A-Za-z0-9_.-]*)>\(([^\n]*?)\)=/u;
const CALL_AT_END = new RegExp(`${CALL.source}$`, "u");

/** Answers by the model alone, with the tools' descriptions and some of their demonstrations before the question. */
export async function openInContext(setup: MethodSetup): Promise<OpenMethod> {
  const { model, tools, prompts, chat, answer } = setup;
  const { before, after } = splitAtQuestion(prompts.general);
  const { parallel, batchInvariant, contextSize } = answer;
  const toolken = await createToolken(model, {
    prompts: {
      general: `${toolList(tools, prompts)}\n\n${lastParagraph(before)}${QUESTION_SLOT}${after}`,
    },
    chat,
    parallel,
    batchInvariant,
    contextSize,
  });
  return new InContext(toolken, toolSet(tools));
}

/** The list of tools and worked examples with calls, as the prompt begins. */
export function toolList(tools: readonly Tool[], prompts: Prompts): string {
  const lines = tools.map((tool) => `${toolSignature(tool)}: ${tool.description}`);
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
  readonly #toolken: Toolken;
  readonly tools: ToolSet;

  constructor(toolken: Toolken, tools: ToolSet) {
    this.#toolken = toolken;
    this.tools = tools;
  }

  get model(): Toolken["model"] {
    return this.#toolken.model;
  }

  get prompts(): readonly unknown[] {
    return [this.#toolken.prompts.general];
  }

  get parallel(): number {
    return this.#toolken.parallel;
  }

  run(question: string, options: RunOptions = {}): Promise<Answer> {
    return answerInContext(
      (prefill, rest) => this.#toolken.run(question, { ...rest, prefill }),
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
  goOn: (text: string, options: RunOptions) => Promise<Answer>,
  tools: ToolSet,
  options: RunOptions,
): Promise<Answer> {
  const { maxCalls = 16, maxTokens = 512, stop = DEFAULT_STOPS, signal } = options;
  const calls: ToolCall[] = [];
  const failedCalls: FailedCall[] = [];
  let [text, transcript] = ["", ""];
  let usage = NO_USAGE;
  let attempts = 0;
  for (;;) {
    const mayCall = attempts < maxCalls;
    const part = await goOn(text, {
      ...options,
      toolChoice: undefined,
      maxTokens: Math.max(1, maxTokens - usage.reasoningTokens),
      stop: mayCall ? [CALL, ...stop] : stop,
    });
    usage = sum(usage, part.usage);
    const written = mayCall && part.finishReason === "stop" ? CALL_AT_END.exec(part.text) : null;
    transcript += part.text;
    if (written === null || usage.reasoningTokens >= maxTokens) {
      const finishReason = written === null ? part.finishReason : "length";
      return { text: text + part.text, transcript, calls, failedCalls, reranks: [], finishReason, usage };
    }
    const [whole, name, argumentsText] = written;
    attempts++;
    const call = await execute(tools, name!, argumentsText!, signal);
    if ("code" in call) {
      // Nothing is put in, the model has to go on by itself.
      failedCalls.push(call);
      text += part.text;
      continue;
    }
    text += part.text.slice(0, part.text.length - whole.length);
    calls.push({ ...call, start: text.length, end: text.length + call.result.length });
    text += call.result;
    transcript += call.result;
  }
}

async function execute(
  tools: ToolSet,
  tool: string,
  argumentsText: string,
  signal: AbortSignal | undefined,
): Promise<Omit<ToolCall, "start" | "end"> | FailedCall> {
  try {
    const { args, value, text } = await executeTool(tools.get(tool), argumentsText, { signal });
    return { tool, argumentsText, args, value, result: text, probability: Number.NaN };
  } catch (error) {
    if (!isToolFailure(error)) throw error;
    return { tool, argumentsText, code: error.code, message: error.message };
  }
}

/** Whether an error is the call's own: the model's arguments, the tool, or a tool that there is not. */
export function isToolFailure(error: unknown): error is ToolkenError {
  return error instanceof ToolkenError && (error.code.startsWith("TOOL_") || error.code === "UNKNOWN_TOOL");
}

export const NO_USAGE: Usage = {
  promptTokens: 0,
  cachedTokens: 0,
  reasoningTokens: 0,
  resultTokens: 0,
  toolPromptTokens: 0,
  argumentTokens: 0,
  rerankTokens: 0,
  cachedRerankTokens: 0,
  decodedTokens: 0,
  milliseconds: 0,
};

function sum(a: Usage, b: Usage): Usage {
  const names = Object.keys(a) as (keyof Usage)[];
  return Object.fromEntries(names.map((name) => [name, a[name] + b[name]])) as unknown as Usage;
}
