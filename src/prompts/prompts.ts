// Prompts of a run: one for reasoning mode and one per tool for tool mode, each with a slot for the question.
import { readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { ToolkenError, expected, invalidArgument } from "../errors.js";
import { bareToolName } from "../tools/tool-name.js";
import { embeddedOr } from "../model/embedded.js";
import type { Tool } from "../tools/index.js";

/** Where the question goes. */
export const QUESTION_SLOT = "[QUESTION]";

export interface Prompts {
  /** Reasoning mode: text with one `[QUESTION]`; the model writes on after it. */
  readonly general: string;
  /** Tool mode, by tool name: demonstrations and `[QUESTION]`; the text so far and `<tool>(` follow it. */
  readonly tools: Readonly<Record<string, string>>;
}

/** Prompts as a caller may give them: a folder ("nano": the embedded model's), or values of which missing ones take their defaults. */
export type PromptsOption = string | Partial<Prompts> | undefined;

/** Prompts for these tools. Throws `FILE_NOT_FOUND`, `FILE_INVALID`, `INVALID_ARGUMENT`. */
export async function resolvePrompts(prompts: PromptsOption, tools: Iterable<Tool>): Promise<Prompts> {
  const defaults = defaultPrompts(tools);
  if (prompts === undefined) return defaults;
  if (typeof prompts !== "string" && (typeof prompts !== "object" || (prompts as unknown) === null)) {
    throw invalidArgument("a folder of prompts or an object", "prompts", prompts);
  }
  const given = typeof prompts === "string" ? await loadPrompts(embeddedOr(prompts, "prompts")) : prompts;
  const resolved = {
    general: given.general ?? defaults.general,
    tools: { ...defaults.tools, ...given.tools },
  };
  checkSlot(resolved.general, "the general prompt");
  // A folder may hold texts of other tools, or none of tools at all.
  for (const [tool, prompt] of Object.entries(resolved.tools)) {
    if (typeof prompts !== "string" || tool in defaults.tools) checkSlot(prompt, `the prompt of ${tool}`);
  }
  return resolved;
}

/**
 * Reads a folder of prompts: `general.txt` or `*_general.txt`, and `add.txt` or `*<add>*.txt` per tool.
 * Throws `FILE_NOT_FOUND`, `FILE_INVALID`.
 */
export async function loadPrompts(folder: string): Promise<Partial<Prompts>> {
  let names: string[];
  try {
    names = (await readdir(folder)).filter((name) => name.endsWith(".txt")).sort();
  } catch (cause) {
    throw new ToolkenError("FILE_NOT_FOUND", `Expected a folder of prompts at ${folder}`, { cause });
  }
  const tools: Record<string, string> = {};
  let general: string | undefined;
  for (const name of names) {
    const stem = name.slice(0, -".txt".length);
    const tool = /<([^<>]+)>/u.exec(stem)?.[1];
    const text = await readFile(join(folder, name), "utf8");
    if (tool !== undefined) tools[bareToolName(tool)] = text;
    else if (stem === "general" || stem.endsWith("_general")) general = text;
    else tools[stem] ??= text;
  }
  if (general === undefined) {
    throw new ToolkenError("FILE_INVALID", `Expected a file general.txt or *_general.txt in ${folder}`, {
      hint: `The general prompt holds worked examples and ends with "Q: ${QUESTION_SLOT}\\nA:".`,
    });
  }
  return { general, tools };
}

const EXAMPLES_IN_GENERAL_PROMPT = 4;
const CALL = /<[A-Za-z_][A-Za-z0-9_.-]*>\([^\n]*?\)=/gu;
const LAST_RESULT = /<[A-Za-z_][A-Za-z0-9_.-]*>\([^\n]*\)=\$?(-?\d[\d,]*(?:\.\d+)?)/u;

/** Prompts made of the tools' own demonstrations. */
export function defaultPrompts(tools: Iterable<Tool>): Prompts {
  const all = [...tools];
  const examples = all
    .map(({ demonstrations }) => demonstrations?.split(/\n\s*\n/u)[0]?.trim() ?? "")
    .filter((example) => example !== "")
    .slice(0, EXAMPLES_IN_GENERAL_PROMPT)
    .map(withoutCalls);
  const question = `Q: ${QUESTION_SLOT}\nA:`;
  return {
    general: [...examples, question].join("\n\n"),
    tools: Object.fromEntries(
      all.map(({ name, demonstrations }) => [
        name,
        [`Answer the following question with <${name}>:`, demonstrations?.trim() ?? "", question]
          .filter((part) => part !== "")
          .join("\n\n"),
      ]),
    ),
  };
}

/** A demonstration as reasoning mode sees it: results in place of calls, and the sentence that ends an answer. */
function withoutCalls(example: string): string {
  const result = LAST_RESULT.exec(example)?.[1];
  const text = example.replace(CALL, "");
  return result === undefined ? text : `${text} So, the answer is ${result}.`;
}

/** The two parts of a prompt around the question. */
export function splitAtQuestion(prompt: string): { readonly before: string; readonly after: string } {
  const at = prompt.lastIndexOf(QUESTION_SLOT);
  return { before: prompt.slice(0, at), after: prompt.slice(at + QUESTION_SLOT.length) };
}

function checkSlot(prompt: unknown, name: string): void {
  if (typeof prompt !== "string" || !prompt.includes(QUESTION_SLOT)) {
    throw new ToolkenError("INVALID_ARGUMENT", expected(`a text with ${QUESTION_SLOT}`, name, prompt));
  }
}
