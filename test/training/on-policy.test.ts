import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { labelGeneration } from "../../src/training/label-generation.js";
import { onPolicyExamples, questionOf } from "../../src/training/on-policy.js";
import type { TrainingExample } from "../../src/examples/example.js";
import { validateExample } from "../../src/examples/example.js";
import { scratchFolder } from "../utils/scratch.js";
import { rejectsWith } from "../support/errors.js";
import { models, loadTestModel } from "../support/models.js";
import { arithmeticPrompt, arithmeticTexts } from "./texts.js";

const question = "A box holds 67 nails. How many nails do 253 boxes hold?";
const asked = `Q: ${question}\nA:`;
const gold: TrainingExample = {
  text: `${asked} They hold 67*253=16951 nails.`,
  calls: [
    { tool: "multiply", start: asked.length + 18, end: asked.length + 23, args: "67, 253", result: "16951" },
  ],
  questionEnd: asked.length,
};

/** The labelled generation with its result in brackets, or undefined. */
function labelled(generation: string, example = gold, of = question): string | undefined {
  const found = labelGeneration(example, of, generation);
  if (found === undefined) return undefined;
  validateExample(found);
  const [call] = found.calls;
  return `${found.text.slice(found.questionEnd, call!.start)}[${call!.result}]${found.text.slice(call!.end)}`;
}

test("the first computed number is the tool's, right or wrong", (t) => {
  t.is(labelled(" They hold 67*253=17,021 nails."), " They hold 67*253=[17,021] nails.");
  t.is(labelled(" That is 16951.5, so 16951.5."), " That is [16951.5], so 16951.5.");
  t.is(labelGeneration(gold, question, " It is 9.")?.calls[0]?.tool, "multiply");
});

test("numbers of the question, of the arguments, of lists and of words are not computed", (t) => {
  t.is(labelled(" With 253 boxes of 67.0 nails each."), undefined);
  t.is(labelled(" No idea."), undefined);
  t.is(
    labelled(" We need:\n1. 67 nails\nStep 2: 253 boxes\nso 4 nails"),
    " We need:\n1. 67 nails\nStep 2: 253 boxes\nso [4] nails",
  );
  t.is(labelled(" With x1 and 3D, 12."), " With x1 and 3D, [12].");
  const growth = { ...gold, calls: [{ ...gold.calls[0]!, args: "1.5, 11" }] };
  t.is(
    labelled(" 1.04^11=1.54 or 1.5^11", growth, "It grows by 4% for 11 years."),
    " 1.04^11=[1.54] or 1.5^11",
  );
});

test("what follows is kept up to the next computed number", (t) => {
  t.is(labelled(" 67*253=5. So, the answer is 5. But 5*4=20."), " 67*253=[5]. So, the answer is 5. But 5*");
});

test("questions are told from texts by the prompt", (t) => {
  t.is(questionOf(gold, arithmeticPrompt), question);
  t.is(
    questionOf({ ...gold, text: gold.text.slice(3), questionEnd: asked.length - 3 }, arithmeticPrompt),
    question,
  );
  const other = "Question: [QUESTION]\nAnswer:";
  t.is(questionOf(gold, other), questionOf(gold, arithmeticPrompt), "bare texts are known after any prompt");
  t.is(questionOf({ text: "Why?\nReply: so", calls: [], questionEnd: 11 }, other), undefined);
  t.is(questionOf({ text: gold.text, calls: gold.calls }, arithmeticPrompt), undefined);
});

test("generations are kept, continued and bound to their model and prompt", async (t) => {
  await using model = await loadTestModel(models.nano);
  const path = join(await scratchFolder(t), "generations.jsonl");
  const examples = arithmeticTexts(3);
  const several = { ...examples[0]!, calls: [...examples[0]!.calls, ...examples[0]!.calls] };
  const common = { prompts: { general: arithmeticPrompt }, maxTokens: 12, path };

  const stop = new AbortController();
  const stopped = onPolicyExamples(model, {
    ...common,
    examples,
    parallel: 1,
    signal: stop.signal,
    onProgress: () => {
      stop.abort();
    },
  });
  await rejectsWith(t, stopped, "ABORTED");
  const lines = async (): Promise<string[]> => (await readFile(path, "utf8")).trimEnd().split("\n");
  t.is((await lines()).length, 2, "the setup and the one that was finished");

  await appendFile(path, '{"question":"half a li');
  const asked: number[] = [];
  const { texts, ...counts } = await onPolicyExamples(model, {
    ...common,
    examples: [...examples, several],
    onProgress: ({ done, total }) => asked.push(done, total),
  });
  t.deepEqual(
    asked.filter((_, at) => at % 2 === 1),
    [2, 2],
    "only what was missing",
  );
  t.is((await lines()).length, 4);
  t.is(counts.asked, 3);
  t.is(counts.withoutNumber, 3 - texts.length);
  for (const { example, origin } of texts) {
    t.is(example.calls[0]!.tool, examples[origin]!.calls[0]!.tool);
    t.true(example.text.startsWith(examples[origin]!.text.slice(0, examples[origin]!.questionEnd)));
  }
  const again = await onPolicyExamples(model, { ...common, examples });
  t.deepEqual(again.texts, texts);

  const other = onPolicyExamples(model, { ...common, examples, maxTokens: 13 });
  await rejectsWith(t, other, "FILE_INVALID", /another/);
  await writeFile(path, "no JSON\n");
  await rejectsWith(t, onPolicyExamples(model, { ...common, examples }), "RECORD_INVALID", /:1:/);
});
