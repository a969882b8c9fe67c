import { AIMessage, AIMessageChunk, type UsageMetadata } from "@langchain/core/messages";
import type { InvalidToolCall, ToolCall } from "@langchain/core/messages/tool";
import { ChatGenerationChunk } from "@langchain/core/outputs";
import type { GenerateResult, StreamPart, Usage } from "../../generation/events.js";

export function readResult(result: GenerateResult, model: string): AIMessage {
  const { text, pendingToolCalls = [], toolErrors, usage } = result;
  return new AIMessage({
    content: text,
    tool_calls: pendingToolCalls.map(({ toolCallId, toolName, input }): ToolCall => ({
      type: "tool_call",
      id: toolCallId,
      name: toolName,
      args: input as Record<string, unknown>,
    })),
    invalid_tool_calls: toolErrors.map(({ toolCallId, toolName, inputText, message }): InvalidToolCall => ({
      type: "invalid_tool_call",
      id: toolCallId,
      name: toolName,
      args: inputText,
      error: message,
    })),
    usage_metadata: readUsage(usage),
    response_metadata: responseMetadata(result, model),
  });
}

/** Parts of an engine's answer as chunks. */
export class ToChunks {
  readonly #model: string;
  #calls = -1;

  constructor(model: string) {
    this.#model = model;
  }

  /** Undefined for parts that LangChain has no counterpart for. */
  chunk(part: StreamPart): ChatGenerationChunk | undefined {
    switch (part.type) {
      case "text-delta":
        return part.text === "" ? undefined : chunkOf({ content: part.text });
      case "tool-input-start": {
        const { toolCallId: id, toolName: name } = part;
        return this.#call({ id, name, args: "" }, ++this.#calls);
      }
      case "tool-input-delta":
        return this.#call({ args: part.delta }, this.#calls);
      case "finish":
        return chunkOf({
          content: "",
          usage_metadata: readUsage(part.usage),
          response_metadata: responseMetadata(part.result, this.#model),
        });
      default:
        return undefined;
    }
  }

  #call(call: { id?: string; name?: string; args: string }, index: number): ChatGenerationChunk {
    return chunkOf({ content: "", tool_call_chunks: [{ ...call, index, type: "tool_call_chunk" }] });
  }
}

function chunkOf(
  fields: { content: string } & ConstructorParameters<typeof AIMessageChunk>[0] & object,
): ChatGenerationChunk {
  return new ChatGenerationChunk({ text: fields.content, message: new AIMessageChunk(fields) });
}

function responseMetadata({ finishReason }: GenerateResult, model: string): Record<string, unknown> {
  const reason = finishReason === "tool-calls" ? "tool_calls" : finishReason;
  return { model, model_provider: "toolken", finish_reason: reason };
}

/** `never`: with exact optional properties the constructors take nothing else. */
function readUsage({ inputTokens, outputTokens, totalTokens, details }: Usage): never {
  const usage: UsageMetadata = {
    input_tokens: inputTokens,
    output_tokens: outputTokens,
    total_tokens: totalTokens,
    input_token_details: { cache_read: details.cachedTokens },
  };
  return usage as never;
}
