import test from "ava";
import { foldExamples, splitExamples, type SplitOptions } from "../../src/examples/split.js";
import { ToolkenError } from "../../src/errors.js";
import type { TrainingExample } from "../../src/examples/example.js";

function example(id: string, ...tools: string[]): TrainingExample {
  const calls = tools.map((tool, i) => ({ tool, start: i, end: i + 1, args: "", result: "1" }));
  return { id, text: "1".repeat(tools.length + 1), calls };
}

function corpus(counts: Record<string, number>): TrainingExample[] {
  return Object.entries(counts).flatMap(([tools, count]) =>
    Array.from({ length: count }, (_, i) =>
      example(`${tools}${String(i)}`, ...tools.split("+").filter(Boolean)),
    ),
  );
}

const ids = (examples: readonly TrainingExample[]): string[] => examples.map(({ id }) => id!);
const tools = (examples: readonly TrainingExample[]): string[] =>
  [...new Set(examples.flatMap(({ calls }) => calls.map(({ tool }) => tool)))].sort();

test("each example is in one part, in order, a fifth of each tool held out", (t) => {
  const examples = corpus({ add: 50, ln: 50, "": 20, log: 50 });
  const { train, heldOut } = splitExamples(examples, { validationSplit: 0.2, seed: 3 });
  t.deepEqual([...ids(train), ...ids(heldOut)].sort(), ids(examples).sort());
  t.deepEqual(
    ids(examples).filter((id) => ids(heldOut).includes(id)),
    ids(heldOut),
  );
  for (const [tool, wanted] of [
    ["add", 10],
    ["ln", 10],
    ["log", 10],
  ] as const) {
    t.is(heldOut.filter(({ calls }) => calls[0]?.tool === tool).length, wanted);
  }
  t.is(heldOut.length, 34);
});

test("the seed decides, and nothing else", (t) => {
  const examples = corpus({ add: 40, ln: 40 });
  const split = (seed: number): string[] => ids(splitExamples(examples, { seed }).heldOut);
  t.deepEqual(split(1), split(1));
  t.notDeepEqual(split(1), split(2));
  t.deepEqual(split(0), ids(splitExamples(examples).heldOut));
});

test("every tool is trained, however rare", (t) => {
  const counts = { a: 1, b: 2, c: 30, "a+c": 1, "d+c": 2, "e+f": 1, "f+e+c": 1 };
  const examples = corpus(counts);
  for (let seed = 0; seed < 200; seed++) {
    for (const heldOut of [0.2, 0.5, 0.99]) {
      const split = splitExamples(examples, { validationSplit: heldOut, seed });
      t.deepEqual(tools(split.train), tools(examples), `seed ${String(seed)}`);
    }
  }
});

test("many strata of two don't shift the share", (t) => {
  const counts = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`tool${String(i)}`, 2]));
  t.is(splitExamples(corpus(counts), { validationSplit: 0.2 }).heldOut.length, 40);
});

test("nothing held out, nothing given", (t) => {
  const examples = corpus({ add: 5 });
  t.deepEqual(splitExamples(examples, { validationSplit: 0 }), { train: examples, heldOut: [] });
  t.deepEqual(splitExamples([]), { train: [], heldOut: [] });
});

test("the examples are left as they were", (t) => {
  const examples = corpus({ add: 30, ln: 5 });
  const before = ids(examples);
  splitExamples(examples, { seed: 9 });
  t.deepEqual(ids(examples), before);
});

for (const options of [
  { validationSplit: 1 },
  { validationSplit: -0.1 },
  { validationSplit: Number.NaN },
  { validationSplit: "0.2" },
  { seed: 0.5 },
  { seed: -1 },
  { seed: 2 ** 32 },
]) {
  test(`refuses ${JSON.stringify(options)}`, (t) => {
    const error = t.throws(() => splitExamples([], options as SplitOptions), { instanceOf: ToolkenError });
    t.is(error.code, "INVALID_ARGUMENT");
  });
}

test("every example is held out in one of the folds, tool by tool", (t) => {
  const examples = corpus({ add: 25, ln: 10, "": 5, log: 10 });
  const folds = foldExamples(examples, { folds: 5, seed: 3, key: ({ id }) => id! });
  const counts = (kept: (example: TrainingExample) => boolean): number[] =>
    Array.from({ length: 5 }, (_, fold) => examples.filter((e, i) => kept(e) && folds[i] === fold).length);
  t.deepEqual(
    counts(() => true),
    [10, 10, 10, 10, 10],
  );
  t.deepEqual(
    counts(({ calls }) => calls[0]?.tool === "add"),
    [5, 5, 5, 5, 5],
  );
  t.deepEqual(
    counts(({ calls }) => calls[0]?.tool === "ln"),
    [2, 2, 2, 2, 2],
  );
  t.deepEqual(foldExamples(examples, { folds: 5, seed: 3, key: ({ id }) => id! }), folds);
  t.notDeepEqual(foldExamples(examples, { folds: 5, seed: 4, key: ({ id }) => id! }), folds);
});

test("examples of one key are held out together", (t) => {
  const examples = corpus({ add: 30 });
  const folds = foldExamples(examples, { folds: 3, key: ({ id }) => String(Number(id!.slice(3)) % 7) });
  examples.forEach((_, i) => {
    t.is(folds[i], folds[i % 7]);
  });
});

test("more folds than texts, and fewer than two, are refused", (t) => {
  for (const folds of [1, 4, 2.5, NaN]) {
    t.throws(() => foldExamples(corpus({ add: 3 }), { folds, key: ({ id }) => id! }), {
      instanceOf: ToolkenError,
      code: "INVALID_ARGUMENT",
    });
  }
});
