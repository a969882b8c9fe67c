import type { CallbackManagerForLLMRun } from "@langchain/core/callbacks/manager";
import type {
  BaseLanguageModelInput,
  StructuredOutputMethodOptions,
} from "@langchain/core/language_models/base";
import {
  BaseChatModel,
  type BaseChatModelParams,
  type BindToolsInput,
  type LangSmithParams,
} from "@langchain/core/language_models/chat_models";
import type { AIMessageChunk, BaseMessage } from "@langchain/core/messages";
import type { ChatGenerationChunk, ChatResult } from "@langchain/core/outputs";
import type { Runnable } from "@langchain/core/runnables";
import type { SerializableSchema } from "@langchain/core/utils/standard_schema";
import type { ZodV3Like, ZodV4Like } from "@langchain/core/utils/types";
import type { Engine } from "../../generation/engine.js";
import type { CallSettings } from "../../generation/options.js";
import { releaseOnAbort } from "../shared/release-on-abort.js";
import { type ChatToolkenCallOptions, readCallOptions } from "./call-options.js";
import { readMessages } from "./messages.js";
import { readResult, ToChunks } from "./results.js";
import { structuredOutput } from "./structured-output.js";

// eslint-disable-next-line @typescript-eslint/no-explicit-any -- as LangChain has it
type Fields = Record<string, any>;

type Schema<Output extends Fields> =
  SerializableSchema<Output> | ZodV3Like<Output> | ZodV4Like<Output> | Fields;

export interface ChatToolkenParams extends BaseChatModelParams {
  /** Answers; the model does not dispose it. */
  engine: Engine;
  /** Default: the model's name, or its architecture. */
  model?: string;
  /** 0 takes the best token of every step. Default: 0. */
  temperature?: number;
  topP?: number;
  topK?: number;
  seed?: number;
  /** Most tokens of an answer. Default: 512. */
  maxTokens?: number;
  /** Most tokens of one tool call's arguments. Default: 512. */
  maxArgumentTokens?: number;
  /** Texts that end an answer. Default: none. */
  stop?: string[];
}

/**
 * An engine as a chat model of LangChain. Tools are those of `bindTools`; LangChain executes them.
 *
 * @example
 * const engine = await createEngine(await loadModel("model.gguf"));
 * const model = new ChatToolken({ engine }).bindTools([weather]);
 * const { tool_calls } = await model.invoke("What is the weather in Oslo?");
 */
export class ChatToolken extends BaseChatModel<ChatToolkenCallOptions> {
  readonly engine: Engine;
  readonly model: string;
  readonly #defaults: CallSettings;

  static override lc_name(): string {
    return "ChatToolken";
  }

  constructor({
    engine,
    model,
    temperature,
    topP,
    topK,
    seed,
    maxTokens,
    stop,
    ...fields
  }: ChatToolkenParams) {
    const { maxArgumentTokens, ...inherited } = fields;
    super(inherited);
    const { name, architecture } = engine.model.facts;
    this.engine = engine;
    this.model = model ?? (name === "" ? architecture : name);
    const limits = { maxOutputTokens: maxTokens, maxArgumentTokens, stopSequences: stop };
    this.#defaults = { temperature, topP, topK, seed, ...limits };
  }

  override _llmType(): string {
    return "toolken";
  }

  /** Part of the key of LangChain's cache. */
  override _identifyingParams(): Record<string, unknown> {
    return { model: this.model, ...this.#defaults };
  }

  override getLsParams(options: this["ParsedCallOptions"]): LangSmithParams {
    const { temperature, maxOutputTokens } = this.#defaults;
    return {
      ...super.getLsParams(options),
      ls_provider: "toolken",
      ls_model_name: this.model,
      ...(temperature === undefined ? {} : { ls_temperature: temperature }),
      ...(maxOutputTokens === undefined ? {} : { ls_max_tokens: maxOutputTokens }),
    };
  }

  override bindTools(
    tools: BindToolsInput[],
    options: Partial<ChatToolkenCallOptions> = {},
  ): Runnable<BaseLanguageModelInput, AIMessageChunk, ChatToolkenCallOptions> {
    return this.withConfig({ tools, ...options });
  }

  /** An answer under a schema (of zod, Standard Schema or JSON Schema); see {@link StructuredOutputMethodOptions}. */
  override withStructuredOutput<Output extends Fields = Fields>(
    schema: Schema<Output>,
    options?: StructuredOutputMethodOptions,
  ): Runnable<BaseLanguageModelInput, Output>;
  override withStructuredOutput<Output extends Fields = Fields>(
    schema: Schema<Output>,
    options?: StructuredOutputMethodOptions<true>,
  ): Runnable<BaseLanguageModelInput, { raw: BaseMessage; parsed: Output }>;
  override withStructuredOutput(
    schema: Schema<Fields>,
    options: StructuredOutputMethodOptions<boolean> = {},
  ): Runnable<BaseLanguageModelInput, Fields> {
    return structuredOutput(schema as Fields, options, (config) => this.withConfig(config));
  }

  override async _generate(messages: BaseMessage[], options: this["ParsedCallOptions"]): Promise<ChatResult> {
    const settings = readCallOptions(this.#defaults, options);
    const result = await this.engine.generate({ ...settings, messages: readMessages(messages) });
    const message = readResult(result, this.model);
    const { inputTokens, outputTokens, totalTokens } = result.usage;
    return {
      generations: [{ text: result.text, message, generationInfo: message.response_metadata }],
      llmOutput: {
        tokenUsage: { promptTokens: inputTokens, completionTokens: outputTokens, totalTokens },
      },
    };
  }

  override async *_streamResponseChunks(
    messages: BaseMessage[],
    options: this["ParsedCallOptions"],
    runManager?: CallbackManagerForLLMRun,
  ): AsyncGenerator<ChatGenerationChunk> {
    const settings = readCallOptions(this.#defaults, options);
    const convert = new ToChunks(this.model);
    const parts = this.engine.stream({ ...settings, messages: readMessages(messages) });
    for await (const part of releaseOnAbort(parts, settings.signal)) {
      const chunk = convert.chunk(part);
      if (chunk === undefined) continue;
      yield chunk;
      await runManager?.handleLLMNewToken(chunk.text, undefined, undefined, undefined, undefined, { chunk });
    }
  }
}
