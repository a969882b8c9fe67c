export { ToolkenError, type ToolkenErrorCode } from "./errors.js";

export { loadModel, type LoadModelOptions } from "./model/load-model.js";
export { Model } from "./model/model.js";
export type { ModelFacts } from "./model/facts.js";
export { Tokenizer } from "./model/tokenizer.js";
export { onLog, type LogEntry } from "./native/log.js";
export { pullModel, type PullOptions } from "./model/pull.js";
export { quantizeModel, type QuantizeOptions } from "./model/quantize.js";

export { ToolHead } from "./head/tool-head.js";
export { importHead } from "./head/import-head.js";
export { Reranker } from "./reranker/reranker.js";
export { importReranker } from "./reranker/import-reranker.js";

export type { Tools } from "./tools/tool-set.js";
export { defineTool, type Tool, type ToolContext, type ToolDefinition } from "./tools/tool.js";
export { mathTools } from "./tools/math.js";

export type { PromptsOption } from "./prompts/prompts.js";

export { createEngine } from "./engine/create-engine.js";
export type { EngineOptions } from "./engine/prepare-engine.js";
export type { Chat } from "./generation/chat/chat.js";
export type { Message, MessageInput } from "./prompts/chat/messages.js";
export type { Engine } from "./generation/engine.js";
export type { CallSettings, ChatOptions, GenerateOptions, ToolChoice } from "./generation/options.js";
export type {
  FinishReason,
  GenerateResult,
  PendingToolCall,
  StreamPart,
  ToolCall,
  ToolCallError,
  Usage,
} from "./generation/events.js";

export { trainHead } from "./training/train-head.js";

export { diagnose } from "./native/diagnose.js";
export { buildFromSource, type BuildOptions } from "./native/build.js";
