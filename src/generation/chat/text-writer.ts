import { encodeMarked } from "../../prompts/chat/control-text.js";
import type { Output } from "../../model/context.js";
import type { TokenDecoder, Tokenizer } from "../../model/tokenizer.js";
import type { StreamPart, TokenLogprob } from "../events.js";
import type { Grammar } from "../grammars.js";
import type { Choice, Sampler } from "../sampler.js";
import { Stops } from "../stops.js";
import type { UsageMeter } from "../usage-meter.js";
import { jsonEnd } from "../../prompts/chat/json-end.js";
import type { LenientOpening } from "../../prompts/chat/call-syntax.js";
import type { TokenWriter } from "./token-writer.js";

/** What in a text opens a call. */
export interface CallOpening {
  readonly text: string;
  /** The text opens a call at the start of the turn alone. */
  readonly atStart: boolean;
  /** Other texts that mean a call, and what may become one at the end of a text. */
  readonly lenient: LenientOpening;
}

export interface TextSettings {
  readonly maxTokens: number;
  readonly stopSequences: readonly (string | RegExp)[];
  /** What opens a call; undefined: it is text like any other. */
  readonly opening: CallOpening | undefined;
  /** Whether a call may be opened at this place; where not, another token is chosen. */
  readonly mayCall: () => Promise<boolean>;
  /** The text must not end before it has begun. */
  readonly mustWrite: boolean;
  /** The text is JSON under this grammar. */
  readonly grammar: Grammar | undefined;
  /** Nothing but a call is wanted: a text ends where it shows that it is none, and is not given out. */
  readonly onlyCall: boolean;
  /** Candidates to report with every token; undefined: no log-probabilities. */
  readonly topLogprobs: number | undefined;
  readonly sampler: Sampler;
  readonly usage: UsageMeter;
}

type TextEnd = "stop" | "length" | "other" | "call";

export interface WrittenText {
  readonly text: string;
  /** "call": a call opens after the text. */
  readonly end: TextEnd;
  readonly logprobs: readonly TokenLogprob[];
}

/** A token of the text: where it stands in the sequence and in the text. */
interface Place {
  readonly id: number;
  readonly length: number;
  readonly text: number;
}

/** Beginnings of calls that are taken back before the text ends without one. */
const MAX_TAKEN_BACK = 32;

/** A token that a word or number begins with; U+FFFD: the first bytes of a character. */
const WORD = /^\s?[\p{L}\p{N}\uFFFD]/u;

/** Characters at the end of a text, with room for the beginning of a call up to its arguments. */
const LAST_LINES = 600;

/** A result that the model repeats in the form in which it read it. */
const RESULT = /(?:^|\n)[^\S\n]*<tool_response>/u;

/** Decodes text until the turn ends, a stop sequence matches, or a call opens. */
export class TextWriter {
  readonly #writer: TokenWriter;
  readonly #tokenizer: Tokenizer;
  readonly #settings: TextSettings;
  readonly #stops: Stops;
  readonly #decoder: TokenDecoder;
  readonly #places: Place[] = [];
  readonly #logprobs: TokenLogprob[] = [];
  /** Token ids that must not be chosen, by their place in the sequence. */
  readonly #forbidden = new Map<number, Set<number>>();
  /** Places in the sequence where a call was taken back. */
  readonly #takenBack = new Set<number>();
  #text = "";
  #released = 0;
  /** Number of tokens whose log-probabilities were released with their text. */
  #releasedTokens = 0;
  /** Times that a call was taken back. */
  #taken = 0;

  constructor(writer: TokenWriter, tokenizer: Tokenizer, settings: TextSettings) {
    this.#writer = writer;
    this.#tokenizer = tokenizer;
    this.#settings = settings;
    this.#decoder = writer.decoder();
    this.#stops = new Stops(settings.stopSequences);
  }

