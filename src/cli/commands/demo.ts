// `toolken demo`: the whole idea in half a minute: train a head, then watch it do what the model alone cannot.
import { z } from "zod";
import {
  evaluationRecord,
  generateWordProblems,
  reasoningText,
  trainingExample,
  type WordProblem,
} from "../../datasets/word-problems/index.js";
import { exactMatch, parseAnswer } from "../../evaluation/answer.js";
import type { Answer } from "../../generation/events.js";
import { createToolken } from "../../generation/toolken.js";
import { QUESTION_SLOT } from "../../prompts/prompts.js";
import { mathTools } from "../../tools/index.js";
import { trainHead } from "../../training/train-head.js";
import { defineCommand } from "../command.js";
import { jsonFlag, modelFlags } from "../flags.js";
import type { Io } from "../io.js";
import { openModel } from "../session.js";
import { highlightedAnswer } from "../show-answer.js";
import { showTraining } from "./train-head.js";

/** Few operators, so that few texts teach them. */
const OPERATORS = ["add", "subtract", "multiply", "divide"] as const;
const MOST_TOKENS = 96;

export const demo = defineCommand({
  name: "demo",
  group: "Installation",
  summary: "Train a head on a few word problems and answer others with and without tools",
  examples: [{ command: "toolken demo --model model.gguf", does: "under half a minute with a small model" }],
  options: z.object({
    ...modelFlags,
    problems: z.int().min(1).max(100).default(5).describe("Problems that are answered"),
    texts: z.int().min(20).max(10_000).default(120).describe("Word problems that the head is trained on"),
    seed: z.int().min(0).default(1).describe("Of the problems"),
    ...jsonFlag,
  }),
  async run(options, io) {
    const say = (text = ""): void => {
      if (!options.json) io.print(text);
    };
    const { seed } = options;
    const make = (count: number, split: "train" | "held-out"): WordProblem[] =>
      generateWordProblems({ count, seed, split, steps: [1], operators: OPERATORS });
    const [shots, texts] = [
      make(3 + options.texts, "train").slice(0, 3),
      make(3 + options.texts, "train").slice(3),
    ];
    const prompts = {
      general: `${shots.map((shot) => reasoningText(shot).text).join("\n\n")}\n\nQ: ${QUESTION_SLOT}\nA:`,
    };
    const tools = mathTools.filter(({ name }) => (OPERATORS as readonly string[]).includes(name));

    await using model = await openModel(options, io);
    say("A tool head gives a language model one more output per tool: when it fires, the tool computes.");
    say();
    const begin = performance.now();
    const progress = io.progress("Training");
    const head = await trainHead(model, {
      examples: texts.map(trainingExample),
      tools,
      prompts,
      seed,
      threads: options.threads,
      signal: io.signal,
      onProgress: (event) => {
        showTraining(progress, event);
      },
    }).finally(() => {
      progress.stop();
    });
    const seconds = (performance.now() - begin) / 1000;
    const f1 = head.training.heldOut?.micro.f1 ?? head.training.train.micro.f1;
    say(
      `Trained a head for ${tools.map(({ name }) => name).join(", ")} on ${texts.length} texts in ${seconds.toFixed(1)} s (F1 ${f1.toFixed(2)} on texts it has not seen).`,
    );

    const problems = make(options.problems, "held-out");
    await using toolken = await createToolken(model, { head, tools, prompts });
    const ask = { maxTokens: MOST_TOKENS, signal: io.signal };
    const counts = { alone: 0, withTools: 0 };
    const answers = problems.map(async ({ question }) => [
      await toolken.run(question, { ...ask, toolChoice: "none" }),
      await toolken.run(question, ask),
    ]);
    // A failure is met at its turn below; until then it must not count as unhandled.
    for (const pending of answers) pending.catch(() => undefined);
    const results = [];
    for (const [index, problem] of problems.entries()) {
      const [alone, withTools] = (await answers[index]!) as [Answer, Answer];
      const right = { alone: isRight(alone, problem), withTools: isRight(withTools, problem) };
      counts.alone += right.alone ? 1 : 0;
      counts.withTools += right.withTools ? 1 : 0;
      results.push({
        ...evaluationRecord(problem),
        alone: alone.text,
        withTools: withTools.transcript,
        right,
      });
      say();
      say(io.style("bold", problem.question));
      say(`  alone       ${verdict(right.alone, io)} ${oneLine(highlightedAnswer(alone, io))}`);
      say(`  with tools  ${verdict(right.withTools, io)} ${oneLine(highlightedAnswer(withTools, io))}`);
    }
    if (options.json) {
      io.printJson({ seconds, f1, ...counts, problems: results });
      return undefined;
    }
    say();
    say(
      `Right: ${counts.alone} of ${problems.length} alone, ${counts.withTools} of ${problems.length} with tools.`,
    );
    say();
    say(
      "Next: toolken generate word-problems, toolken train head, toolken run, toolken inspect (--help shows how).",
    );
    return undefined;
  },
});

function isRight({ text }: Answer, { answer }: WordProblem): boolean {
  return exactMatch(parseAnswer(text), answer);
}

function verdict(right: boolean, { style }: Io): string {
  return right ? style("green", "right") : style("red", "wrong");
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}
