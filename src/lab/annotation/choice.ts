// Which calculation a solution means at a number is asked of a model that can say nothing but what checks out.
import type { Sequence } from "../../generation/sequence.js";
import type { Model } from "../../model/model.js";
import type { Output } from "../../model/context.js";
import type { Grammar } from "../../model/grammar.js";
import { Gbnf, literal } from "../../tools/grammar/gbnf.js";

/** Tokens of a step that the grammar is asked about; it looks at the whole vocabulary when it accepts none of them. */
const CANDIDATE_TOKENS = 512;
/** A way of writing on that is less probable than this is not followed. */
const MIN_PROBABILITY = 0.001;

export interface Continuation {
  /** What the model may write here, each different and none the beginning of another. */
  readonly texts: readonly string[];
  /** White space before each of them. */
  readonly lead: string;
}

/** A grammar whose sentences are the texts. */
export function continuationGrammar({ texts, lead }: Continuation): string {
  const rules = new Gbnf();
  const all = texts.map(literal).join(" | ");
  rules.add("root", lead === "" ? all : `${literal(lead)} (${all})`);
  return rules.toString();
}

/**
 * The probability of each text as what the model writes after `before` under the grammar of these texts: the
 * product of the probabilities of its tokens, each among the tokens that the grammar accepts there. Ways that share
 * their beginning share its decodes, and a way is followed only until one text is left.
 */
export async function chooseContinuation(
  model: Model,
  sequence: Sequence,
  before: Int32Array,
  continuation: Continuation,
  signal?: AbortSignal,
): Promise<number[]> {
  const { texts, lead } = continuation;
  const probabilities = texts.map(() => 0);
  const whole = texts.map((text) => lead + text);
  const kept = Math.min(sequence.commonPrefix(before), before.length - 1);
  await sequence.rollBack(kept);

  const follow = async (
    grammar: Grammar,
    output: Output,
    bytes: Uint8Array,
    probability: number,
  ): Promise<void> => {
    const { length } = sequence;
    for (const [at, token] of output.ids.entries()) {
      const reached = probability * output.probs[at]!;
      if (reached < MIN_PROBABILITY || model.tokenizer.isEndOfGeneration(token)) continue;
      const written = Buffer.concat([bytes, model.tokenizer.piece(token)]);
      const left = whole.flatMap((text, index) =>
        Buffer.from(text).subarray(0, written.length).equals(written) ? [index] : [],
      );
      const [first] = left;
      if (first === undefined) continue;
      if (left.length === 1) {
        probabilities[first]! += reached;
        continue;
      }
      const next = grammar.clone();
      try {
        next.accept(token);
        await sequence.rollBack(length);
        const after = await sequence.append([token], { top: CANDIDATE_TOKENS, grammar: next }, signal);
        await follow(next, after, written, reached);
      } finally {
        next.dispose();
      }
    }
  };

  const grammar = model.createGrammar(continuationGrammar(continuation));
  try {
    const request = { top: CANDIDATE_TOKENS, grammar };
    const output = await sequence.append(before.subarray(kept), request, signal);
    await follow(grammar, output, new Uint8Array(), 1);
  } finally {
    grammar.dispose();
  }
  await sequence.rollBack(before.length);
  return probabilities;
}
