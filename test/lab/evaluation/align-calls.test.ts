// Calls against gold: what counts as missed, spurious, of another tool or with other arguments.
import test from "ava";
import { alignCalls } from "../../../src/lab/evaluation/align-calls.js";

const differs = test.macro((t, gold: string[], calls: string[], wanted: string[]) => {
  const shown = alignCalls(gold, calls).map(({ kind, gold: g = "-", call = "-" }) => `${kind} ${g} ${call}`);
  t.deepEqual(shown, wanted);
});

test(
  "the same, in other spellings",
  differs,
  ["<add>(1, 2.50)=3.5", "ln(2)"],
  ["<add>(1,2.5) = 3.5", "<ln>(2) = 0.69"],
  [],
);
test("nothing needed, nothing called", differs, [], [], []);
test("missed and spurious", differs, ["add(1,2)"], [], ["missedCall add(1,2) -"]);
test("a call that none needs", differs, [], ["<ln>(2) = 0.69"], ["spuriousCall - <ln>(2) = 0.69"]);
test("another tool", differs, ["add(1,2)"], ["subtract(1,2)"], ["wrongTool add(1,2) subtract(1,2)"]);
test("other arguments", differs, ["add(1,2)"], ["add(1,3)"], ["wrongArguments add(1,2) add(1,3)"]);
test("a missing argument", differs, ["add(1,2,3)"], ["add(1,2)"], ["wrongArguments add(1,2,3) add(1,2)"]);
test(
  "arguments that come from a rounded result",
  differs,
  ["multiply(3.14,13.875625)"],
  ["multiply(3.14,13.88)"],
  [],
);
test("the other order, the same result", differs, ["<add>(1,2)=3"], ["<add>(2,1) = 3"], []);
test("a tool alone says nothing of arguments", differs, ["add"], ["<add>(4,5) = 9"], []);
test(
  "an extra call in the middle leaves the others in their places",
  differs,
  ["add(1,2)", "ln(3)"],
  ["add(1,2)", "sqrt(9)", "ln(3)"],
  ["spuriousCall - sqrt(9)"],
);
test(
  "a missed first call leaves the others in their places",
  differs,
  ["add(1,2)", "ln(3)", "ln(4)"],
  ["ln(3)", "ln(4)"],
  ["missedCall add(1,2) -"],
);
test(
  "a call made later is neither missed nor spurious",
  differs,
  ["add(1,2)", "ln(3)"],
  ["ln(3)", "add(1,2)"],
  [],
);
test(
  "a wrong tool and a spurious call",
  differs,
  ["add(1,2)"],
  ["ln(1)", "sqrt(4)"],
  ["wrongTool add(1,2) ln(1)", "spuriousCall - sqrt(4)"],
);

/** All ways to align, tried one by one. */
function cheapest(gold: readonly string[], calls: readonly string[]): number {
  if (gold.length === 0) return calls.length;
  if (calls.length === 0) return gold.length;
  const [g, c] = [gold[0]!, calls[0]!];
  const pair = g === c ? 0 : g.split("(")[0] === c.split("(")[0] ? 0.9 : 1.5;
  return Math.min(
    pair + cheapest(gold.slice(1), calls.slice(1)),
    1 + cheapest(gold.slice(1), calls),
    1 + cheapest(gold, calls.slice(1)),
  );
}

test("no other alignment is cheaper", (t) => {
  const costs = { missedCall: 1, spuriousCall: 1, wrongTool: 1.5, wrongArguments: 0.9 };
  // Twelve different calls: none of them is moved, so the alignment alone counts.
  const pool = Array.from({ length: 12 }, (_, i) => `${["add", "ln", "sqrt"][i % 3]!}(${10 ** i})`);
  for (let seed = 0; seed < 200; seed++) {
    const pick = (n: number, from: number): string[] =>
      Array.from({ length: n }, (_, i) => pool[(seed * 7 + i * (1 + (seed % 5)) + from) % 12]!);
    const gold = [...new Set(pick(seed % 6, 0))];
    const calls = [...new Set(pick((seed * 3) % 6, seed % 4))];
    if (gold.some((call, i) => calls.includes(call) && calls.indexOf(call) !== i)) continue;
    const total = alignCalls(gold, calls).reduce((sum, { kind }) => sum + costs[kind], 0);
    t.true(Math.abs(total - cheapest(gold, calls)) < 1e-9, `${gold.join()} against ${calls.join()}`);
  }
});
