// Training examples from the model's own generations, which the head reads at inference.

import { createHash } from "node:crypto";
import { throwIfAborted } from "../errors.js";
import { createEngine } from "../generation/create-engine.js";
import { inParallel } from "../generation/in-parallel.js";
import { promptsOf } from "../model/embedded.js";
import type { Model } from "../model/model.js";
import { type PromptsOption, QUESTION_SLOT, resolvePrompts, splitAtQuestion } from "../prompts/prompts.js";
import type { TrainingExample } from "../examples/example.js";
import { GenerationCache } from "./generation-cache.js";
import { labelGeneration } from "./label-generation.js";

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
 * `ABORTED`, and what `createEngine` throws.
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
  const cache = await GenerationCache.open(path, createHash("sha256").update(setup).digest("hex"));
  try {
    const missing = [...new Set(asked.map(({ question }) => question))].filter((text) => !cache.has(text));
    if (missing.length > 0) {
      await using engine = await createEngine(model, {
        prompts: { general },
        chat,
        parallel,
        ...(threads === undefined ? {} : { threads }),
      });
      let done = 0;
      await inParallel(missing, parallel, signal, async (question, stop) => {
        const run = { toolChoice: "none", temperature: 0, maxTokens, signal: stop } as const;
        const { text } = await engine.generate({ prompt: question, ...run });
        await cache.add(question, text);
        options.onProgress?.(++done, missing.length);
      });
    }
    const texts = asked.flatMap(({ example, origin, question }) => {
      const labelled = labelGeneration(example, question, cache.get(question));
      return labelled === undefined ? [] : [{ example: labelled, origin }];
    });
    return { texts, asked: asked.length, withoutNumber: asked.length - texts.length };
  } finally {
    await cache.close();
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
