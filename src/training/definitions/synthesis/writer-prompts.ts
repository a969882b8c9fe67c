import { argumentsText } from "./argument-values.js";
import { STYLE_DESCRIPTIONS } from "./style.js";
import type { WritingJob, WritingTask } from "./writer.js";

/** How a request is asked for of a model. */
export const PROMPT_FAMILIES = ["few-shot", "user-turn"] as const;

/**
 * Few-shot completion (Promptagator, arXiv 2209.11755): texts in the order of how widely they are shared, so that the
 * KV cache holds the examples for all jobs and the tool for all its tasks.
 */
export const FEW_SHOT_EXAMPLES = `Messages that people write to an assistant. Each message needs one tool. People do not know the tools, so a message never names the tool.

Tool: currency rates: Converts an amount of money between currencies at the current rate.
Message (a short everyday message): how much is 40 euros in swiss francs right now?
Message (two to six search words, not a sentence): eur to chf today
Message (describes a situation or a wish without saying what to do): I fly to Zurich on Monday and still have only euros in my wallet

Tool: find recipes: Searches recipes by ingredients, diet and cooking time.
Message (one sentence with concrete values; diet: vegetarian, minutes: 20): Something vegetarian with lentils that is on the table in 20 minutes, please.
Message (describes a situation or a wish without saying what to do): there are three ripe bananas left and guests come at four
Message (two to six search words, not a sentence): quick vegetarian lentil dinner

Tool: ticket update status: Changes the status of a support ticket.
Not this one: ticket create: Opens a new support ticket.
Message (one sentence with concrete values; ticket id: 4411, status: closed): Please mark 4411 as closed, the customer is happy now.
Message (a short everyday message): can you reopen the printer ticket from yesterday

`;

const MAX_OTHERS_CHARACTERS = 100;

/** The part of the few-shot prompt that all tasks of a job share. */
export function fewShotTool({ summary, others }: WritingJob): string {
  const negatives = others.map((other) => `Not this one: ${firstSentence(other, MAX_OTHERS_CHARACTERS)}\n`);
  return `Tool: ${firstSentence(summary, 400)}\n${negatives.join("")}`;
}

/** The end of the few-shot prompt; the model goes on with the message. */
export function fewShotTask({ style, values }: WritingTask): string {
  const text = argumentsText(values);
  return `Message (${STYLE_DESCRIPTIONS[style]}${text === "" ? "" : `; ${text}`}):`;
}

/** System message before a sampled user turn (Magpie, arXiv 2406.08464). */
export function userTurnSystem({ summary, others }: WritingJob, { style, values }: WritingTask): string {
  const text = argumentsText(values);
  return [
    `You are an assistant that can do one thing. ${summary}`,
    ...(others.length === 0
      ? []
      : [`Others take care of: ${others.map((o) => firstSentence(o, 60)).join(" ")}`]),
    "Users do not know how you work and never mention a tool; they write what they need.",
    `The next user message is ${STYLE_DESCRIPTIONS[style]}.`,
    ...(text === "" ? [] : [`It mentions ${text}.`]),
  ].join("\n");
}

/** Instruction for a model that follows instructions: one message per task. */
export function instructionPrompt(job: WritingJob): { readonly system: string; readonly user: string } {
  const lines = job.tasks.map(({ style, values }, i) => {
    const text = argumentsText(values);
    return `${i + 1}. ${STYLE_DESCRIPTIONS[style]}${text === "" ? "" : `; mentions ${text}`}`;
  });
  return {
    system:
      "You write messages that people send to an assistant. They do not know which tools it has: a message never " +
      "names a tool, function or API. Messages are natural, differ from each other, have fewer than 20 words, and " +
      "need the given tool rather than one of the others.",
    user: [
      `Tool: ${job.summary}`,
      ...job.others.map((other) => `Not this one: ${firstSentence(other, 200)}`),
      "",
      `Write ${job.tasks.length} messages that need the tool, one per line, numbered, in this order:`,
      ...lines,
    ].join("\n"),
  };
}

/** The lines of an answer to {@link instructionPrompt}, in the order of the tasks; empty where one is missing. */
export function numberedLines(text: string, count: number): string[] {
  const found = new Map<number, string>();
  for (const line of text.split("\n")) {
    const match = /^\s*\**(\d+)[.):]\**\s*(.+)$/u.exec(line);
    if (match !== null && !found.has(Number(match[1]))) found.set(Number(match[1]), match[2]!);
  }
  return Array.from({ length: count }, (_, i) => found.get(i + 1) ?? "");
}

function firstSentence(text: string, limit: number): string {
  if (text.length <= limit) return text;
  const end = text.slice(0, limit).lastIndexOf(". ");
  return end > 20 ? text.slice(0, end + 1) : `${text.slice(0, limit).replace(/\s+\S*$/u, "")} …`;
}
