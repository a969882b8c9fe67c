// A head is asked after the prompt of inference, so it is trained there: texts take the question's place in it.
import { createHash } from "node:crypto";
import type { Model } from "../model/model.js";
import { encodePrompt } from "../prompts/encoder.js";
import { QUESTION_SLOT, splitAtQuestion } from "../prompts/prompts.js";
import type { TrainingExample } from "../examples/example.js";

/** A text as it is aligned: with the prompt before it, as characters or (in a chat) as tokens. */
export interface FramedExample {
  readonly example: TrainingExample;
  /** Tokens before the text, BOS included; absent when the prompt is part of the example's text. */
  readonly prefix?: Int32Array;
}

export interface Frame {
  /** What stands before every text. */
  readonly prefix: string;
  /** The text after the prompt, or in words why it does not fit there. */
  frame(example: TrainingExample): FramedExample | string;
}

export interface FrameOptions {
  /** The general prompt of inference with `[QUESTION]`; without the slot it stands before each text as it is. */
  readonly prompt: string | null;
  /** Wrap prompt and question in the model's chat template. */
  readonly chat: boolean;
  /** Keep the question's steps. */
  readonly includeQuestion: boolean;
}

/**
 * How texts continue a prompt. A text ("Q: …\nA: …") repeats the end of the prompt before the slot ("…\n\nQ: "),
 * so its prefix is that part without the longest end that the text begins with ("…\n\n").
 */
export function createFrame(
  model: Model,
  examples: readonly TrainingExample[],
  options: FrameOptions,
): Frame {
  const { prompt, chat, includeQuestion } = options;
  if (chat) return chatFrame(model, prompt ?? QUESTION_SLOT);
  if (!prompt?.includes(QUESTION_SLOT)) {
    const prefix = prompt ?? "";
    return { prefix, frame: (example) => ({ example: after(prefix, example, includeQuestion) }) };
  }
  const { before } = splitAtQuestion(prompt);
  const overlap = commonOverlap(before, examples);
  const prefix = before.slice(0, before.length - overlap.length);
  return {
    prefix,
    frame: (example) =>
      overlapOf(before, example.text) === overlap
        ? { example: after(prefix, example, includeQuestion) }
        : overlap === ""
          ? `the text repeats the prompt's ${JSON.stringify(overlapOf(before, example.text))}, most texts do not`
          : `the text does not begin with ${JSON.stringify(overlap)}, as the prompt's question does`,
  };
}

/** The end of the prompt that most texts begin with. */
function commonOverlap(before: string, examples: readonly TrainingExample[]): string {
  const counts = new Map<string, number>();
  for (const { text } of examples) {
    const overlap = overlapOf(before, text);
    counts.set(overlap, (counts.get(overlap) ?? 0) + 1);
  }
  const best = [...counts].sort(([a, m], [b, n]) => n - m || b.length - a.length)[0];
  return best?.[0] ?? "";
}

/** The longest end of `before` that `text` begins with. */
function overlapOf(before: string, text: string): string {
  for (let length = Math.min(before.length, text.length); length > 0; length--) {
    if (before.endsWith(text.slice(0, length))) return text.slice(0, length);
  }
  return "";
}

/**
 * Prompt and text as one text: inference encodes them so, and a token may cross the border ("\n\n" before "Q" is
 * two tokens for some tokenizers and one token alone). What is not to be learnt counts as the question.
 */
function after(prefix: string, example: TrainingExample, includeQuestion: boolean): TrainingExample {
  const shift = prefix.length;
  return {
    ...example,
    text: prefix + example.text,
    calls: example.calls.map((call) => ({ ...call, start: call.start + shift, end: call.end + shift })),
    questionEnd: shift + (includeQuestion ? 0 : (example.questionEnd ?? 0)),
  };
}

/** In a chat the question is a message and the answer follows the template's own words. */
function chatFrame(model: Model, prompt: string): Frame {
  const { before, after } = splitAtQuestion(prompt);
  const encoded = encodePrompt(model, prompt, { chat: true });
  return {
    prefix: before,
    frame(example) {
      const { text, questionEnd } = example;
      if (questionEnd === undefined) return "a chat needs to know where the question ends";
      const written = text.slice(overlapOf(before, text).length, questionEnd).trimEnd();
      if (!written.endsWith(after.trimEnd())) {
        return `the question does not end with ${JSON.stringify(after.trimEnd())}, as the prompt does`;
      }
      const question = written.slice(0, written.length - after.trimEnd().length);
      const answer = text.slice(questionEnd).trimStart();
      const shift = text.length - answer.length;
      if (answer === "" || example.calls.some(({ start }) => start < shift)) return "the text has no answer";
      return {
        prefix: encoded.encode(question),
        example: {
          ...example,
          text: answer,
          questionEnd: 0,
          calls: example.calls.map((call) => ({ ...call, start: call.start - shift, end: call.end - shift })),
        },
      };
    },
  };
}

/** SHA-256 over all that the steps of a corpus depend on, apart from the model: tells whether features fit. */
export function corpusDigest(examples: readonly TrainingExample[], options: FrameOptions): string {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([options.prompt, options.chat, options.includeQuestion]));
  for (const { text, calls, questionEnd } of examples) {
    const places = calls.map(({ tool, start, end }) => [tool, start, end]);
    hash.update(JSON.stringify([text, questionEnd ?? null, places]));
  }
  return hash.digest("hex");
}
