// The rival: node-llama-cpp's function calling, which lists the functions in the chat's system prompt.
import type { ChatSessionModelFunctions, LlamaContext } from "node-llama-cpp";
import { abortError, ToolkenError } from "../../../errors.js";
import type { Answering } from "../../evaluation/evaluate.js";
import type { GenerateResult, ToolCallError, ToolCall } from "../../../generation/events.js";
import { usageOf } from "../../../generation/usage-meter.js";
import { callId } from "../../../generation/events.js";
import type { PromptOptions } from "../../../generation/options.js";
import type { Model } from "../../../model/model.js";
import { type NodeLlamaCpp, nodeLlamaCpp } from "../../../model/peer.js";
import { argumentsTextOf, executeTool, inputSchemaOf, toolSet, type ToolSet } from "../../../tools/index.js";
import { promptWithin } from "./bounded-prompt.js";
import { isToolFailure } from "./in-context.js";
import type { MethodSetup } from "./method.js";
import type { OpenMethod } from "./method.js";

const SYSTEM_PROMPT =
  "Answer the question. Call functions for what you can't know or compute. End with one line of the form: The answer is 42.";
const CONTEXT_SIZE = 4096;
/** Tokens of an answer with its calls, as a multiple of those that its text may have. */
const CALLS_SHARE = 2;

/** Answers through node-llama-cpp on the same file of the model, one question at a time. @throws `PACKAGE_MISSING` */
export async function openFunctionCalling(setup: MethodSetup): Promise<OpenMethod> {
  const { model, tools, answer } = setup;
  const peer = await nodeLlamaCpp("Function calling needs");
  const llama = await peer
    .getLlama({ gpu: false, build: "never", progressLogs: false })
    .catch((cause: unknown) => {
      throw openingError(cause);
    });
  try {
    const loaded = await llama.loadModel({ modelPath: model.path });
    const context = await loaded.createContext({
      contextSize: Math.min(answer.contextSize ?? CONTEXT_SIZE, loaded.trainContextSize),
      // By itself it takes at least four threads, which on fewer cores wait for each other.
      threads: model.threads > 0 ? model.threads : llama.cpuMathCores,
    });
    return new FunctionCalling(peer, context, model, toolSet(tools), () => llama.dispose());
  } catch (cause) {
    await llama.dispose();
    throw openingError(cause);
  }
}

