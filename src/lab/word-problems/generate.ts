import { invalidArgument } from "../../errors.js";
import { drawStyle } from "./number-style.js";
import { splits, validate, type Plan, type WordProblemOptions } from "./options.js";
import { pickWording } from "./pick-wording.js";
import type { WordProblem } from "./problem.js";
import { fillQuestion } from "./question.js";
import { Random } from "./random.js";
import { drawAside, fillReasoning } from "./reasoning.js";
import { sentences, type Split } from "./sentences.js";
import { solve } from "./solve.js";
import type { Story } from "./stories.js";
import { choose } from "./wording.js";
import { Words } from "./words.js";

const ASIDE_CHANCE = 1 / 3;

/**
 * Generates word problems over the thirteen operators; no two have the same question.
 * @throws `INVALID_ARGUMENT` for a count below 1, an unknown split or operator, or when no situation fits.
 */
export function generateWordProblems(options: WordProblemOptions): WordProblem[] {
  const { pools, ...plan } = validate(options);
  const { count, split, seed } = plan;
  const random = new Random(seed + splits.indexOf(split) * 0x51ed270b);
  const asked = new Set<string>();
  const problems: WordProblem[] = [];
  let rejected = 0;
  while (problems.length < count) {
    const problem = drawProblem(random.weighted(random.weighted(pools)), plan, random, problems.length);
    if (problem === null || asked.has(problem.question)) {
      // Few wordings with small numbers have a limited supply of questions.
      if (++rejected > 5_000) {
        throw invalidArgument(`at most ${problems.length} for these steps and operators`, "count", count);
      }
      continue;
    }
    rejected = 0;
    asked.add(problem.question);
    problems.push(problem);
  }
  return problems;
}

function drawProblem(
  story: Story,
  { split, seed, lookAlikes, asides }: Omit<Plan, "pools">,
  random: Random,
  index: number,
): WordProblem | null {
  const source: Split = split === "unfamiliar" ? "unfamiliar" : "train";
  const wordings = story[source];
  const quantities = story.numbers(random);
  const calls = solve(story, quantities, lookAlikes);
  if (calls === null) return null;
  const words = new Words(random);
  const style = drawStyle(random);
  const wording = pickWording(wordings.questions, split, random);
  if (wording === null) return null;
  const question = fillQuestion(wording, source, random, words, quantities, style);

  const plain = story.steps.length === 1 && random.chance(0.15);
  const explanation = choose(
    random.pick(plain ? sentences().plainAnswers[source] : wordings.answers),
    random,
  );
  const answer = story.copied === undefined ? calls.at(-1)!.result : quantities[story.copied]!.numeral;
  const aside = asides && random.chance(ASIDE_CHANCE) ? drawAside(source, random, wording, quantities) : "";
  const reasoning = fillReasoning(
    `${aside}${explanation} So, the answer is ${answer}.`,
    calls,
    words,
    quantities,
    style,
  );
  return {
    id: `${split}-${seed}-${index}`,
    split,
    situation: story.id,
    wording,
    question,
    reasoning,
    calls,
    answer,
  };
}