  async *write(): AsyncGenerator<StreamPart, WrittenText, undefined> {
    const { maxTokens, usage, grammar } = this.#settings;
    while (this.#places.length < maxTokens) {
      const output = await this.#writer.output(grammar);
      const choice = this.#choose(output);
      if (choice === undefined) return yield* this.#end("other");
      if (this.#tokenizer.isEndOfGeneration(choice.id)) return yield* this.#end("stop");
      this.#add(choice, output);
      usage.textTokens++;
      const opened = this.#opened();
      if (opened !== undefined) {
        const place = this.#places.findLast(({ text }) => text <= opened.at)!;
        await this.#writer.rollBack(place.length);
        if (!opened.isEcho && (await this.#settings.mayCall())) {
          this.#text = this.#text.slice(0, opened.at);
          return yield* this.#end("call");
        }
        if (++this.#taken > MAX_TAKEN_BACK) return yield* this.#end("other", opened.at);
        await this.#takeBack(place, opened.at);
        continue;
      }
      const stop = this.#stops.find(this.#text);
      if (stop !== undefined) {
        this.#text = this.#text.slice(0, stop);
        return yield* this.#end("stop");
      }
      if (this.#settings.onlyCall && this.#text.slice(0, this.#settled()).trim() !== "") {
        return yield* this.#end("other");
      }
      yield* this.#release(this.#settled(), choice);
      if (grammar?.complete() === true && jsonEnd(this.#text) !== undefined) {
        await this.#writer.write(choice.id);
        return yield* this.#end("stop");
      }
      await this.#writer.write(choice.id, grammar);
    }
    return yield* this.#end("length");
  }

  #choose(output: Output): Choice | undefined {
    const forbidden = this.#forbidden.get(this.#writer.length);
    const mustWrite = this.#settings.mustWrite && this.#text.trim() === "";
    const allowed = (id: number): boolean =>
      id < this.#tokenizer.vocabularySize &&
      forbidden?.has(id) !== true &&
      !(mustWrite && this.#tokenizer.isEndOfGeneration(id));
    const recent = this.#places.map(({ id }) => id);
    const choose = (may: (id: number) => boolean) => this.#settings.sampler.choose(output, may, recent);
    // Where a call was not wanted, other spellings of it are not either.
    const isProse = (id: number): boolean => this.#tokenizer.isEndOfGeneration(id) || this.#beginsWord(id);
    const prose = this.#takenBack.has(this.#writer.length)
      ? choose((id) => allowed(id) && isProse(id))
      : undefined;
    return prose ?? choose(allowed);
  }

  #beginsWord(token: number): boolean {
    return WORD.test(new TextDecoder().decode(this.#tokenizer.piece(token)));
  }

  #add(choice: Choice, output: Output): void {
    const { grammar, topLogprobs } = this.#settings;
    this.#places.push({ id: choice.id, length: this.#writer.length, text: this.#text.length });
    grammar?.accept(choice.id);
    this.#text += this.#pieceOf(choice.id);
    if (topLogprobs !== undefined) this.#logprobs.push(this.#logprob(output, choice, topLogprobs));
  }

  /** Openings of calls may be control tokens, which give no text of their own. */
  #pieceOf(token: number): string {
    const { opening } = this.#settings;
    if (opening === undefined || !this.#tokenizer.isControl(token)) return this.#decoder.write(token);
    const name = this.#tokenizer.name(token);
    const text = this.#text + name;
    for (let length = opening.text.length; length >= name.length; length--) {
      if (text.endsWith(opening.text.slice(0, length))) return name;
    }
    return "";
  }

  /** Where in the text a call opens. */
  #opened(): { readonly at: number; readonly isEcho: boolean } | undefined {
    const { opening } = this.#settings;
    if (opening === undefined) return undefined;
    const at = this.#text.indexOf(opening.text);
    if (at >= 0 && (!opening.atStart || this.#text.slice(0, at).trim() === "")) return { at, isEcho: false };
    const line = lineOf(opening.lenient.whole, this.#text);
    if (line !== undefined) return { at: line, isEcho: false };
    const echo = lineOf(RESULT, this.#text);
    return echo === undefined ? undefined : { at: echo, isEcho: true };
  }

  /** Goes back to where a call opened; what its first token has before it stays. */
  async #takeBack(place: Place, at: number): Promise<void> {
    const kept = this.#places.indexOf(place);
    const before = this.#text.slice(place.text, at);
    this.#settings.usage.textTokens -= this.#places.length - kept;
    this.#places.length = kept;
    this.#logprobs.length = Math.min(this.#logprobs.length, kept);
    this.#text = this.#text.slice(0, place.text);
    if (before === "") {
      const forbidden = this.#forbidden.get(place.length) ?? new Set();
      this.#forbidden.set(place.length, forbidden.add(place.id));
    } else await this.#write(before);
    this.#takenBack.add(this.#writer.length);
  }

  /** Writes a text that the model wrote in other tokens. */
  async #write(text: string): Promise<void> {
    for (const id of encodeMarked(this.#tokenizer, text, true)) {
      const output = await this.#writer.output();
      const at = output.ids.indexOf(id);
      this.#add({ id, logit: output.logits[at] ?? -Infinity, probability: output.probs[at] ?? 0 }, output);
      this.#settings.usage.textTokens++;
      await this.#writer.write(id);
    }
  }

  /** Length of the text that neither a stop sequence nor a call can take back. */
  #settled(): number {
    const { opening } = this.#settings;
    const settled = this.#stops.settled(this.#text);
    if (opening === undefined) return settled;
    const { text, atStart, lenient } = opening;
    for (let length = Math.min(text.length - 1, this.#text.length); length > 0; length--) {
      const start = this.#text.length - length;
      if (!this.#text.endsWith(text.slice(0, length))) continue;
      if (!atStart || this.#text.slice(0, start).trim() === "") return Math.min(settled, start);
      break;
    }
    return Math.min(settled, lineOf(lenient.beginning, this.#text) ?? settled);
  }

  /** Releases whole tokens, of which none is taken back. */
  *#release(settled: number, choice?: Choice): Generator<StreamPart, void, undefined> {
    if (this.#settings.onlyCall) return;
    const length = settled < this.#text.length ? this.#tokenStart(settled) : settled;
    if (length <= this.#released) return;
    const text = this.#text.slice(this.#released, length);
    this.#released = length;
    const end = this.#tokensWithin(length);
    const logprobs = this.#logprobs.slice(this.#releasedTokens, end);
    this.#releasedTokens = end;
    yield {
      type: "text-delta",
      text,
      token: choice?.id ?? -1,
      probability: choice?.probability ?? 1,
      ...(this.#settings.topLogprobs === undefined ? {} : { logprobs }),
    };
  }

  /** Where the token begins that has the character at `length`. */
  #tokenStart(length: number): number {
    return this.#places.findLast(({ text }) => text <= length)?.text ?? 0;
  }

  /** Number of tokens whose text begins within the first `length` characters. */
  #tokensWithin(length: number): number {
    return this.#places.findLastIndex(({ text }) => text < length) + 1;
  }

  *#end(end: TextEnd, length = this.#text.length): Generator<StreamPart, WrittenText, undefined> {
    if (this.#settings.onlyCall && end !== "call") {
      this.#settings.usage.textTokens -= this.#places.length;
      return { text: "", end, logprobs: [] };
    }
    this.#text = this.#text.slice(0, length);
    yield* this.#release(this.#text.length);
    const logprobs = this.#logprobs.slice(0, this.#tokensWithin(this.#text.length));
    return { text: this.#text, end, logprobs };
  }

  #logprob(output: Output, choice: Choice, count: number): TokenLogprob {
    const of = (id: number, probability: number): Omit<TokenLogprob, "top"> => ({
      token: id,
      text: new TextDecoder().decode(this.#tokenizer.piece(id)),
      logprob: Math.log(probability),
    });
    const top = Array.from(output.ids.subarray(0, count), (id, i) => of(id, output.probs[i]!));
    return { ...of(choice.id, choice.probability), top };
  }
}

/** Where the line begins in which a pattern matches, among the last lines: the text is looked at after every token. */
function lineOf(pattern: RegExp, text: string): number | undefined {
  const from = text.length <= LAST_LINES ? 0 : text.indexOf("\n", text.length - LAST_LINES);
  const match = from < 0 ? null : pattern.exec(text.slice(from));
  if (match === null) return undefined;
  return from + match.index + (match[0].startsWith("\n") ? 1 : 0);
}
