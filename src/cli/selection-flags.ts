// Flags that training and evaluation of tool selection share.
import { z } from "zod";
import { loadPrompts } from "../prompts/prompts.js";
import { requestFields, SELECTION_PROMPT } from "../training/request-features.js";
import { flagsUnder } from "./flag.js";

const { chat, features, featureBatchSize } = requestFields;
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
    .describe("Prompt with [QUESTION]; the tool is chosen at its end")
    .meta({ group: REQUESTS, defaultText: "that of --prompts" }),
  prompts: z
    .string()
    .min(1)
    .optional()
    .describe("Folder with the prompt as *general*.txt, as toolken lab prepare writes it")
    .meta({ group: REQUESTS, defaultText: SELECTION_PROMPT.replaceAll("\n", "\\n") }),
  ...flagsUnder(REQUESTS, { chat, features, featureBatchSize }),
};

/** The prompt that the flags name. @throws `FILE_NOT_FOUND`, `FILE_INVALID`. */
export async function selectionPrompt(flags: {
  readonly prompt?: string | undefined;
  readonly prompts?: string | undefined;
}): Promise<string | undefined> {
  if (flags.prompt !== undefined || flags.prompts === undefined) return flags.prompt;
  return (await loadPrompts(flags.prompts)).general;
}
