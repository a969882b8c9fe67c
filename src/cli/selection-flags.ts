// Flags that training and evaluation of tool selection share.
import { z } from "zod";
import { loadPrompts } from "../prompts/prompts.js";
import { featureFlags } from "./training-flags.js";

const REQUESTS = "Requests";

export const requestFlags = {
  data: z
    .array(z.string().min(1))
    .min(1)
    .describe("Requests: JSON or JSON Lines with question and tool; may be given several times")
    .meta({ group: REQUESTS }),
  prompt: z
    .string()
    .min(1)
    .optional()
    .describe("Text with [QUESTION]; the tool is chosen behind it")
    .meta({ group: REQUESTS, defaultText: "that of --prompts" }),
  prompts: z
    .string()
    .min(1)
    .optional()
    .describe("Folder with the prompt as *general*.txt, as toolken lab prepare writes it")
    .meta({ group: REQUESTS, defaultText: "Request: [QUESTION]\\nThe best tool for this request is" }),
  chat: z
    .boolean()
    .default(false)
    .describe("Wrap the prompt in the model's own chat template")
    .meta({ group: REQUESTS }),
  features: z
    .string()
    .min(1)
    .optional()
    .describe("Folder that keeps the features: a stopped run goes on, a second one needs no forward pass")
    .meta({ group: REQUESTS }),
  featureBatchSize: featureFlags.featureBatchSize.meta({ group: REQUESTS }),
};

/** The prompt that the flags name. @throws `FILE_NOT_FOUND`, `FILE_INVALID`. */
export async function selectionPrompt(flags: {
  readonly prompt?: string | undefined;
  readonly prompts?: string | undefined;
}): Promise<string | undefined> {
  if (flags.prompt !== undefined || flags.prompts === undefined) return flags.prompt;
  return (await loadPrompts(flags.prompts)).general;
}
