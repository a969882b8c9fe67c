// Small vocabularies of our own in each type of tokenizer: the type decides what BOS, spaces and digits become.
import type { GgufValue } from "../support/gguf.js";

export interface Vocabulary {
  readonly size: number;
  readonly metadata: Readonly<Record<string, GgufValue>>;
}

/** GGUF token types. */
const NORMAL = 1;
const UNKNOWN = 2;
const CONTROL = 3;
const BYTE = 6;

const WORDS = ["the", "of", "and", "is", "answer", "plus", "what", "number", "there", "are"];

export interface BytePairOptions {
  /** `tokenizer.ggml.pre`: how a text is cut before merging. */
  readonly pre: string;
  /** Numbers of several digits that are one token, where the cut allows it. */
  readonly numbers?: readonly string[];
  readonly bos?: string;
  readonly eos: string;
}

/** Byte-level BPE, as Llama 3, Qwen and Phi-4 have it. */
export function bytePairs({ pre, numbers = [], bos, eos }: BytePairOptions): Vocabulary {
  const letters = byteLetters();
  const tokens = [...letters];
  const merges: string[] = [];
  for (const word of [...WORDS.map((one) => `\u0120${one}`), ...numbers]) {
    for (let length = 2; length <= word.length; length++) {
      const merged = word.slice(0, length);
      if (tokens.includes(merged)) continue;
      tokens.push(merged);
      merges.push(`${word.slice(0, length - 1)} ${word[length - 1]!}`);
    }
  }
  const types: number[] = tokens.map(() => NORMAL);
  const control = (token: string): { u32: number } => {
    tokens.push(token);
    types.push(CONTROL);
    return { u32: tokens.length - 1 };
  };
  const eosId = control(eos);
  return {
    size: tokens.length + (bos === undefined ? 0 : 1),
    metadata: {
      "tokenizer.ggml.model": "gpt2",
      "tokenizer.ggml.pre": pre,
      ...(bos === undefined ? {} : { "tokenizer.ggml.bos_token_id": control(bos) }),
      "tokenizer.ggml.eos_token_id": eosId,
      "tokenizer.ggml.add_bos_token": bos !== undefined,
      "tokenizer.ggml.tokens": { strings: tokens },
      "tokenizer.ggml.token_type": { i32s: types },
      "tokenizer.ggml.merges": { strings: merges },
    },
  };
}

/** SentencePiece with byte fallback, as Mistral (and, without a space put before the text, Gemma) has it. */
export function sentencePieces({ addsSpace }: { readonly addsSpace: boolean }): Vocabulary {
  const tokens = ["<unk>", "<s>", "</s>"];
  const types: number[] = [UNKNOWN, CONTROL, CONTROL];
  for (let byte = 0; byte < 256; byte++) {
    tokens.push(`<0x${byte.toString(16).toUpperCase().padStart(2, "0")}>`);
    types.push(BYTE);
  }
  const characters = "\u2581abcdefghijklmnopqrstuvwxyzQAW0123456789.,:?()+-*/=".split("");
  const prefixes = WORDS.flatMap((word) => Array.from(word, (_, at) => `\u2581${word.slice(0, at + 1)}`));
  for (const piece of new Set([...prefixes, ...characters])) {
    tokens.push(piece);
    types.push(NORMAL);
  }
  return {
    size: tokens.length,
    metadata: {
      "tokenizer.ggml.model": "llama",
      "tokenizer.ggml.pre": "default",
      "tokenizer.ggml.tokens": { strings: tokens },
      // Longer pieces of a word are merged last, so they have to be worth more than what they are made of.
      "tokenizer.ggml.scores": { f32s: tokens.map((token) => (token.startsWith("<") ? 0 : token.length)) },
      "tokenizer.ggml.token_type": { i32s: types },
      "tokenizer.ggml.unknown_token_id": { u32: 0 },
      "tokenizer.ggml.bos_token_id": { u32: 1 },
      "tokenizer.ggml.eos_token_id": { u32: 2 },
      "tokenizer.ggml.add_bos_token": true,
      "tokenizer.ggml.add_eos_token": false,
      "tokenizer.ggml.add_space_prefix": addsSpace,
    },
  };
}

/** The 256 characters that stand for bytes in byte-level BPE (GPT-2's `bytes_to_unicode`). */
function byteLetters(): string[] {
  const printable = (byte: number): boolean =>
    (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCharCode(printable(byte) ? byte : next++));
}
