import { z } from "zod";
import { nonEmptyString } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../../utils/options.js";
import type {
  LanguageModelV4,
  LanguageModelV4CallOptions,
  LanguageModelV4GenerateResult,
  LanguageModelV4StreamPart,
  LanguageModelV4StreamResult,
} from "@ai-sdk/provider";
import type { Engine } from "../../generation/engine.js";
import { releaseOnAbort } from "../shared/release-on-abort.js";
import { readCallOptions } from "./call-options.js";
import { finishReasonOf, ToStreamParts, usageOf } from "./stream-parts.js";

const modelOptions = defineOptions({
  modelId: nonEmptyString()
    .optional()
    .describe("Name of the model in responses")
    .meta({ defaultText: "the model's name, or its architecture" }),
  specificationVersion: z
    .enum(["v3", "v4"])
    .default("v4")
    .describe('Version of the provider contract: "v4" for AI SDK 7, "v3" for AI SDK 6'),
});
export type ToolkenModelOptions = OptionsOf<typeof modelOptions>;

/**
 * An engine as a language model of AI SDK: `generateText`, `streamText`, `generateObject` and agents run on it. Tools
 * are those of each request; AI SDK executes them.
 *
 * @example
 * const engine = await createEngine(await loadModel("model.gguf"));
 * const { text } = await generateText({ model: toolken(engine), tools, prompt: "What is the weather in Oslo?" });
 */
export function toolken(engine: Engine, options: ToolkenModelOptions = {}): LanguageModelV4 {
  return new ToolkenLanguageModel(engine, options);
}

class ToolkenLanguageModel implements LanguageModelV4 {
  readonly specificationVersion: "v4";
  readonly provider = "toolken";
  readonly modelId: string;
  readonly supportedUrls = {};
  readonly #engine: Engine;

  constructor(engine: Engine, options: ToolkenModelOptions) {
    const { modelId, specificationVersion } = resolveOptions(modelOptions, options, "toolken");
    this.#engine = engine;
    const { name, architecture } = engine.model.facts;
    this.modelId = modelId ?? (name === "" ? architecture : name);
    // The two versions differ in parts that a local model has none of.
    this.specificationVersion = specificationVersion as "v4";
  }

  async doGenerate(options: LanguageModelV4CallOptions): Promise<LanguageModelV4GenerateResult> {
    const { settings, warnings } = readCallOptions(options);
    const result = await this.#engine.generate(settings);
    const calls = result.pendingToolCalls ?? [];
    return {
      content: [
        ...(result.text === "" ? [] : [{ type: "text" as const, text: result.text }]),
        ...calls.map(({ toolCallId, toolName, inputText }) => ({
          type: "tool-call" as const,
          toolCallId,
          toolName,
          input: inputText,
        })),
      ],
      finishReason: finishReasonOf(result),
      usage: usageOf(result.usage),
      warnings,
      response: { modelId: this.modelId, timestamp: new Date() },
    };
  }

  doStream(options: LanguageModelV4CallOptions): Promise<LanguageModelV4StreamResult> {
    const { settings, warnings } = readCallOptions(options);
    const parts = releaseOnAbort(this.#engine.stream(settings), settings.signal);
    const { modelId } = this;
    const convert = new ToStreamParts();
    const stream = new ReadableStream<LanguageModelV4StreamPart>({
      start(controller) {
        controller.enqueue({ type: "stream-start", warnings });
        controller.enqueue({ type: "response-metadata", modelId, timestamp: new Date() });
      },
      async pull(controller) {
        try {
          const next = await parts.next();
          if (next.done === true) controller.close();
          else for (const part of convert.parts(next.value)) controller.enqueue(part);
        } catch (error) {
          controller.enqueue({ type: "error", error });
          controller.close();
        }
      },
      async cancel() {
        await parts.return?.();
      },
    });
    return Promise.resolve({ stream });
  }
}
