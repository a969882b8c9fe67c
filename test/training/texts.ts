// Small arithmetic texts of our own, so that training can be tested without anybody's data set.
import type { TrainingExample } from "../../src/examples/example.js";
import type { Steps } from "../../src/training/steps.js";
import { seededRandom } from "../utils/scratch.js";

const STORIES = [
  (a: number, b: number) => ({
    tool: "add",
    question: `Ann has ${a} shells and finds ${b} more. How many shells does she have?`,
    plan: `Ann has ${a}+${b}=`,
    result: a + b,
    rest: " shells.",
  }),
  (a: number, b: number) => ({
    tool: "multiply",
    question: `A box holds ${a} nails. How many nails do ${b} boxes hold?`,
    plan: `The boxes hold ${a}*${b}=`,
    result: a * b,
    rest: " nails.",
  }),
  (a: number, b: number) => ({
    tool: "subtract",
    question: `Of ${a + b} birds ${b} fly away. How many birds stay?`,
    plan: `There stay ${a + b}-${b}=`,
    result: a,
    rest: " birds.",
  }),
] as const;

export const arithmeticTools = ["add", "multiply", "subtract"];

/** `count` texts with one call each, in turns of the tools; equal seeds give equal texts. */
export function arithmeticTexts(count: number, seed = 1): TrainingExample[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, index) => {
    const number = (): number => 11 + Math.floor(random() * 988);
    const { tool, question, plan, result, rest } = STORIES[index % STORIES.length]!(number(), number());
    const asked = `Q: ${question}\nA:`;
    const start = `${asked} ${plan}`.length;
    const text = `${asked} ${plan}${result}${rest} So, the answer is ${result}.`;
    const end = start + String(result).length;
    const call = {
      tool,
      start,
      end,
      args: plan.replace(/.* (\d+)\D(\d+)=$/, "$1, $2"),
      result: String(result),
    };
    return { text, calls: [call], questionEnd: asked.length };
  });
}

/** A prompt of inference for them. */
export const arithmeticPrompt =
  "Q: Tom reads 12 pages and then 30 pages. How many pages does he read?\nA: Tom reads 12+30=42 pages. So, the answer is 42.\n\nQ: [QUESTION]\nA:";

/** Random steps of a problem that a head can solve in part: tool k lies in direction k of the first axes. */
export function randomSteps(count: number, dimension: number, tools: readonly string[], seed = 1): Steps {
  const random = seededRandom(seed);
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const steps: Steps = {
    count,
    dimension,
    tools,
    h: Float32Array.from({ length: count * dimension }, normal),
    lse: Float32Array.from({ length: count }, () => 4 + normal()),
    target: Int32Array.from(
      { length: count },
      () => Math.floor(random() * 3 * tools.length) - 2 * tools.length,
    ),
    targetLogit: new Float32Array(count),
    bestLogit: new Float32Array(count),
    text: Int32Array.from({ length: count }, (_, step) => Math.floor(step / 5)),
    position: Int32Array.from({ length: count }, (_, step) => step % 5),
  };
  for (let step = 0; step < count; step++) {
    const k = Math.max(-1, steps.target[step]!);
    steps.target[step] = k;
    if (k >= 0) steps.h[step * dimension + k]! += 3;
    steps.bestLogit[step] = steps.lse[step]! - 0.5;
    steps.targetLogit[step] = k >= 0 ? 0 : steps.lse[step]! - 1;
  }
  return steps;
}
