// At inference the head reads the model's own sentences, so it also learns on them: generations on the training
// questions, labelled with the gold tool where the model computes by itself.
import { createHash } from "node:crypto";
import { ToolkenError, expected, throwIfAborted } from "../errors.js";
import { Journal, type JournalEntry } from "../utils/journal.js";
import { createEngine } from "../generation/create-engine.js";
import { promptsOf } from "../model/embedded.js";
import type { Model } from "../model/model.js";
import { type PromptsOption, QUESTION_SLOT, resolvePrompts, splitAtQuestion } from "../prompts/prompts.js";
import type { TrainingExample } from "../examples/example.js";

export interface OnPolicyOptions {
  readonly examples: readonly TrainingExample[];
  /** Prompts of inference; only the general one is used. */
  readonly prompts?: PromptsOption;
  readonly chat?: boolean | undefined;
  /** JSON Lines that are added to after each generation, and continued by a later run. Default: none are kept. */
  readonly path?: string | undefined;
  /** Most tokens of a generation. Default: 128. */
  readonly maxTokens?: number | undefined;
  /** Generations that share each decode. Default: 4. */
  readonly parallel?: number | undefined;
  readonly threads?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called with finished and all questions. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
}

/** A generated text and the example whose question it answers. */
export interface OnPolicyExample {
  readonly example: TrainingExample;
  /** Index among the given examples. */
  readonly origin: number;
}

export interface OnPolicyTexts {
  readonly texts: readonly OnPolicyExample[];
  /** Questions that were asked. */
  readonly asked: number;
  /** Questions without a number that the model had computed by itself. */
  readonly withoutNumber: number;
}

/**
 * Lets the model alone answer (greedily) the questions of all examples with one call, and labels the first number
 * that it computed, if any, with the example's tool. Examples with several calls or no question are passed over:
 * which call a number stands for can't be told.
 *
 * @throws `INVALID_ARGUMENT`, `FILE_INVALID` (`path` holds generations of another model or prompt), `IO`,
 * `ABORTED`, and what `createToolken` throws.
 */
export async function onPolicyExamples(model: Model, options: OnPolicyOptions): Promise<OnPolicyTexts> {
  const { prompts, chat = false, path, maxTokens = 128, parallel = 4, threads, signal } = options;
  throwIfAborted(signal);
  const { general } = await resolvePrompts(prompts ?? promptsOf(model), []);
  const asked = options.examples.flatMap((example, origin) => {
    const question = questionOf(example, general);
    return question === undefined || example.calls.length !== 1 ? [] : [{ example, origin, question }];
  });
  if (asked.length === 0) return { texts: [], asked: 0, withoutNumber: 0 };

  const setup = JSON.stringify([await model.fingerprint(), general, chat, maxTokens]);
  const store = await GenerationStore.open(path, createHash("sha256").update(setup).digest("hex"));
  try {
    const missing = [...new Set(asked.map(({ question }) => question))].filter((text) => !store.has(text));
    let done = 0;
    const total = missing.length;
    if (total > 0) {
      await using engine = await createEngine(model, {
        prompts: { general },
        chat,
        parallel,
        ...(threads === undefined ? {} : { threads }),
      });
      const failure = new AbortController();
      const both = signal === undefined ? failure.signal : AbortSignal.any([signal, failure.signal]);
      const queue = missing.values();
      const work = async (): Promise<void> => {
        for (const question of queue) {
          throwIfAborted(both);
          const run = { toolChoice: "none", temperature: 0, maxTokens, signal: both } as const;
          const { text } = await engine.generate({ prompt: question, ...run });
          await store.add(question, text);
          done++;
          options.onProgress?.(done, total);
        }
      };
      const workers = Array.from({ length: parallel }, () =>
        work().catch((error: unknown) => {
          failure.abort(error);
          throw error;
        }),
      );
      await Promise.allSettled(workers);
      throwIfAborted(signal);
      // The first failure aborts the others; its own error is the reason.
      if (failure.signal.aborted) throw failure.signal.reason as Error;
    }
    const texts = asked.flatMap(({ example, origin, question }) => {
      const labelled = labelGeneration(example, question, store.get(question));
      return labelled === undefined ? [] : [{ example: labelled, origin }];
    });
    return { texts, asked: asked.length, withoutNumber: asked.length - texts.length };
  } finally {
    await store.close();
  }
}

/** How a text is written that follows no prompt. */
export const BARE_PROMPT = `Q: ${QUESTION_SLOT}\nA:`;

/**
 * The question of a text, written as in the prompt or as in bare texts ("Q: …\nA: …"), or undefined when it can't be
 * told apart.
 */
export function questionOf(example: TrainingExample, prompt: string): string | undefined {
  return questionIn(example, prompt) ?? questionIn(example, BARE_PROMPT);
}

