import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { annotate } from "../../../src/lab/annotation/index.js";
import { mathTools, type Model, ToolkenError } from "../../../src/index.js";
import { readTrainingExamples, type TrainingExample } from "../../../src/training/index.js";
import { annotateText } from "../../../src/lab/annotation/annotate-text.js";
import { chooseContinuation, continuationGrammar } from "../../../src/lab/annotation/choice.js";
import { Batcher } from "../../../src/generation/batcher.js";
import { Sequence } from "../../../src/generation/sequence.js";
import { toolken } from "../../cli/spawn.js";
import { scratchFolder } from "../../utils/scratch.js";
import { rejectsWith } from "../../support/errors.js";
import { loadTestModel, models } from "../../support/models.js";

let model: Model;
test.before(async () => {
  model = await loadTestModel(models.nano);
});
test.after.always(() => model.dispose());

function solution(question: string, answer: string): TrainingExample {
  const opening = `Q: ${question}\nA:`;
  return { text: `${opening} ${answer}`, questionEnd: opening.length, calls: [] };
}

const SOLUTIONS = [
  solution(
    "A shop sells 12 boxes of 30 pens and 45 single pens. How many pens is that?",
    "The boxes hold 360 pens. Together there are 360+45=405 pens. So, the answer is 405.",
  ),
  solution(
    "In how many ways can a team of 4 be chosen from 23 players?",
    "There are 8855 ways to choose 4 of 23.",
  ),
  solution("What is the greatest common divisor of 252 and 1,176?", "It is $84."),
  solution("A reader reads 67 pages a day for 253 days.", "It makes 67*253=16952 pages."),
  solution("A train leaves at 10.", "It arrives at 17."),
];

/** `360=multiply(12, 30)` */
function calls({ calls }: TrainingExample): string[] {
  return calls.map(({ result, tool, args }) => `${result}=${tool}(${args})`);
}

const EXPECTED = [
  ["360=multiply(12, 30)", "405=add(360, 45)"],
  ["8855=choose(23, 4)"],
  ["84=gcd(252, 1176)"],
  [],
  [],
];

test("nano marks what checks out; what does not is left out and counted", async (t) => {
  const { annotations, summary } = await annotate(model, SOLUTIONS, { parallel: 2 });
  t.deepEqual(
    annotations.map(({ example }) => calls(example)),
    EXPECTED,
  );
  t.deepEqual(
    annotations.map(({ leftOut }) => leftOut),
    [undefined, undefined, undefined, "67*253 is 16951 and not 16952", "no calculation was found"],
  );
  t.deepEqual(
    annotations[0]!.marks?.map(({ stated }) => stated),
    [false, true],
  );
  t.like(summary, {
    texts: 5,
    annotated: 3,
    leftOut: 2,
    converted: 0,
    calls: 4,
    stated: 1,
    chosen: 3,
    resumed: 0,
  });
  t.deepEqual(summary.unmarked, { given: 7, unexplained: 1, declined: 0, wrong: 1 });
  for (const { example } of annotations) {
    for (const { start, end, result } of example.calls) t.is(example.text.slice(start, end), result);
  }
});

test("with a threshold of 1 the model declines what it does not write for certain", async (t) => {
  const { annotations, summary } = await annotate(model, SOLUTIONS.slice(1, 2), { threshold: 1 });
  t.is(summary.unmarked.declined, 1);
  const [declined] = annotations[0]!.unmarked;
  t.true(declined!.probability! > 0.5 && declined!.probability! < 1);
});

test("a long number is a result, and so is every number with a threshold of 0", async (t) => {
  const asked: (readonly string[])[] = [];
  const choose = (_before: string, _lead: string, texts: readonly string[]): Promise<number[]> => {
    asked.push(texts);
    return Promise.resolve(texts.map((_, i) => (i === 0 ? 0.001 : 0)));
  };
  const found = async (answer: string, threshold: number): Promise<string[]> => {
    const { calls } = await annotateText(solution("989, 166 and 786.", answer), choose, {
      tools: mathTools,
      threshold,
    });
    return calls.map(({ tool, args, probability }) => `${tool}(${args}) ${probability}`);
  };
  // One calculation alone: no model is asked. 1155 has four digits: it is compared with the number alone.
  t.deepEqual(await found("It is 64520382.", 0.01), ["lcm(989, 166, 786) 1"]);
  t.deepEqual(asked, []);
  t.deepEqual(await found("It is 1155.", 0.01), []);
  t.deepEqual(asked, [["989+166=1155.", "1155."]]);
  t.deepEqual(await found("It is 1155.", 0), ["add(989, 166) 1"]);
});

