// Training and mining begin alike: texts from files or values, the prompt of inference, the model's own generations.
import { readTrainingExamples } from "../examples/training-examples.js";
import { z } from "zod";
import { ToolkenError } from "../errors.js";
import { promptsOf } from "../model/embedded.js";
import type { Model } from "../model/model.js";
import { type PromptsOption, QUESTION_SLOT, resolvePrompts } from "../prompts/prompts.js";
import { isTool } from "../tools/index.js";
import { value } from "../utils/option-fields.js";
import type { ResolvedOptions } from "../utils/options.js";
import { type TrainingExample, type TrainingProblem, validateExample } from "../examples/example.js";
import { generationsField, onPolicyExamples, onPolicyFields, type OnPolicyOptions } from "./on-policy.js";
import { toolsField } from "./options.js";

/** Training examples, and the prompt of inference that stands before them. */
export const textFields = {
  examples: value<string | readonly string[] | readonly TrainingExample[]>(
    "paths or examples",
    (examples) => typeof examples === "string" || (Array.isArray(examples) && examples.length > 0),
  ).describe("Training examples, or files and folders of them"),
  tools: toolsField.describe("Tools or their names, in the order of the head's rows"),
  prompts: value<Exclude<PromptsOption, undefined>>("a folder or prompts", (prompts) => prompts !== null)
    .optional()
    .describe(
      "Prompts of inference, or a folder of them; without it those made of the tools' demonstrations",
    ),
  prompt: value<string | null>(
    `a string with ${QUESTION_SLOT}, or null`,
    (prompt) => prompt === null || (typeof prompt === "string" && prompt.includes(QUESTION_SLOT)),
  )
    .optional()
    .describe(`General prompt with ${QUESTION_SLOT}, instead of that of prompts; null: no prompt`),
  chat: z.boolean().default(false).describe("Wrap prompt and question in the model's chat template"),
  onPolicy: z
    .union([
      z.boolean(),
      z.strictObject({
        path: generationsField,
        maxTokens: onPolicyFields.maxTokens,
        parallel: onPolicyFields.parallel,
      }),
    ])
    .default(false)
    .describe("Also learn from the model's own generations on the training questions"),
};
export type TextOptions = ResolvedOptions<z.ZodObject<typeof textFields>>;

/** @throws what `readTrainingExamples` and `validateExample` throw. */
export async function readExamples(
  given: TextOptions["examples"],
  tools: readonly string[],
): Promise<{ examples: readonly TrainingExample[]; problems: readonly TrainingProblem[] }> {
  if (typeof given === "string") return readTrainingExamples(given, { tools });
  if (isPaths(given)) return readTrainingExamples(given, { tools });
  const examples = given.map((example) => validateExample(example, example.source));
  return { examples, problems: [] };
}

function isPaths(given: readonly string[] | readonly TrainingExample[]): given is readonly string[] {
  return given.every((path) => typeof path === "string");
}

/**
 * The general prompt of inference; null when there is none.
 * @throws `INVALID_ARGUMENT`, `FILE_NOT_FOUND`, `FILE_INVALID`.
 */
export async function generalPrompt(
  model: Model,
  { prompt, prompts, tools }: Pick<TextOptions, "prompt" | "prompts" | "tools">,
): Promise<string | null> {
  if (prompt !== undefined) return prompt;
  return (await resolvePrompts(prompts ?? promptsOf(model), tools.filter(isTool))).general;
}

/** The model's own generations on the questions of texts. */
export interface Generated {
  readonly examples: readonly TrainingExample[];
  /** For each, the index of the text whose question it answers. */
  readonly origins: readonly number[];
  /** Questions that were asked. */
  readonly asked: number;
}

/** None without `onPolicy`. @throws `INVALID_ARGUMENT` (no prompt), and what `onPolicyExamples` throws. */
export async function generateExamples(
  model: Model,
  examples: readonly TrainingExample[],
  prompt: string | null,
  { onPolicy, ...options }: Omit<OnPolicyOptions, "examples" | "prompts"> & Pick<TextOptions, "onPolicy">,
): Promise<Generated> {
  if (onPolicy === false) return { examples: [], origins: [], asked: 0 };
  if (prompt === null) {
    throw new ToolkenError("INVALID_ARGUMENT", "Expected a prompt for the model's own generations", {
      hint: "Leave out prompt: null, or onPolicy.",
    });
  }
  const own: Pick<OnPolicyOptions, "path" | "maxTokens" | "parallel"> = onPolicy === true ? {} : onPolicy;
  const { texts, asked } = await onPolicyExamples(model, {
    ...options,
    ...own,
    path: own.path ?? options.path,
    examples,
    prompts: { general: prompt },
  });
  return {
    examples: texts.map(({ example }) => example),
    origins: texts.map(({ origin }) => origin),
    asked,
  };
}
