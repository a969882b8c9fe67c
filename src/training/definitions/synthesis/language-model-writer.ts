import { ToolkenError, invalidArgument } from "../../../errors.js";
import type { RequestWriter } from "./writer.js";
import { instructionPrompt, numberedLines } from "./writer-prompts.js";

/** What is used of a language model of AI SDK (specification V2 and later). */
export interface LanguageModelLike {
  readonly modelId: string;
  readonly provider?: string | undefined;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- options differ between versions of the specification
  doGenerate(options: any): PromiseLike<{ readonly content: readonly unknown[] }>;
}

export function isLanguageModel(value: unknown): value is LanguageModelLike {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as { doGenerate?: unknown }).doGenerate === "function" &&
    typeof (value as { modelId?: unknown }).modelId === "string"
  );
}

/** A writer that asks any language model of AI SDK, one call per job. */
export function languageModelWriter(
  model: LanguageModelLike,
  { temperature = 0.9 }: { readonly temperature?: number | undefined } = {},
): RequestWriter {
  if (!isLanguageModel(model)) throw invalidArgument("a language model of AI SDK", "writer", model);
  return {
    name: model.provider === undefined ? model.modelId : `${model.provider}/${model.modelId}`,
    async write(job, signal) {
      const { system, user } = instructionPrompt(job);
      const { content } = await model.doGenerate({
        prompt: [
          { role: "system", content: system },
          { role: "user", content: [{ type: "text", text: user }] },
        ],
        temperature,
        maxOutputTokens: 60 * job.tasks.length + 60,
        seed: job.tasks[0]?.seed,
        ...(signal === undefined ? {} : { abortSignal: signal }),
      });
      const text = content.map(textOf).join("");
      if (text.trim() === "") {
        throw new ToolkenError("DECODE_FAILED", `The writer ${model.modelId} returned no text`);
      }
      return numberedLines(text, job.tasks.length);
    },
    dispose: () => Promise.resolve(),
  };
}

function textOf(part: unknown): string {
  const { type, text } = (part ?? {}) as { type?: unknown; text?: unknown };
  return type === "text" && typeof text === "string" ? text : "";
}
