// `toolken demo`: the whole idea in half a minute: train a head, then watch it do what the model alone cannot.
import { z } from "zod";
import {
  evaluationRecord,
  generateWordProblems,
  reasoningText,
  trainingExample,
  wordProblemOperators,
  type Operator,
  type WordProblem,
  type WordProblemSplit,
} from "../../lab/word-problems/index.js";
import { exactMatch, parseStatedAnswer } from "../../metrics/answer.js";
import type { GenerateResult } from "../../generation/events.js";
import { createEngine } from "../../generation/create-engine.js";
import { promptsOf } from "../../model/embedded.js";
import { QUESTION_SLOT } from "../../prompts/prompts.js";
import { Reranker } from "../../reranker/reranker.js";
import { mathTools } from "../../tools/index.js";
import { trainHead } from "../../training/train-head.js";
import { defineCommand } from "../command.js";
import { jsonFlag, modelFlags } from "../flags.js";
import type { Io } from "../io.js";
import { openModel } from "../session.js";
import { changesOf, highlightedAnswer, rerankLine } from "../show-answer.js";
import { showTraining } from "../show-training.js";

const MAX_TOKENS = 128;

const NEXT = [
  "Next:",
  '  toolken run "I read 67 pages a day for 253 days. How many pages is that?"',
  '  toolken inspect "What is 13,289 plus 7,899?"    tokens against tools, step by step',
  "  toolken train head --help                       a head for a model and tools of your own",
];

/** What a model is taught: its operators, the steps of its problems, and how many texts teach them. */
interface Lesson {
  readonly operators: readonly Operator[];
  readonly steps: readonly number[];
  readonly texts: number;
  /** Problems that are told before each question, for a model that does not know their form. */
  readonly shots: number;
}

/** The embedded model knows the form of the problems and takes a second for hundreds of texts. */
const EMBEDDED: Lesson = { operators: wordProblemOperators, steps: [1, 2], texts: 600, shots: 0 };
/** Any other model: few operators, so that few texts teach them. */
const ANY: Lesson = {
  operators: ["add", "subtract", "multiply", "divide"],
  steps: [1],
  texts: 120,
  shots: 3,
};

export const demo = defineCommand({
  name: "demo",
  group: "Installation",
  summary: "Train a head on a few word problems and answer others with and without tools",
  examples: [
    { command: "toolken demo", does: "a few seconds with the embedded model" },
    { command: "toolken demo --model model.gguf", does: "about half a minute with a small model" },
    {
      command: "toolken demo --reranker rerank.safetensors",
      does: "shows the calls that it rejects or replaces",
    },
  ],
  options: z.object({
    ...modelFlags,
    problems: z.int().min(1).max(100).default(5).describe("Problems that are answered"),
    texts: z
      .int()
      .min(20)
      .max(10_000)
      .optional()
      .describe("Word problems that the head is trained on")
      .meta({ defaultText: `${EMBEDDED.texts} with nano, ${ANY.texts} with another model` }),
    seed: z.int().min(0).default(1).describe("Of the problems"),
    reranker: z
      .string()
      .min(1)
      .optional()
      .describe("Looks at every call again: a reranker of the model (safetensors), or nano")
      .meta({ defaultText: "none" }),
    ...jsonFlag,
  }),
  async run(options, io) {
    const say = (text = ""): void => {
      if (!options.json) io.print(text);
    };
    await using model = await openModel(options, io);
    const reranker =
      options.reranker === undefined
        ? undefined
        : await Reranker.load(options.reranker, { for: await model.identity() });
    const lesson = promptsOf(model) === undefined ? ANY : EMBEDDED;
    const { seed } = options;
    const { operators, steps } = lesson;
    const make = (count: number, split: WordProblemSplit): WordProblem[] =>
      generateWordProblems({ count, seed, split, steps, operators });
    const told = make(lesson.shots + (options.texts ?? lesson.texts), "train");
    const [shots, texts] = [told.slice(0, lesson.shots), told.slice(lesson.shots)];
    const prompts = shots.length === 0 ? undefined : { general: promptWith(shots) };
    const tools = mathTools.filter(({ name }) => (operators as readonly string[]).includes(name));

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
      `Trained a head for ${tools.length} tools (${tools.map(({ name }) => name).join(", ")}) on ${texts.length} texts in ${seconds.toFixed(1)} s: F1 ${f1.toFixed(2)} on texts it has not seen.`,
    );

    const problems = make(options.problems, "held-out");
    await using engine = await createEngine(model, { head, tools, prompts, reranker });
    const ask = { maxOutputTokens: MAX_TOKENS, signal: io.signal };
    const counts = { alone: 0, withTools: 0 };
    const answers = problems.map(async ({ question }) => [
      await engine.generate({ prompt: question, ...ask, toolChoice: "none" }),
      await engine.generate({ prompt: question, ...ask }),
    ]);
    // A failure is met at its turn below; until then it must not count as unhandled.
    for (const pending of answers) pending.catch(() => undefined);
    const results = [];
    for (const [index, problem] of problems.entries()) {
      const [alone, withTools] = (await answers[index]!) as [GenerateResult, GenerateResult];
      const right = { alone: isRight(alone, problem), withTools: isRight(withTools, problem) };
      counts.alone += right.alone ? 1 : 0;
      counts.withTools += right.withTools ? 1 : 0;
      results.push({
        ...evaluationRecord(problem),
        alone: alone.text,
        withTools: withTools.transcript,
        reranks: withTools.reranks,
        right,
      });
      say();
      say(io.style("bold", problem.question));
      say(`  alone       ${verdict(right.alone, io)} ${oneLine(highlightedAnswer(alone, io))}`);
      say(`  with tools  ${verdict(right.withTools, io)} ${oneLine(highlightedAnswer(withTools, io))}`);
      for (const rerank of changesOf(withTools)) say(io.style("dim", `              ${rerankLine(rerank)}`));
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
    for (const line of NEXT) say(line);
    return undefined;
  },
});

function promptWith(shots: readonly WordProblem[]): string {
  return `${shots.map((shot) => reasoningText(shot).text).join("\n\n")}\n\nQ: ${QUESTION_SLOT}\nA:`;
}

function isRight({ text }: GenerateResult, { answer }: WordProblem): boolean {
  return exactMatch(parseStatedAnswer(text), answer);
}

function verdict(right: boolean, { style }: Io): string {
  return right ? style("green", "right") : style("red", "wrong");
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ");
}
