// Answers that share decodes are the ones that each question gets alone, also after long prompts.
import test from "ava";
import { createEngine, loadModel, type Model } from "../../src/index.js";
import { models } from "../support/models.js";

/** More than 512 tokens: from there on llama.cpp's attention takes another path for a single token. */
const PROMPT = `${Array.from(
  { length: 40 },
  (_, i) =>
    `Q: Anna has ${100 + 7 * i} stamps and buys ${13 + i}. How many is that?\nA: Anna has ${113 + 8 * i}.`,
).join("\n\n")}\n\nQ: [QUESTION]\nA:`;

const QUESTIONS = [
  "Ben has 431 coins and finds 77. How many is that?",
  "A shop sells 12 boxes of 45 pens. How many pens are sold?",
  "Carla runs 5 km a day for 31 days. How far is that?",
  "Of 815 seats, 97 are free. How many are taken?",
  "Divide 1,728 by 12.",
];

async function answers(model: Model, parallel: number): Promise<string[]> {
  await using engine = await createEngine(model, {
    prompts: { general: PROMPT },
    parallel,
    batchInvariant: true,
  });
  const running = QUESTIONS.map((question) => engine.generate({ prompt: question, maxOutputTokens: 24 }));
  return (await Promise.all(running)).map(({ text }) => text);
}

for (const [name, path] of Object.entries(models)) {
  const check = path === undefined ? test.serial.skip : test.serial;
  check(`${name}: answers side by side are those of one after the other`, async (t) => {
    // Two threads: the path for a single token splits the cache among them.
    await using model = await loadModel(path!, { threads: 2, gpu: "cpu" });
    const alone = await answers(model, 1);
    t.deepEqual(await answers(model, 4), alone);
    t.is(new Set(alone).size, QUESTIONS.length);
  });
}
