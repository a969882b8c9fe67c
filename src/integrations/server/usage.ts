import type { Usage } from "../../generation/events.js";

/** Token counts of a request's answers, which have one prompt. */
export function promptAndCompletion(usages: readonly (Usage | undefined)[]): {
  readonly input: number;
  readonly cached: number;
  readonly output: number;
} {
  const known = usages.filter((usage) => usage !== undefined);
  const first = known[0];
  return {
    input: first?.inputTokens ?? 0,
    cached: first === undefined ? 0 : first.details.cachedTokens + first.details.cachedRerankTokens,
    output: known.reduce((sum, { outputTokens }) => sum + outputTokens, 0),
  };
}

/** `usage` of chat completions and completions. */
export function completionUsage(usages: readonly (Usage | undefined)[]) {
  const { input, cached, output } = promptAndCompletion(usages);
  return {
    prompt_tokens: input,
    completion_tokens: output,
    total_tokens: input + output,
    prompt_tokens_details: { cached_tokens: cached },
    completion_tokens_details: { reasoning_tokens: 0 },
  };
}