test("the word after a number is part of what the model may write", async (t) => {
  // Otherwise "2" would be the beginning of "24/12=2", and never have a share.
  const asked: unknown[] = [];
  const choose = (...call: unknown[]): Promise<number[]> => {
    asked.push(call);
    return Promise.resolve([0.2, 0.8]);
  };
  const text = solution("Share 24 pens among 12 pupils.", "Each gets $2 a day.");
  const { calls } = await annotateText(text, choose, { tools: mathTools, threshold: 0.1 });
  t.deepEqual(asked, [[text.text.slice(0, text.text.indexOf(" $2")), " ", ["24/12=$2 a", "$2 a"]]]);
  t.like(calls[0], { tool: "divide", args: "24, 12", result: "2", stated: false, probability: 1 });
});

test("only the given operators are marked", async (t) => {
  const { annotations } = await annotate(model, SOLUTIONS.slice(0, 2), {
    tools: mathTools.filter(({ name }) => name === "add"),
  });
  t.deepEqual(
    annotations.map(({ example }) => calls(example)),
    [["405=add(360, 45)"], []],
  );
  const { annotations: others, summary } = await annotate(model, SOLUTIONS.slice(0, 1), {
    tools: mathTools.filter(({ name }) => name === "multiply"),
  });
  t.is(summary.unmarked.wrong, 0);
  t.deepEqual(
    others.map(({ example }) => calls(example)),
    [["360=multiply(12, 30)"]],
  );
});

test("a file of texts to train on, which a later run goes on with", async (t) => {
  const out = join(await scratchFolder(t), "train.jsonl");
  const first = await annotate(model, SOLUTIONS.slice(0, 2), { out });
  t.is(first.summary.resumed, 0);
  await appendFile(out, '{"text":"torn');
  const notes: string[] = [];
  const seen: number[] = [];
  const second = await annotate(model, SOLUTIONS, {
    out,
    onNote: (note) => notes.push(note),
    onProgress: ({ done }) => seen.push(done),
  });
  t.regex(notes.join(), /last line/);
  t.deepEqual(seen, [2, 3, 4, 5]);
  t.is(second.summary.resumed, 2);
  t.deepEqual(
    second.annotations.map(({ example }) => calls(example)),
    EXPECTED,
  );
  const { examples, problems } = await readTrainingExamples(out);
  t.deepEqual(examples.map(calls).sort(), EXPECTED.filter(({ length }) => length > 0).sort());
  t.deepEqual(problems.map(({ reason }) => reason).sort(), [
    "67*253 is 16951 and not 16952",
    "no calculation was found",
  ]);

  const before = await readFile(out, "utf8");
  await rejectsWith(t, annotate(model, SOLUTIONS, { out, threshold: 0.5 }), "INVALID_ARGUMENT", /settings/);
  await rejectsWith(
    t,
    annotate(model, SOLUTIONS, { out, resume: false }),
    "INVALID_ARGUMENT",
    /already contains annotated examples/,
  );
  await rejectsWith(t, annotate(model, SOLUTIONS.slice(1), { out }), "RECORD_INVALID", /train\.jsonl:1/);
  t.is(await readFile(out, "utf8"), before);
});

test("a file that annotation did not write is rejected", async (t) => {
  const out = join(await scratchFolder(t), "other.jsonl");
  await writeFile(out, '{"text":"a","calls":[]}\n');
  await rejectsWith(
    t,
    annotate(model, SOLUTIONS, { out }),
    "RECORD_INVALID",
    /other\.jsonl:1: .*annotated example/,
  );
});

