import test from "ava";
import { parsePositional } from "../../../src/tools/positional.js";
import {
  argumentsGrammar,
  defineTool,
  mathTools,
  type PositionalDefinition,
} from "../../../src/tools/index.js";
import { accepts, type Grammar, readGrammar, sentence } from "./gbnf-reference.js";
import { seeded } from "../seeded.js";

function grammarOf(positional: PositionalDefinition): Grammar {
  const tool = defineTool({ name: "f", description: "f", parameters: { positional }, execute: () => 0 });
  return readGrammar(argumentsGrammar(tool));
}

const unlimited = { min: 2 };

const offers = test.macro({
  exec(t, positional: PositionalDefinition, ...texts: string[]) {
    const grammar = grammarOf(positional);
    for (const text of texts) t.true(accepts(grammar, text), text);
  },
  title: (given) => `offers ${given ?? ""}`,
});

const withholds = test.macro({
  exec(t, positional: PositionalDefinition, ...texts: string[]) {
    const grammar = grammarOf(positional);
    for (const text of texts) t.false(accepts(grammar, text), text);
  },
  title: (given) => `withholds ${given ?? ""}`,
});

test("FuncQA's forms", offers, unlimited, "5572,3241)", "76, 18)", "0.82, 8)", "$5, 4%)", "1+2*3, (4-1)/2)");
test("long decimals", offers, 1, "0.16366030353324176)");
test("signs and powers", offers, 2, "-2, 2^-3)", "2, -8/5)", "-(1+2)*-3, -$5)");
test("two nested pairs", offers, 1, "((1+2)*3)/4)", "(1+(2-3)))");
test("unlimited lists", offers, unlimited, `${"1, ".repeat(15)}1)`);
test("nothing where nothing is needed", offers, { min: 0, max: 1 }, ")", "1)");
test("nothing alone", offers, 0, ")");
test("lists with gaps in arity", offers, { min: 1, max: 3 }, "1)", "1,2)", "1, 2,3)");

test("another arity", withholds, 2, ")", "1)", "1, 2, 3)");
test("the missing parenthesis", withholds, 2, "1, 2", "(1, 2)", "1, 2)) ", "1, 2).");
test("thousands commas in one argument", withholds, 1, "13,289)");
test(
  "words, empty arguments, wide spaces",
  withholds,
  2,
  "a, b)",
  "1,,2)",
  ",1)",
  "1,  2)",
  "1 , 2)",
  " 1, 2)",
);
test(
  "unfinished arithmetic",
  withholds,
  1,
  "1+)",
  "()",
  "5.)",
  ".5)",
  "1%2)",
  "2(3))",
  "1e5)",
  "--1)",
  "007)",
);
test("three nested pairs", withholds, 1, "(((1))))");
test("digits without end", withholds, 1, `${"1".repeat(21)})`, `0.${"1".repeat(21)})`);
test("sums without end", withholds, 1, `${"1+".repeat(6)}1)`);
test("lists without end", withholds, unlimited, `${"1, ".repeat(16)}1)`);

test("every sentence is arithmetic that the parser reads, with the tool's arity", (t) => {
  const random = seeded(11);
  for (const positional of [1, 2, unlimited, { min: 1, max: 3 }, { min: 0, max: 2 }]) {
    const arity =
      typeof positional === "number"
        ? { min: positional, max: positional }
        : { max: Infinity, ...positional };
    const grammar = grammarOf(positional);
    for (let count = 0; count < 400; count++) {
      const text = sentence(grammar, random);
      t.true(accepts(grammar, text), text);
      try {
        const values = parsePositional(text.slice(0, -1), arity);
        t.true(values.length >= arity.min && values.length <= arity.max, text);
      } catch (error) {
        // What the grammar can't know: 1/0, powers out of range, even roots of negative numbers.
        t.regex((error as Error).message, /division by zero|10\^|broken exponent/, text);
      }
    }
  }
});

test("offers what the parser reads, of plain lists without thousands commas", (t) => {
  const random = seeded(12);
  const grammar = grammarOf(unlimited);
  const number = (): string =>
    random.pick(["", "", "-"]) +
    random.pick(["", "", "$"]) +
    String(random.integer(0, 10 ** random.integer(1, 9))) +
    random.pick(["", `.${random.integer(0, 9999)}`]) +
    random.pick(["", "", "%"]);
  const argument = (): string =>
    random.pick([number(), `${number()}/${number()}`, `(${number()}+${number()})*2`]);
  for (let count = 0; count < 500; count++) {
    const text = Array.from({ length: random.integer(2, 5) }, argument).join(random.pick([",", ", "]));
    t.true(accepts(grammar, `${text})`), text);
  }
});

test("all mathematical tools have grammars, and their demonstrations keep to them", (t) => {
  for (const tool of mathTools) {
    const grammar = readGrammar(argumentsGrammar(tool));
    const calls = [...tool.demonstrations!.matchAll(/<([a-z]+)>(\(.*?\))=/g)];
    t.true(calls.length >= 2, tool.name);
    for (const [, name, args] of calls) {
      t.is(name, tool.name);
      t.true(accepts(grammar, args!.slice(1)), args);
    }
  }
});
