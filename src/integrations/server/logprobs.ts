import type { TokenLogprob } from "../../generation/events.js";
import type { Tokenizer } from "../../model/tokenizer.js";

/** What OpenAI writes for a probability of 0; JSON has no infinity. */
const LOWEST = -9999;

/** `logprobs` of a choice of a chat completion. */
export function choiceLogprobs(tokens: readonly TokenLogprob[] | undefined, tokenizer: Tokenizer) {
  if (tokens === undefined) return null;
  const of = ({ token, text, logprob }: Omit<TokenLogprob, "top">) => ({
    token: text,
    logprob: Math.max(LOWEST, logprob),
    bytes: Array.from(tokenizer.piece(token)),
  });
  return {
    content: tokens.map((token) => ({ ...of(token), top_logprobs: token.top.map(of) })),
    refusal: null,
  };
}
