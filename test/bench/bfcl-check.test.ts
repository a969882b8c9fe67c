import test from "ava";
import type { BfclCase } from "../../bench/bfcl/cases.js";
import { mistakeIn } from "../../bench/bfcl/check.js";

const functions = [
  {
    name: "weather",
    description: "Weather of a city.",
    parameters: {
      type: "object",
      properties: { city: { type: "string" }, days: { type: "integer" }, at: { type: "object" } },
      required: ["city"],
    },
  },
];
const base = { id: "a", set: "own", messages: [], functions };
const one: BfclCase = {
  ...base,
  answer: {
    name: "weather",
    input: { city: ["New York, NY", "New York"], days: [3, ""], at: [{ hour: [7, ""], zone: ["UTC"] }, ""] },
  },
};

const checked = test.macro<[calls: readonly { name: string; input: unknown }[], mistake: RegExp | undefined]>(
  {
    exec: (t, calls, mistake) => {
      const found = mistakeIn(one, calls);
      if (mistake === undefined) t.is(found, undefined);
      else t.regex(found ?? "", mistake);
    },
    title: (given) => given!,
  },
);
const call = (input: unknown, name = "weather") => [{ name, input }];

test("a value of the accepted ones", checked, call({ city: "New York", days: 3 }), undefined);
test("case and punctuation do not count", checked, call({ city: "new york NY" }), undefined);
test("an object by its keys", checked, call({ city: "New York", at: { zone: "utc" } }), undefined);
test("a key of an object is missing", checked, call({ city: "New York", at: { hour: 7 } }), /^at is/);
test("a value of another type", checked, call({ city: "New York", days: "3" }), /^days is "3"/);
test("a parameter is missing", checked, call({ days: 3 }), /^city is missing/);
test("a parameter is not expected", checked, call({ city: "New York", unit: "C" }), /^unit is not expected/);
test("another function", checked, call({}, "time"), /^another function: time/);
test("no call", checked, [], /^no call/);
test("two calls", checked, [...call({ city: "New York" }), ...call({ city: "New York" })], /^2 calls/);

test("where no function fits, silence is right", (t) => {
  const none: BfclCase = { ...base, answer: undefined };
  t.is(mistakeIn(none, []), undefined);
  t.regex(mistakeIn(none, call({})) ?? "", /call/);
});