test("an aborted run keeps what it has done", async (t) => {
  const out = join(await scratchFolder(t), "train.jsonl");
  const abort = new AbortController();
  const onProgress = ({ done }: { readonly done: number }): void => {
    if (done === 1) abort.abort();
  };
  const run = annotate(model, SOLUTIONS, { out, parallel: 1, signal: abort.signal, onProgress });
  await rejectsWith(t, run, "ABORTED");
  const { summary } = await annotate(model, SOLUTIONS, { out });
  t.is(summary.resumed, 1);
});

test("a text that is too long is left out alone", async (t) => {
  const long = solution("How many?", `${"It goes on and on. ".repeat(200)}With 12 and 30 it is 360.`);
  const { annotations } = await annotate(model, [long, SOLUTIONS[2]!], { contextSize: 512, parallel: 1 });
  t.is(annotations[0]!.leftOut, "the text does not fit into the context");
  t.deepEqual(calls(annotations[1]!.example), EXPECTED[2]);
});

test("probabilities of continuations are those of their tokens under the grammar", async (t) => {
  // The slow reference: each text forced token by token, in a context of its own.
  const before = Int32Array.from(model.tokenizer.encode("Q: There are 12 rows of 30 seats.\nA: There are"));
  const texts = ["12*30=360 seats", "12+30=360 seats", "360 seats", "36 seats", "3 seats"];
  const lead = " ";
  await using context = await model.createContext({ contextSize: 512 });
  const sequence = new Sequence(0, context, new Batcher(context));
  const probabilities = await chooseContinuation(model, sequence, before, { texts, lead });
  t.is(sequence.length, before.length);
  for (const [index, text] of texts.entries()) {
    const grammar = model.createGrammar(continuationGrammar({ texts, lead }));
    await using own = await model.createContext({ contextSize: 512 });
    let output = await own.prefill(0, before, { top: model.tokenizer.vocabularySize, grammar });
    let expected = 1;
    for (const token of model.tokenizer.encode(lead + text)) {
      expected *= output.probs[output.ids.indexOf(token)] ?? 0;
      grammar.accept(token);
      output = await own.prefill(0, [token], { top: model.tokenizer.vocabularySize, grammar });
    }
    grammar.dispose();
    t.true(
      Math.abs(probabilities[index]! - expected) < 0.01,
      `${text}: ${probabilities[index]!} and ${expected}`,
    );
  }
});

for (const [name, options] of Object.entries({
  threshold: { threshold: 2 },
  parallel: { parallel: 0 },
  prompt: { prompt: 7 as never },
  tools: { tools: [] },
})) {
  test(`an unfit ${name} is refused`, async (t) => {
    const error = await rejectsWith(t, annotate(model, SOLUTIONS, options), "INVALID_ARGUMENT");
    t.true(error instanceof ToolkenError && error.message.includes(name));
  });
}

test("toolken lab annotate: JSON alone on standard output, known calls compared", async (t) => {
  const folder = await scratchFolder(t);
  const file = join(folder, "known.jsonl");
  const known = [
    {
      question: "A class has 461 boys and 422 girls. How many students is that?",
      answer: "There are 461+422=<add>(461, 422)=883<eoe>883 students.",
    },
    { question: "What is 12 times 30?", answer: "It is <multiply>(12, 30)=360<eoe>360." },
  ];
  await writeFile(file, known.map((one) => `${JSON.stringify(one)}\n`).join(""));
  const words = ["lab", "annotate", file, "--gpu", "cpu", "--threads", "1"];
  const kept = await toolken([...words, "--json"]);
  t.like(JSON.parse(kept.stdout) as object, { texts: 2, annotated: 2, converted: 2, calls: 2, stated: 0 });
  const scored = await toolken([...words, "--json", "--score"]);
  const { score } = JSON.parse(scored.stdout) as { score: { known: number; calls: { right: number } } };
  t.is(score.known, 2);
  t.is(score.calls.right, 2);
  const shown = await toolken([...words, "--out", join(folder, "out.jsonl")]);
  t.is(shown.exitCode, 0);
  t.regex(shown.stdout, /Texts {5}2 of 2 with 2 calls, 0 left out/);
});
