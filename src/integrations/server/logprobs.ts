import type { TokenLogprob } from "../../generation/events.js";
import type { Tokenizer } from "../../model/tokenizer.js";

/** What OpenAI writes for a probability of 0; JSON has no infinity. */
const LOWEST = -9999;

/** `logprobs` of a choice of a chat completion. */
export function choiceLogprobs(tokens: readonly TokenLogprob[] | undefined, tokenizer: Tokenizer) {
  return tokens === undefined ? null : { content: textLogprobs(tokens, tokenizer), refusal: null };
}

/** Tokens with their log-probabilities, bytes, and the most probable ones in their place. */
export function textLogprobs(tokens: readonly TokenLogprob[], tokenizer: Tokenizer) {
  const of = ({ token, text, logprob }: Omit<TokenLogprob, "top">) => ({
    token: text,
    logprob: Math.max(LOWEST, logprob),
    bytes: Array.from(tokenizer.piece(token)),
  });
  return tokens.map((token) => ({ ...of(token), top_logprobs: token.top.map(of) }));
}
