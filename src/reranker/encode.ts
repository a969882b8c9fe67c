// The prompt in tokens. Its two parts are tokenized apart, so that every call of the same candidates begins alike.
import type { Tokenizer } from "../model/tokenizer.js";
import type { RerankPrompt } from "./prompt.js";

export interface EncodedRerankPrompt {
  /** BOS if the model has one, and the documentation: what calls of the same candidates share. */
  readonly prefix: Int32Array;
  /** The prefix and the rest; the reranker scores the hidden state of the last token. */
  readonly tokens: Int32Array;
}

export function encodeRerankPrompt(
  tokenizer: Pick<Tokenizer, "addsBos" | "bos" | "encode">,
  { documentation, rest }: RerankPrompt,
): EncodedRerankPrompt {
  const bos = tokenizer.addsBos && tokenizer.bos !== null ? [tokenizer.bos] : [];
  const prefix = Int32Array.from([...bos, ...tokenizer.encode(documentation)]);
  return { prefix, tokens: Int32Array.from([...prefix, ...tokenizer.encode(rest)]) };
}