function questionIn(example: TrainingExample, prompt: string): string | undefined {
  const { text, questionEnd } = example;
  if (questionEnd === undefined) return undefined;
  const { before, after } = splitAtQuestion(prompt);
  let question = text.slice(0, questionEnd).trimEnd();
  const end = after.trimEnd();
  if (!question.endsWith(end)) return undefined;
  question = question.slice(0, question.length - end.length);
  for (let length = Math.min(before.length, question.length); length > 0; length--) {
    if (before.endsWith(question.slice(0, length))) return question.slice(length).trim() || undefined;
  }
  return question.trim() || undefined;
}

const NUMBER = /\d+(?:,\d{3})*(?:\.\d+)?/g;

/**
 * A generation as a training text: its first computed number (one that neither the question nor the gold call's
 * arguments hold) is labelled as the gold tool's result, right or wrong. What follows is kept up to the next
 * computed number, which would need a label of its own.
 *
 * @returns undefined when no number was computed.
 */
export function labelGeneration(
  example: TrainingExample,
  question: string,
  generation: string,
): TrainingExample | undefined {
  const [call] = example.calls;
  if (call === undefined || example.questionEnd === undefined) return undefined;
  const given = new Set(numbersOf(`${question} ${call.args}`));
  // 4 % becomes 1.04 and 0.04 on the way into a call.
  for (const [percent] of question.matchAll(/\d+(?:\.\d+)?(?=\s?(?:%|percent))/g)) {
    for (const share of [Number(percent) / 100, 1 + Number(percent) / 100, 1 - Number(percent) / 100]) {
      given.add(valueOf(share.toFixed(6)));
    }
  }
  const answer = generation.trimEnd();
  const computed = [...answer.matchAll(NUMBER)].filter(
    (match) => !given.has(valueOf(match[0])) && !isListNumber(answer, match.index, match[0].length),
  );
  const [number] = computed;
  if (number === undefined) return undefined;
  const end = number.index + number[0].length;
  const next = computed.find(({ 0: other, index }) => index >= end && valueOf(other) !== valueOf(number[0]));
  const kept = next === undefined ? answer : answer.slice(0, next.index).trimEnd();

  const head = example.text.slice(0, example.questionEnd);
  const start = head.length + number.index;
  return {
    text: head + kept,
    calls: [
      {
        tool: call.tool,
        start,
        end: start + number[0].length,
        args: call.args,
        result: number[0],
      },
    ],
    questionEnd: example.questionEnd,
    ...(example.source === undefined ? {} : { source: example.source }),
  };
}

function numbersOf(text: string): string[] {
  return [...text.matchAll(NUMBER)].map(([number]) => valueOf(number));
}

/** The same for `1,200`, `1200` and `1200.0`. */
function valueOf(number: string): string {
  return String(Number(number.replaceAll(",", "")));
}

/** `2` of a line that begins with `2.` or `Step 2:`, and digits that are part of a word. */
function isListNumber(text: string, at: number, length: number): boolean {
  const line = text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
  if (/^\s*(?:step\s*)?$/i.test(line) && /^[.):]\s/.test(text.slice(at + length))) return true;
  return /[A-Za-z_]$/.test(text.slice(0, at)) || /^[A-Za-z_]/.test(text.slice(at + length));
}

/** Generations by question, in memory and, when there is a path, as lines of a file. */
class GenerationStore {
  readonly #generations: Map<string, string>;
  readonly #journal: Journal | undefined;

  private constructor(generations: Map<string, string>, journal: Journal | undefined) {
    this.#generations = generations;
    this.#journal = journal;
  }

  static async open(path: string | undefined, setup: string): Promise<GenerationStore> {
    if (path === undefined) return new GenerationStore(new Map(), undefined);
    const journal = await Journal.open(path, setup, "generations of this model and prompt");
    try {
      return new GenerationStore(new Map(journal.entries.map((entry) => readEntry(path, entry))), journal);
    } catch (error) {
      await journal.close();
      throw error;
    }
  }

  has(question: string): boolean {
    return this.#generations.has(question);
  }

  get(question: string): string {
    return this.#generations.get(question) ?? "";
  }

  async add(question: string, generation: string): Promise<void> {
    this.#generations.set(question, generation);
    await this.#journal?.append({ question, generation });
  }

  async close(): Promise<void> {
    await this.#journal?.close();
  }
}

function readEntry(path: string, { line, value }: JournalEntry): [string, string] {
  const { question, generation } = value;
  if (typeof question === "string" && typeof generation === "string") return [question, generation];
  throw new ToolkenError(
    "RECORD_INVALID",
    `${path}:${line}: ${expected("question and generation", "the line", value)}`,
  );
}
