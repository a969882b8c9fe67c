// A whole training, from texts to a head, against the published trainer's epochs over the same texts.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { alignExample, extractFeatures, solveHead } from "../../src/training/index.js";
import { generateWordProblems, trainingExample } from "../../src/lab/word-problems/index.js";
import { mathTools, trainHead } from "../../src/index.js";
import { decodeToolTarget, MASKED } from "../../src/training/align.js";
import type { BenchmarkCase, CaseResult, CaseSettings } from "../case.js";
import { interleave } from "../interleave.js";
import { startPublished } from "../programs/published.js";

const EPOCHS = 3;
const RIVAL_TEXTS = 8;

export const training: BenchmarkCase = async (settings) => {
  const { model, quick, repetitions, scratch, threads } = settings;
  const examples = generateWordProblems({ count: quick ? 60 : 600, seed: 11 }).map(trainingExample);
  const tools = mathTools.map(({ name }) => name);
  const toolIndex = new Map(tools.map((tool, k) => [tool, k]));
  const aligned = examples.map((example) => alignExample(model.tokenizer, example, { toolIndex }));
  const tokens = aligned.reduce((sum, text) => sum + text.tokens.length, 0);
  const results = [await adam(settings, examples, tools)];

  const file = join(scratch, "texts.jsonl");
  const V = model.facts.vocabularySize;
  const target = (value: number): number => {
    const tool = decodeToolTarget(value);
    return tool >= 0 ? V + tool : value === MASKED ? -100 : value;
  };
  const lines = aligned.map((text) =>
    JSON.stringify({ tokens: [...text.tokens], targets: [...text.targets].map(target) }),
  );
  await writeFile(file, `${lines.join("\n")}\n`);
  const rival = await startPublished(model.path, ["--texts", file], threads || 2);
  if (rival === undefined) return results;
  await using program = rival;
  const seconds: number[] = [];
  const phases: unknown[] = [];
  const measured = await interleave(
    {
      name: `published way, ${EPOCHS} epochs`,
      measure: async () => (await program.rate(`turn train ${quick ? 2 : RIVAL_TEXTS}`)) / EPOCHS,
    },
    [
      {
        name: "trainHead",
        measure: async () => {
          const start = performance.now();
          // Bare texts, as the rival reads them; held-out part, calibration and refit as by default.
          const head = await trainHead(model, { examples, tools, prompt: null });
          const took = (performance.now() - start) / 1000;
          seconds.push(took);
          phases.push(head.training.seconds);
          return tokens / took;
        },
      },
    ],
    quick ? 1 : Math.min(repetitions, 3),
  );
  return [
    {
      name: "whole training",
      what: `tokens of the texts per second of the whole training (${examples.length} texts, ${tokens} tokens)`,
      rival:
        "PyTorch and transformers, F32: the frozen model with all logits in each epoch, Adam on the head",
      measured,
      facts: { tokens, texts: examples.length, seconds, phases, rivalFacts: await program.ask("facts") },
    },
    ...results,
  ];
};

/** An epoch of Adam on kept features, and the convex solve, against each other. */
async function adam(
  { model, quick, repetitions }: CaseSettings,
  examples: Parameters<typeof extractFeatures>[1]["examples"],
  tools: readonly string[],
): Promise<CaseResult> {
  await using features = await extractFeatures(model, { examples, tools });
  const steps = await features.steps(tools);
  const measured = await interleave(
    {
      name: "Adam, an epoch",
      measure: async () => {
        const start = performance.now();
        await solveHead(steps, { method: "adam", epochs: 1 });
        return 1000 / (performance.now() - start);
      },
    },
    [
      {
        name: "L-BFGS to the optimum",
        measure: async () => {
          const start = performance.now();
          await solveHead(steps);
          return 1000 / (performance.now() - start);
        },
      },
    ],
    quick ? 1 : repetitions,
  );
  return {
    name: "epochs on features",
    what: `1 ÷ seconds, ${steps.count} steps × ${steps.dimension} × ${tools.length} tools, features at hand`,
    rival: "an epoch of Adam on the same features",
    measured,
  };
}
