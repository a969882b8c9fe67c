import type { Usage, UsageDetails } from "./events.js";

/** Counts every token that a run sends through the model. */
export class UsageMeter {
  promptTokens = 0;
  cachedTokens = 0;
  textTokens = 0;
  resultTokens = 0;
  probeTokens = 0;
  toolPromptTokens = 0;
  argumentTokens = 0;
  rerankTokens = 0;
  cachedRerankTokens = 0;
  decodedTokens = 0;
  readonly #start = performance.now();

  read(): Usage {
    return usageOf({
      promptTokens: this.promptTokens,
      cachedTokens: this.cachedTokens,
      textTokens: this.textTokens,
      resultTokens: this.resultTokens,
      probeTokens: this.probeTokens,
      toolPromptTokens: this.toolPromptTokens,
      argumentTokens: this.argumentTokens,
      rerankTokens: this.rerankTokens,
      cachedRerankTokens: this.cachedRerankTokens,
      decodedTokens: this.decodedTokens,
      milliseconds: performance.now() - this.#start,
    });
  }
}

const NO_TOKENS: UsageDetails = {
  promptTokens: 0,
  cachedTokens: 0,
  textTokens: 0,
  resultTokens: 0,
  probeTokens: 0,
  toolPromptTokens: 0,
  argumentTokens: 0,
  rerankTokens: 0,
  cachedRerankTokens: 0,
  decodedTokens: 0,
  milliseconds: 0,
};

/** Counts that are not given are 0. */
export function usageOf(counts: Partial<UsageDetails>): Usage {
  const details = { ...NO_TOKENS, ...counts };
  const inputTokens =
    details.promptTokens +
    details.cachedTokens +
    details.toolPromptTokens +
    details.resultTokens +
    details.probeTokens +
    details.rerankTokens +
    details.cachedRerankTokens;
  const outputTokens = details.textTokens + details.argumentTokens;
  return { inputTokens, outputTokens, totalTokens: inputTokens + outputTokens, details };
}

export function addUsage(a: Usage, b: Usage): Usage {
  const names = Object.keys(NO_TOKENS) as (keyof UsageDetails)[];
  return usageOf(Object.fromEntries(names.map((name) => [name, a.details[name] + b.details[name]])));
}
