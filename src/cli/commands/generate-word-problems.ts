// `toolken lab word-problems`: questions whose calculations are known, in the form that their reader takes.
import { z } from "zod";
import {
  evaluationRecord,
  generateWordProblems,
  reasoningText,
  toolModeText,
  trainingExample,
  type WordProblem,
  wordProblemOperators,
} from "../../lab/word-problems/index.js";
import { writeFileAtomically } from "../../utils/atomic.js";
import { wordProblemFields } from "../../lab/word-problems/options.js";
import { defineCommand } from "../command.js";
import { jsonFlag } from "../flags.js";

const FORMS: Readonly<Record<string, (problem: WordProblem) => readonly unknown[]>> = {
  training: (problem) => [trainingExample(problem)],
  evaluation: (problem) => [evaluationRecord(problem)],
  reasoning: (problem) => [reasoningText(problem)],
  tool: (problem) => problem.calls.map((_, call) => toolModeText(problem, call)),
};

export const generateWordProblemsCommand = defineCommand({
  name: "lab word-problems",
  group: "Data",
  summary: "Write word problems over the thirteen operators as JSON lines",
  examples: [
    {
      command: "toolken lab word-problems --count 1000 --out train.jsonl",
      does: "texts for train head",
    },
    {
      command: "toolken lab word-problems --count 100 --split held-out --form evaluation --out dev.jsonl",
      does: "questions for eval, in wordings that no training text has",
    },
    {
      command: "toolken lab word-problems --count 1000 --look-alikes --asides --out hard.jsonl",
      does: "texts with more to take for a call, or for another",
    },
  ],
  options: z.object({
    count: z.int().min(1).default(100).describe("Number of problems"),
    seed: wordProblemFields.seed,
    split: wordProblemFields.split,
    steps: z
      .array(z.coerce.number())
      .optional()
      .describe("Number of calculations, 0 to 3; may be given several times")
      .meta({ defaultText: "all" }),
    operators: z
      .array(z.enum(wordProblemOperators))
      .optional()
      .describe(`Operators: ${wordProblemOperators.join(", ")}; may be given several times`)
      .meta({ defaultText: "all" }),
    lookAlikes: wordProblemFields.lookAlikes,
    asides: wordProblemFields.asides,
    form: z
      .enum(["training", "evaluation", "reasoning", "tool"])
      .default("training")
      .describe("Of the lines: for train head, for eval, or texts of reasoning or tool mode"),
    out: z.string().min(1).optional().describe("File to write").meta({ defaultText: "standard output" }),
    ...jsonFlag,
  }),
  async run({ count, seed, split, steps, operators, lookAlikes, asides, form, out, json }, io) {
    const problems = generateWordProblems({
      count,
      seed,
      split,
      lookAlikes,
      asides,
      ...(steps === undefined ? {} : { steps }),
      ...(operators === undefined ? {} : { operators }),
    });
    const lines = problems.flatMap(FORMS[form]!).map((line) => `${JSON.stringify(line)}\n`);
    if (out === undefined) {
      io.write(lines.join(""));
      return undefined;
    }
    await writeFileAtomically(out, lines.join(""), { signal: io.signal });
    if (json) io.printJson({ out, problems: problems.length, lines: lines.length });
    else io.print(`Saved ${io.style("bold", out)}: ${problems.length} problems, ${lines.length} lines`);
    return undefined;
  },
});
