import test from "ava";
import { executeTool } from "../../../src/tools/index.js";
import { mathTools, ToolkenError } from "../../../src/index.js";
import { annotatorTools, canonicalArguments, candidatesFor } from "../../../src/lab/annotation/candidates.js";
import { isListNumber, numbersOf } from "../../../src/lab/annotation/numbers.js";

const numbers = test.macro<[string, readonly string[]]>({
  exec: (t, text, expected) => {
    const found = numbersOf(text).map(
      ({ start, end, digits, isPercent, isWord }) =>
        `${text.slice(start, end)}=${digits}${isPercent ? "%" : ""}${isWord ? " word" : ""}`,
    );
    t.deepEqual(found, expected);
  },
  title: (_, text) => `numbers of ${JSON.stringify(text)}`,
});

test(numbers, "It costs $1,250.50, not 7.", ["1,250.50=1250.50", "7=7"]);
test(numbers, "15% of 80 and 4 percent", ["15=15%", "80=80", "4=4%"]);
test(numbers, "It fell from 3 to -2, so 3-5=-2", ["3=3", "-2=-2", "3=3", "5=5", "-2=-2"]);
test(numbers, "two dozen, half of Twenty", ["two=2 word", "dozen=12 word", "half=2 word", "Twenty=20 word"]);
test(numbers, "page A4, the 12th, 5P3 ways, 3kg", ["5=5", "3=3", "3=3"]);
test(numbers, "from 1,2,3 take .5", ["1=1", "2=2", "3=3", ".5=.5"]);

test("numbers that count lines are told from others", (t) => {
  const text = "1. There are 12.\nStep 2: 12+3";
  t.deepEqual(
    numbersOf(text).map((number) => isListNumber(text, number)),
    [true, false, true, false, false],
  );
});

/** Calls with the text's last number as their result. */
async function candidates(text: string): Promise<string[]> {
  const all = numbersOf(text);
  const found = await candidatesFor(all.at(-1)!, all.slice(0, -1));
  return found.map(({ tool, args }) => `${tool}(${args})`);
}

const finds = test.macro<[string, readonly string[]]>({
  exec: async (t, text, expected) => {
    t.deepEqual(await candidates(text), expected);
  },
  title: (_, text, expected) => `${text}: ${expected.join(" ") || "nothing"}`,
});

test(finds, "12 rows of 30 seats: 360", ["multiply(12, 30)"]);
test(finds, "9 players, 4 in a team: 126", ["choose(9, 4)"]);
test(finds, "15% of 80 is 12", ["multiply(15%, 80)"]);
test(finds, "7 days at 239.68, each 34.24", ["divide(239.68, 7)"]);
test(finds, "36 and 84: 12", ["gcd(36, 84)", "remainder(84, 36)"]);
test(finds, "prices 3, 5, 8, 20 and 41, together 77", ["add(3, 5, 8, 20, 41)"]);
test(finds, "10 to the 3.9 is no result: 3.9", []);
test(finds, "ten and 7: 8", []);
test(finds, "5000: 3.7", ["log(5000)"]);
test(finds, "half of 48: 24", ["divide(48, 2)"]);
test(finds, "80, 565 and 263: 1", ["gcd(565, 263)", "gcd(80, 263)", "gcd(80, 565, 263)"]);
test(finds, "two buses every 248 and 880 minutes: 27280", ["lcm(248, 880)"]);
test(finds, "3% after 2 days: 0.97", []);

test("what two numbers give is what trying every operator on them gives", async (t) => {
  // The slow reference: every operator on every ordered pair, by the tools themselves.
  const pool = ["12", "7.5", "96", "4", "0.25", "300"];
  const before = numbersOf(pool.join(" "));
  const results = new Set<string>();
  const calls = new Map<string, Set<string>>();
  for (const tool of mathTools.filter(({ name }) => name !== "sqrt" && name !== "ln")) {
    for (const [i, a] of pool.entries()) {
      for (const [j, b] of pool.entries()) {
        if (i === j) continue;
        const args = `${a}, ${b}`;
        const done = await executeTool(tool, args).catch(() => undefined);
        if (done === undefined || pool.includes(done.text) || Number(done.text) === 0) continue;
        results.add(done.text);
        const known = calls.get(done.text) ?? new Set();
        calls.set(done.text, known.add(`${tool.name} ${canonicalArguments({ tool: tool.name, args })}`));
      }
    }
  }
  // Left out on purpose: counts of more than there is, remainders of something smaller.
  const isMeant = (call: string): boolean => !/^(?:choose|permutate|remainder) /.test(call);
  for (const result of results) {
    const text = `${pool.join(" ")} ${result}`;
    const number = numbersOf(text).at(-1)!;
    if (number.digits !== result) continue;
    const found = await candidatesFor(number, before);
    const keys = new Set(found.map((one) => `${one.tool} ${canonicalArguments(one)}`));
    for (const call of [...calls.get(result)!].filter(isMeant)) t.true(keys.has(call), `${call} = ${result}`);
  }
  t.true(results.size > 60);
});

test("candidates check out, are all different and not endless", async (t) => {
  const before = numbersOf("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26");
  const [number] = numbersOf("6");
  const found = await candidatesFor(number!, before);
  t.is(found.length, 32);
  t.is(new Set(found.map((one) => `${one.tool} ${canonicalArguments(one)}`)).size, 32);
  for (const { tool, args } of found) {
    t.is(
      (
        await executeTool(
          mathTools.find(({ name }) => name === tool)!,
          args,
        )
      ).text,
      "6",
    );
  }
});

test("arguments are the same when their values are", (t) => {
  const same = (tool: string, a: string, b: string): boolean =>
    canonicalArguments({ tool, args: a }) === canonicalArguments({ tool, args: b });
  t.true(same("add", "3, 4", "4,3"));
  t.true(same("multiply", "13,289, 7", "7, 13289.0"));
  t.true(same("gcd", "316,196", "316, 196"));
  t.true(same("power", "2, 2/5", "2, 0.4"));
  t.false(same("divide", "3, 4", "4, 3"));
});

test("tools that are no operators are refused", (t) => {
  const other = { ...mathTools[0]!, name: "weather" };
  t.throws(() => annotatorTools([other]), {
    instanceOf: ToolkenError,
    code: "INVALID_ARGUMENT",
    message: /weather/,
  });
  t.throws(() => annotatorTools([]), { code: "INVALID_ARGUMENT" });
});
