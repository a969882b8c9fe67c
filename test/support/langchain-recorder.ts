import { BaseCallbackHandler } from "@langchain/core/callbacks/base";
import type { LLMResult } from "@langchain/core/outputs";

/** What LangChain tells its callbacks. */
export class Recorder extends BaseCallbackHandler {
  readonly name = "recorder";
  readonly tokens: string[] = [];
  usage: unknown;
  /** Options of the last call, as traced. */
  options: unknown;

  override handleChatModelStart(...given: unknown[]): void {
    this.options = (given[4] as { readonly options?: unknown } | undefined)?.options;
  }

  override handleLLMNewToken(token: string): void {
    this.tokens.push(token);
  }

  override handleLLMEnd(output: LLMResult): void {
    this.usage = output.llmOutput?.tokenUsage;
  }
}
