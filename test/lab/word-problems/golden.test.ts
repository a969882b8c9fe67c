// The same seed gives the same bytes in every release: nano and the published heads were trained on them.
import { createHash } from "node:crypto";

import test from "ava";

import { generateWordProblems, type WordProblemOptions } from "../../../src/lab/word-problems/index.js";

const golden = test.macro((t, options: WordProblemOptions, digest: string) => {
  const text = JSON.stringify(generateWordProblems(options));
  t.is(createHash("sha256").update(text).digest("hex").slice(0, 16), digest);
});

test("training split", golden, { count: 3000, seed: 20001 }, "a04ef575192731b9");
test("training split, asides", golden, { count: 1500, seed: 50001, asides: true }, "1a4a09d732dbcdd7");
test(
  "training split, look-alikes",
  golden,
  { count: 1500, seed: 7, lookAlikes: true, asides: true },
  "bc6c05258e7116e1",
);
test("held-out split", golden, { count: 1500, seed: 1, split: "held-out" }, "0c844e54f6dfa931");
test("unfamiliar split", golden, { count: 1500, seed: 1, split: "unfamiliar" }, "4e7bd91c07bc527d");
test("no calculation", golden, { count: 300, seed: 3, steps: [0] }, "95858c2d2a78a50c");
test("three calculations", golden, { count: 500, seed: 3, steps: [3] }, "0d910c32b346b971");
test(
  "single operators",
  golden,
  { count: 500, seed: 3, steps: [1], operators: ["power", "ln", "gcd"] },
  "3785228ff6e4f234",
);
