// node-llama-cpp bounds an answer's text, not a call's parameters: a small model may fill those for ever.
import type { LlamaChatSession, LLamaChatPromptOptions } from "node-llama-cpp";

const WATCH_INTERVAL_MS = 100;

export interface Bound {
  /** Output tokens since the question, those of calls included. */
  readonly usedTokens: () => number;
  readonly maxTokens: number;
}

export interface BoundedResponse {
  readonly text: string;
  /** Whether the answer stopped at a bound rather than by itself. */
  readonly cut: boolean;
}

/**
 * Prompts a chat until its answer ends or its tokens are spent.
 * An answer whose tokens were spent has no text: calls took them.
 *
 * @throws the reason of `options.signal`, and what the peer throws for other reasons than the bound
 */
export async function promptWithin(
  session: Pick<LlamaChatSession, "promptWithMeta">,
  question: string,
  options: LLamaChatPromptOptions,
  { usedTokens, maxTokens }: Bound,
): Promise<BoundedResponse> {
  const { signal } = options;
  const spent = new AbortController();
  const watch = setInterval(() => {
    if (usedTokens() >= maxTokens) spent.abort();
  }, WATCH_INTERVAL_MS);
  try {
    const response = await session.promptWithMeta(question, {
      ...options,
      signal: signal === undefined ? spent.signal : AbortSignal.any([signal, spent.signal]),
      stopOnAbortSignal: true,
    });
    signal?.throwIfAborted();
    // Not what stood there when the watch looked: that would depend on the machine's speed.
    if (usedTokens() >= maxTokens) return { text: "", cut: true };
    return { text: response.responseText, cut: response.stopReason === "maxTokens" };
  } catch (error) {
    if (error !== spent.signal.reason || signal?.aborted === true) throw error;
    return { text: "", cut: true };
  } finally {
    clearInterval(watch);
  }
}
