// Generation as the published scripts do it: the whole text through the model again for every token.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createEngine, mathTools, ToolHead } from "../../src/index.js";
import { defaultPrompts } from "../../src/prompts/prompts.js";
import type { BenchmarkCase } from "../case.js";
import { interleave } from "../interleave.js";
import { startPublished } from "../programs/published.js";
import { randomRows } from "../synthetic-head.js";

const QUESTION = "A shop sold 417 pens in the morning and 388 pens in the afternoon. How many pens is that?";
/** Tokens of an answer with one sum. */
const ANSWER = 48;
/** Tokens of the rival per turn; its rate hardly changes over an answer. */
const RIVAL_TOKENS = 6;

export const published: BenchmarkCase = async ({ model, quick, repetitions, threads, scratch }) => {
  const { general } = defaultPrompts(mathTools);
  const text = general.replace("[QUESTION]", QUESTION);
  const prompt = model.tokenizer.encode(text, { addSpecial: true });
  const file = join(scratch, "prompt.txt");
  await writeFile(file, prompt.join(" "));
  const names = mathTools.map(({ name }) => name);
  const head = ToolHead.create({
    tools: names,
    weights: randomRows(names.length, model.facts.embeddingLength),
    bias: names.map(() => -50),
  });
  await using engine = await createEngine(model, { head, tools: mathTools, parallel: 1 });
  const rival = await startPublished(model.path, ["--prompt", file], threads || 2);
  if (rival === undefined) return [];
  await using program = rival;
  const seconds: { ours: number[]; rival: number[] } = { ours: [], rival: [] };
  const measured = await interleave(
    {
      name: "published way",
      measure: async () => {
        await program.ask("begin generate");
        const rate = await program.rate(`turn generate ${quick ? 2 : RIVAL_TOKENS}`);
        seconds.rival.push(ANSWER / rate);
        return rate;
      },
    },
    [
      {
        name: "toolken",
        measure: async () => {
          const start = performance.now();
          const { usage } = await engine.generate({
            prompt: QUESTION,
            maxOutputTokens: ANSWER,
            stopSequences: [],
          });
          const took = (performance.now() - start) / 1000;
          seconds.ours.push((took * ANSWER) / usage.details.textTokens);
          return usage.details.textTokens / took;
        },
      },
    ],
    repetitions,
  );
  return [
    {
      name: "published loop",
      what: `tokens per second after a prompt of ${prompt.length} tokens, greedy; the question is computed again for each answer`,
      rival: "PyTorch and transformers, F32, all tokens again for every token, joint logits",
      measured,
      facts: {
        promptTokens: prompt.length,
        answerTokens: ANSWER,
        secondsPerQuestion: seconds,
        rivalFacts: await program.ask("facts"),
      },
    },
  ];
};
