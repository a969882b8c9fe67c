// Training examples from the model's own generations, which the head reads at inference.

import { createHash } from "node:crypto";
import { z } from "zod";
import { throwIfAborted } from "../errors.js";
import { createEngine } from "../generation/create-engine.js";
import { inParallel } from "../generation/in-parallel.js";
import { promptsOf } from "../model/embedded.js";
import type { Model } from "../model/model.js";
import { type PromptsOption, QUESTION_SLOT, resolvePrompts, splitAtQuestion } from "../prompts/prompts.js";
import type { TrainingExample } from "../examples/example.js";
import {
  callback,
  integerField,
  nonEmptyString,
  type Progress,
  signalField,
  threadsField,
  value,
} from "../utils/option-fields.js";
import { defineOptions, type OptionsOf, resolveOptions } from "../utils/options.js";
import { inShard, shardField } from "../utils/shard.js";
import { GenerationCache } from "./generation-cache.js";
import { labelGeneration } from "./label-generation.js";

export const generationsField = nonEmptyString()
  .optional()
  .describe("JSON Lines that cache the model's own generations and are continued by a later run");

export const onPolicyFields = {
  maxTokens: integerField(1).default(128).describe("Maximum tokens of a generation"),
  parallel: integerField(1, 64).default(4).describe("Generations that share each decode"),
};

export const onPolicySchema = defineOptions({
  examples: value<readonly TrainingExample[]>("examples", Array.isArray).describe("Training examples"),
  prompts: value<Exclude<PromptsOption, undefined>>("a folder or prompts")
    .optional()
    .describe("Prompts of inference; only the general one is used"),
  chat: z.boolean().default(false).describe("Wrap prompt and question in the model's chat template"),
  path: generationsField,
  ...onPolicyFields,
  shard: shardField.describe("Only this part of the questions, for jobs on several machines"),
  threads: threadsField,
  signal: signalField,
  onProgress: callback<(event: Progress<"generation">) => void>()
    .optional()
    .describe("Called after each question"),
});
export type OnPolicyOptions = OptionsOf<typeof onPolicySchema>;

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
export async function onPolicyExamples(model: Model, given: OnPolicyOptions): Promise<OnPolicyTexts> {
  const options = resolveOptions(onPolicySchema, given, "onPolicyExamples");
  const { prompts, chat, path, maxTokens, parallel, threads, signal } = options;
  throwIfAborted(signal);
  const { general } = await resolvePrompts(prompts ?? promptsOf(model), []);
  const askable = options.examples.flatMap((example, origin) => {
    const question = questionOf(example, general);
    return question === undefined || example.calls.length !== 1 ? [] : [{ example, origin, question }];
  });
  const questions = [...new Set(askable.map(({ question }) => question))];
  const own = new Set(questions.filter((_, i) => inShard(options.shard, i)));
  const asked = askable.filter(({ question }) => own.has(question));
  // A shard has its file, also where no question is its own.
  if (asked.length === 0 && options.shard === undefined) return { texts: [], asked: 0, withoutNumber: 0 };

  const setup = JSON.stringify([await model.fingerprint(), general, chat, maxTokens]);
  const cache = await GenerationCache.open(path, createHash("sha256").update(setup).digest("hex"));
  try {
    const missing = [...own].filter((text) => !cache.has(text));
    if (missing.length > 0) {
      await using engine = await createEngine(model, {
        prompts: { general },
        chat,
        parallel,
        ...(threads === undefined ? {} : { threads }),
      });
      let done = 0;
      await inParallel(missing, parallel, signal, async (question, stop) => {
        const run = { toolChoice: "none", temperature: 0, maxOutputTokens: maxTokens, signal: stop } as const;
        const { text } = await engine.generate({ prompt: question, ...run });
        await cache.add(question, text);
        options.onProgress?.({ phase: "generation", done: ++done, total: missing.length });
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
