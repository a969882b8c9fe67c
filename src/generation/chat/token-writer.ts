import { throwIfAborted } from "../../errors.js";
import type { Output } from "../../model/context.js";
import type { TokenDecoder, Tokenizer } from "../../model/tokenizer.js";
import { encodeMarked } from "../../prompts/chat/control-text.js";
import type { Grammar } from "../grammars.js";
import { ArgumentDraft } from "../argument-draft.js";
import { type Draft, DraftedSteps } from "../drafted-steps.js";
import type { Sequence } from "../sequence.js";
import type { UsageMeter } from "../usage-meter.js";

const CANDIDATES = 64;
/** Candidates of a step under a grammar; the grammar looks at the whole vocabulary when it accepts none of them. */
const GRAMMAR_CANDIDATES = 32;

/** The sequence that a conversation stands in: one token after the other, or a text at once. */
export class TokenWriter {
  readonly #sequence: Sequence;
  readonly #tokenizer: Tokenizer;
  readonly #usage: UsageMeter;
  readonly #signal: AbortSignal | undefined;
  readonly #steps: DraftedSteps;
  #output: Output | undefined;
  #grammar: Grammar | undefined;

  constructor(sequence: Sequence, tokenizer: Tokenizer, usage: UsageMeter, signal: AbortSignal | undefined) {
    this.#sequence = sequence;
    this.#tokenizer = tokenizer;
    this.#usage = usage;
    this.#signal = signal;
    this.#steps = new DraftedSteps(sequence, GRAMMAR_CANDIDATES, usage);
  }

  get length(): number {
    return this.#steps.length;
  }

  decoder(): TokenDecoder {
    return this.#tokenizer.decoder();
  }

  /** Text of a token by itself; "" of a control token. */
  pieceOf(token: number): string {
    return this.#tokenizer.isControl(token) ? "" : new TextDecoder().decode(this.#tokenizer.piece(token));
  }

  /** Makes the sequence hold exactly these tokens; what it holds already is not decoded again. */
  async prompt(tokens: Int32Array): Promise<void> {
    await this.#steps.settle();
    const kept = Math.min(this.#sequence.commonPrefix(tokens), tokens.length - 1);
    await this.#sequence.rollBack(kept);
    await this.#append(tokens.subarray(kept));
    this.#usage.promptTokens += tokens.length - kept;
    this.#usage.cachedTokens += kept;
  }

  /** Reads a text that the model has not chosen. Control tokens in it are read as such. */
  async force(text: string, grammar?: Grammar): Promise<void> {
    const tokens = encodeMarked(this.#tokenizer, text, true);
    if (tokens.length === 0) return;
    await this.#append(tokens, grammar);
    this.#usage.promptTokens += tokens.length;
  }

  /** The candidates after the last token. */
  async output(grammar?: Grammar): Promise<Output> {
    if (this.#output !== undefined && this.#grammar === grammar) return this.#output;
    await this.#steps.settle();
    // The last token once more, under another grammar.
    const last = this.#sequence.tokens[this.#sequence.length - 1]!;
    await this.#sequence.rollBack(this.#sequence.length - 1);
    await this.#append([last], grammar);
    return this.#output!;
  }

  /** Drafts of arguments, with values from the sequence's text. */
  argumentDraft(): ArgumentDraft {
    const text = this.#tokenizer.decode(this.#sequence.tokens.slice(0, this.length));
    return new ArgumentDraft(this.#tokenizer, text);
  }

  /** Reads a token that was chosen; a draft is what may come after it. */
  async write(token: number, grammar?: Grammar, draft?: Draft): Promise<void> {
    if (grammar === undefined || draft === undefined) return this.#append([token], grammar);
    throwIfAborted(this.#signal);
    this.#output = undefined;
    this.#output = await this.#steps.write(token, grammar, draft, this.#signal);
    this.#grammar = grammar;
  }

  async rollBack(length: number): Promise<void> {
    await this.#steps.settle();
    if (length >= this.#sequence.length) return;
    await this.#sequence.rollBack(length);
    this.#output = undefined;
  }

  async #append(tokens: ArrayLike<number>, grammar?: Grammar): Promise<void> {
    throwIfAborted(this.#signal);
    await this.#steps.settle();
    this.#output = undefined;
    const request = grammar === undefined ? { top: CANDIDATES } : { top: GRAMMAR_CANDIDATES, grammar };
    this.#output = await this.#sequence.append(tokens, request, this.#signal);
    this.#grammar = grammar;
    this.#usage.decodedTokens += tokens.length;
  }
}