function openingError(cause: unknown): ToolkenError {
  if (cause instanceof ToolkenError) return cause;
  return new ToolkenError(
    "MODEL_LOAD_FAILED",
    `node-llama-cpp could not open the model for function calling: ${reasonOf(cause)}`,
    { cause },
  );
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

class FunctionCalling implements Answering, AsyncDisposable {
  readonly parallel = 1;
  readonly prompts = SYSTEM_PROMPT;
  readonly model: Model;
  readonly tools: ToolSet;
  readonly #peer: NodeLlamaCpp;
  readonly #context: LlamaContext;
  readonly #sequence: ReturnType<LlamaContext["getSequence"]>;
  readonly #dispose: () => Promise<void>;

  constructor(
    peer: NodeLlamaCpp,
    context: LlamaContext,
    model: Model,
    tools: ToolSet,
    dispose: () => Promise<void>,
  ) {
    this.#peer = peer;
    this.#context = context;
    this.#sequence = context.getSequence();
    this.model = model;
    this.tools = tools;
    this.#dispose = dispose;
  }

  async generate({ prompt: question, ...options }: PromptOptions): Promise<GenerateResult> {
    const {
      signal,
      temperature = 0,
      maxOutputTokens: maxTokens = 512,
      maxToolCalls: maxCalls = 16,
      topK,
      topP,
      minP,
      seed,
    } = options;
    const begin = performance.now();
    const calls: ToolCall[] = [];
    const failedCalls: ToolCallError[] = [];
    const session = new this.#peer.LlamaChatSession({
      contextSequence: this.#sequence,
      systemPrompt: SYSTEM_PROMPT,
      autoDisposeSequence: false,
    });
    const before = this.#sequence.tokenMeter.getState();
    const used = (): { usedInputTokens: number; usedOutputTokens: number } =>
      this.#sequence.tokenMeter.diff(before);
    const most = CALLS_SHARE * maxTokens;
    const isSpent = (): boolean => used().usedOutputTokens >= most;
    try {
      const { text, cut } = await promptWithin(
        session,
        question,
        {
          functions: this.#functions(calls, failedCalls, { maxCalls, isSpent, signal }),
          maxParallelFunctionCalls: 1,
          maxTokens,
          temperature,
          ...defined({ topK, topP, minP, seed, signal }),
        },
        { usedTokens: () => used().usedOutputTokens, maxTokens: most },
      );
      const { usedInputTokens } = used();
      const usedOutputTokens = Math.min(most, used().usedOutputTokens);
      return {
        text,
        transcript: text,
        toolCalls: calls,
        toolErrors: failedCalls,
        reranks: [],
        finishReason: cut ? "length" : "stop",
        usage: usageOf({
          promptTokens: usedInputTokens,
          textTokens: usedOutputTokens,
          decodedTokens: usedInputTokens + usedOutputTokens,
          milliseconds: performance.now() - begin,
        }),
      };
    } catch (cause) {
      if (signal?.aborted === true) throw abortError(signal);
      throw fittingError(cause);
    } finally {
      // The sequence keeps its tokens: the next question's system prompt is the same.
      session.dispose({ disposeSequence: false });
    }
  }

  #functions(
    calls: ToolCall[],
    failedCalls: ToolCallError[],
    {
      maxCalls,
      isSpent,
      signal,
    }: {
      readonly maxCalls: number;
      /** Whether the answer has come to its bound: what is called after it is not called. */
      readonly isSpent: () => boolean;
      readonly signal: AbortSignal | undefined;
    },
  ): ChatSessionModelFunctions {
    return Object.fromEntries(
      [...this.tools].map((tool) => [
        tool.name,
        this.#peer.defineChatSessionFunction({
          description: tool.description,
          // The peer's type for schemas is narrower than JSON Schema; it refuses at run time what it can't take.
          params: inputSchemaOf(tool) as never,
          handler: async (given: unknown) => {
            if (isSpent()) return { error: "The answer is too long." };
            if (calls.length >= maxCalls) return { error: "No more calls are allowed: answer now." };
            const toolCallId = callId(calls.length + failedCalls.length);
            const argumentsText = argumentsTextOf(tool, given);
            try {
              const { args, value, text } = await executeTool(tool, argumentsText, { signal });
              const place = { start: 0, end: 0, probability: Number.NaN };
              calls.push({
                toolCallId,
                toolName: tool.name,
                inputText: argumentsText,
                input: args,
                output: value,
                outputText: text,
                ...place,
              });
              return { result: text };
            } catch (error) {
              if (!isToolFailure(error)) throw error;
              const { code, message } = error;
              failedCalls.push({ toolCallId, toolName: tool.name, inputText: argumentsText, code, message });
              return { error: message };
            }
          },
        }),
      ]),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.dispose();
    await this.#dispose();
  }
}

/** A question that does not fit is that question's result; evaluation knows it by this code. */
function fittingError(cause: unknown): unknown {
  if (cause instanceof ToolkenError) return cause;
  const message = reasonOf(cause);
  return /context (?:size|shift)|too long|compress/i.test(message)
    ? new ToolkenError("CONTEXT_FULL", `The functions and the question do not fit: ${message}`, { cause })
    : new ToolkenError("DECODE_FAILED", `node-llama-cpp could not answer: ${message}`, { cause });
}

function defined<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
  const entries = Object.entries(value).filter(([, one]) => one !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof T]: Exclude<T[Key], undefined> };
}
