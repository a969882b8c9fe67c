// An evaluation in one command, several questions at once against one at a time: word problems with calls, on nano.
import {
  createToolken,
  evaluate,
  generateWordProblems,
  mathTools,
  ToolHead,
  type Toolken,
} from "../../src/index.js";
import type { BenchmarkCase } from "../case.js";
import { interleave, type Variant } from "../interleave.js";

export const evaluation: BenchmarkCase = async ({ model, quick, repetitions }) => {
  if (model.facts.name !== "nano") return [];
  const problems = generateWordProblems({ count: quick ? 16 : 64, seed: 5, split: "held-out" });
  const head = await ToolHead.load("nano");
  const asked = problems.map(({ id, question, answer }) => ({ id, question, answer }));
  const all: Toolken[] = [];
  const variant = async (width: number): Promise<Variant> => {
    const toolken = await createToolken(model, { head, tools: mathTools, parallel: width });
    all.push(toolken);
    return {
      name: `${width} at once`,
      measure: async () => asked.length / (await evaluate(toolken, asked)).seconds,
    };
  };
  const measured = await interleave(
    await variant(1),
    [await variant(2), await variant(4), await variant(8), await variant(16)],
    repetitions,
  );
  for (const toolken of all) await toolken.dispose();
  return [
    {
      name: "evaluation",
      what: `questions per second of one evaluation of ${asked.length} word problems with calls`,
      rival: "the same, one question at a time",
      measured,
    },
  ];
};
