// Counts every token that a run sends through the model.
import type { Usage } from "./events.js";

export class UsageMeter {
  promptTokens = 0;
  cachedTokens = 0;
  reasoningTokens = 0;
  resultTokens = 0;
  toolPromptTokens = 0;
  argumentTokens = 0;
  rerankTokens = 0;
  cachedRerankTokens = 0;
  decodedTokens = 0;
  readonly #start = performance.now();

  read(): Usage {
    return {
      promptTokens: this.promptTokens,
      cachedTokens: this.cachedTokens,
      reasoningTokens: this.reasoningTokens,
      resultTokens: this.resultTokens,
      toolPromptTokens: this.toolPromptTokens,
      argumentTokens: this.argumentTokens,
      rerankTokens: this.rerankTokens,
      cachedRerankTokens: this.cachedRerankTokens,
      decodedTokens: this.decodedTokens,
      milliseconds: performance.now() - this.#start,
    };
  }
}
