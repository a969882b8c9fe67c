// An evaluation in one command, several questions at once against one at a time: questions whose answers need calls.
import { createEngine, mathTools, ToolHead, type Engine, type EngineOptions } from "../../src/index.js";
import { evaluate, type EvaluationQuestion, readQuestions } from "../../src/lab/evaluation/index.js";
import { generateWordProblems } from "../../src/lab/word-problems/index.js";
import type { BenchmarkCase, CaseSettings } from "../case.js";
import { interleave, type Variant } from "../interleave.js";

const WIDTHS = [2, 4, 8, 16];
/** From here on cells of its own for each run are worth a look. */
const WIDE = 16;
const MAX_TOKENS = 256;

export const evaluation: BenchmarkCase = async (settings) => {
  const asked = await questionsOf(settings);
  if (asked === undefined) return [];
  const { questions, options } = asked;
  const all: Engine[] = [];
  const variant = async (width: number, kvUnified = true): Promise<Variant> => {
    const own = { ...options, tools: mathTools, parallel: width, advanced: { kvUnified } };
    const engine = await createEngine(settings.model, own);
    all.push(engine);
    return {
      name: `${width} at once${kvUnified ? "" : ", cells of its own for each"}`,
      measure: async () =>
        questions.length / (await evaluate(engine, questions, { maxOutputTokens: MAX_TOKENS })).seconds,
    };
  };
  const variants: Variant[] = [];
  const alone = await variant(1);
  for (const width of WIDTHS) variants.push(await variant(width));
  variants.push(await variant(WIDE, false));
  const measured = await interleave(alone, variants, settings.repetitions);
  for (const engine of all) await engine.dispose();
  return [
    {
      name: "evaluation",
      what: `questions per second of one evaluation of ${questions.length} questions with calls`,
      rival: "the same, one question at a time",
      measured,
      facts: { questions: questions.length, maxTokens: MAX_TOKENS },
    },
  ];
};

interface Asked {
  readonly questions: readonly EvaluationQuestion[];
  readonly options: EngineOptions;
}

/** Without files: word problems for the embedded model; of other models nothing is known. */
async function questionsOf({ model, quick, questions: files }: CaseSettings): Promise<Asked | undefined> {
  if (files !== undefined) {
    const { data, prompts } = files;
    const head = await ToolHead.load(files.head, { for: await model.identity() });
    return { questions: await readQuestions(data), options: { head, prompts } };
  }
  if (model.facts.name !== "nano") return undefined;
  const problems = generateWordProblems({ count: quick ? 16 : 64, seed: 5, split: "held-out" });
  const questions = problems.map(({ id, question, answer }) => ({ id, question, answer }));
  return { questions, options: { head: await ToolHead.load("nano") } };
}
