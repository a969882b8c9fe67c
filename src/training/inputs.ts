// Training and mining begin alike: texts from files or values, the prompt of inference, the model's own generations.
import { readTrainingExamples } from "../examples/training-examples.js";
import { ToolkenError, invalidArgument } from "../errors.js";
import { promptsOf } from "../model/embedded.js";
import type { Model } from "../model/model.js";
import { type PromptsOption, QUESTION_SLOT, resolvePrompts } from "../prompts/prompts.js";
import { isTool, type Tool } from "../tools/index.js";
import { type TrainingExample, type TrainingProblem, validateExample } from "../examples/example.js";
import { onPolicyExamples, type OnPolicyOptions } from "./on-policy.js";

/** What to learn from, and behind which prompt. */
export interface TextOptions {
  /** Files or folders of training texts, or the texts. */
  readonly examples: string | readonly string[] | readonly TrainingExample[];
  /** Tools or their names, in the order of the head's rows. */
  readonly tools: readonly (Tool | string)[];
  /** Prompts of inference: a folder, or texts. Default: those made of the tools' demonstrations. */
  readonly prompts?: PromptsOption;
  /** The general prompt with `[QUESTION]`, instead of that of `prompts`; null: bare texts. */
  readonly prompt?: string | null | undefined;
  /** Wrap prompt and question in the model's chat template. Default: false. */
  readonly chat?: boolean | undefined;
}

/** @throws what `readTrainingExamples` and `validateExample` throw. */
export async function readExamples(
  given: TextOptions["examples"],
  tools: readonly string[],
): Promise<{ examples: readonly TrainingExample[]; problems: readonly TrainingProblem[] }> {
  if (typeof given === "string") return readTrainingExamples(given, { tools });
  const all: unknown = given;
  if (!Array.isArray(all) || all.length === 0) {
    throw invalidArgument("paths or examples", "examples", given);
  }
  if (all.every((path) => typeof path === "string")) return readTrainingExamples(all, { tools });
  const examples = (given as readonly TrainingExample[]).map((example) =>
    validateExample(example, example.source),
  );
  return { examples, problems: [] };
}

/**
 * The general prompt of inference; null when there is none.
 * @throws `INVALID_ARGUMENT`, `FILE_NOT_FOUND`, `FILE_INVALID`.
 */
export async function generalPrompt(model: Model, options: TextOptions): Promise<string | null> {
  const { prompt } = options;
  if (prompt === undefined) {
    const prompts = options.prompts ?? promptsOf(model);
    return (await resolvePrompts(prompts, options.tools.filter(isTool))).general;
  }
  if (prompt !== null && (typeof prompt !== "string" || !prompt.includes(QUESTION_SLOT))) {
    throw invalidArgument(`a text with ${QUESTION_SLOT}, or null`, "prompt", prompt);
  }
  return prompt;
}

/** The model's own generations on the questions of texts. */
export interface Generated {
  readonly examples: readonly TrainingExample[];
  /** For each, the index of the text whose question it answers. */
  readonly origins: readonly number[];
}

/** @throws `INVALID_ARGUMENT` (no prompt), and what `onPolicyExamples` throws. */
export async function generateExamples(
  model: Model,
  examples: readonly TrainingExample[],
  prompt: string | null,
  options: Omit<OnPolicyOptions, "examples" | "prompts">,
): Promise<Generated> {
  if (prompt === null) {
    throw new ToolkenError("INVALID_ARGUMENT", "Expected a prompt for the model's own generations", {
      hint: "Leave out prompt: null, or onPolicy.",
    });
  }
  const { texts } = await onPolicyExamples(model, { ...options, examples, prompts: { general: prompt } });
  return { examples: texts.map(({ example }) => example), origins: texts.map(({ origin }) => origin) };
}
