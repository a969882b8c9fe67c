import type {
  LanguageModelV4FinishReason,
  LanguageModelV4StreamPart,
  LanguageModelV4Usage,
} from "@ai-sdk/provider";
import type { GenerateResult, StreamPart, Usage } from "../../generation/events.js";

/** Parts of an engine as parts of AI SDK: text comes in blocks with ids. */
export class ToStreamParts {
  #blocks = 0;
  #open: string | undefined;

  *parts(part: StreamPart): Generator<LanguageModelV4StreamPart, void, undefined> {
    switch (part.type) {
      case "text-delta":
        if (part.text === "") return;
        if (this.#open === undefined) {
          this.#open = String(this.#blocks++);
          yield { type: "text-start", id: this.#open };
        }
        yield { type: "text-delta", id: this.#open, delta: part.text };
        return;
      case "tool-input-start":
        yield* this.#close();
        yield { type: "tool-input-start", id: part.toolCallId, toolName: part.toolName };
        return;
      case "tool-input-delta":
        yield { type: "tool-input-delta", id: part.toolCallId, delta: part.delta };
        return;
      case "tool-input-end":
        yield { type: "tool-input-end", id: part.toolCallId };
        return;
      case "tool-call": {
        const { toolCallId, toolName, inputText } = part;
        yield { type: "tool-call", toolCallId, toolName, input: inputText };
        return;
      }
      case "finish":
        yield* this.#close();
        yield { type: "finish", finishReason: finishReasonOf(part.result), usage: usageOf(part.usage) };
        return;
      default:
    }
  }

  *#close(): Generator<LanguageModelV4StreamPart, void, undefined> {
    if (this.#open !== undefined) yield { type: "text-end", id: this.#open };
    this.#open = undefined;
  }
}

export function finishReasonOf({
  finishReason,
}: Pick<GenerateResult, "finishReason">): LanguageModelV4FinishReason {
  return { unified: finishReason, raw: finishReason };
}

export function usageOf({ inputTokens, outputTokens, details }: Usage): LanguageModelV4Usage {
  const cacheRead = details.cachedTokens + details.cachedRerankTokens;
  return {
    inputTokens: { total: inputTokens, noCache: inputTokens - cacheRead, cacheRead, cacheWrite: undefined },
    outputTokens: { total: outputTokens, text: outputTokens, reasoning: undefined },
  };
}
