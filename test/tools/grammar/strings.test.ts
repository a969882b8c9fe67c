// Patterns and formats: every sentence of an exact grammar matches, and what matches can be written.
import test from "ava";
import ajvFormats from "ajv-formats";
import { Ajv } from "ajv";
import { defineTool, describeArgumentsGrammar } from "../../../src/tools/index.js";
import { seeded } from "../seeded.js";
import { accepts, readGrammar, sentence } from "./gbnf-reference.js";

function grammarOf(schema: Record<string, unknown>) {
  const parameters = { type: "object", properties: { a: { type: "string", ...schema } }, required: ["a"] };
  return describeArgumentsGrammar(
    defineTool({ name: "f", description: "f", inputSchema: parameters, execute: () => "" }),
  );
}

function samples(text: string): string[] {
  const grammar = readGrammar(text);
  const random = seeded(3);
  return Array.from({ length: 300 }, () => {
    const { a } = JSON.parse(sentence(grammar, random).slice(0, -1)) as { a: string };
    return a;
  });
}

const matches = test.macro({
  exec(t, pattern: string, yes: readonly string[], no: readonly string[]) {
    const { text, exact } = grammarOf({ pattern });
    t.true(exact);
    const regexp = new RegExp(pattern, "u");
    for (const a of samples(text)) t.regex(a, regexp);
    const grammar = readGrammar(text);
    for (const a of yes) t.true(accepts(grammar, `${JSON.stringify({ a })})`), a);
    for (const a of no) t.false(accepts(grammar, `${JSON.stringify({ a })})`), a);
  },
  title: (_, pattern) => `the strings of ${String(pattern)}`,
});

test(matches, "^abc$", ["abc"], ["ab", "abcd"]);
test(matches, "b", ["b", "abc"], ["", "ac"]);
test(matches, "^a", ["a", "ab"], ["ba"]);
test(matches, "z$", ["z", "az"], ["za"]);
test(matches, "^a|b$", ["ax", "xb"], ["xa"]);
test(matches, "^\\d{4}-\\d{2}$", ["2026-11"], ["26-11", "2026-1", "٢٠٢٦-11"]);
test(matches, '^[^\\s"]+$', ["a\\b", "é"], ["", "a b", 'a"']);
test(matches, "^(?:[A-Z]{2}|x+)\\.\\w*$", ["AB.", "xxx.a_1"], ["A.", "x"]);
test(matches, "^[\\n\\t]$", ["\n", "\t"], ["n", ""]);
test(matches, "^\\u00e9\\x41$", ["éA"], ["eA"]);
test(matches, "^(a?)?$", ["", "a"], ["aa"]);
test(matches, "^[\\u{1F600}-\\u{1F64F}]$", ["😀"], ["a"]);
test(matches, "", ["", "x"], []);

test("a pattern takes the bounds of the length where it can", (t) => {
  const fits = grammarOf({ pattern: "^id-[a-z]+$", minLength: 5, maxLength: 8 });
  t.true(fits.exact);
  for (const a of samples(fits.text)) t.true(a.length >= 5 && a.length <= 8, a);
  t.deepEqual(grammarOf({ pattern: "[a-z]+", maxLength: 8 }).validated, ["a maxLength"]);
});

for (const pattern of ["(?=a)b", "(.)\\1", "\\bword\\b", "\\p{L}+", "(a*)*", "^(^a)$"]) {
  test(`no grammar says ${pattern}`, (t) => {
    t.deepEqual(grammarOf({ pattern }).validated, ["a pattern"]);
  });
}

const ajv = new Ajv({ strict: false });
ajvFormats.default(ajv);
const VALID: Record<string, string[]> = {
  date: ["2026-11-30", "2024-02-29", "2000-02-29"],
  time: ["10:30:00Z", "23:59:59.5+05:30"],
  "date-time": ["2026-11-30T10:30:00Z"],
  duration: ["P3D", "PT1H30M", "P1Y2M3DT4H", "P2W"],
  email: ["ann@example.org", "a.b+c@x-y.co.uk"],
  uri: ["https://example.org/a/b?x=1#y", "mailto:ann@example.org", "urn:isbn:0451450523"],
  uuid: ["123e4567-e89b-12d3-a456-426614174000"],
  ipv4: ["192.168.0.1", "255.255.255.255"],
  hostname: ["example.org", "localhost"],
};
for (const [format, valid] of Object.entries(VALID)) {
  test(`the strings of the format ${format}`, (t) => {
    const { text, exact } = grammarOf({ format });
    t.true(exact);
    const check = ajv.compile({ format });
    for (const a of samples(text)) t.true(check(a), a);
    for (const a of valid) {
      t.true(check(a), a);
      t.true(accepts(readGrammar(text), `${JSON.stringify({ a })})`), a);
    }
    t.false(accepts(readGrammar(text), '{"a":"x y"})'));
  });
}
test("no 29 February outside of leap years", (t) => {
  const grammar = readGrammar(grammarOf({ format: "date" }).text);
  for (const a of ["2023-02-29", "1900-02-29", "2026-04-31", "2026-13-01", "2026-00-10"]) {
    t.false(accepts(grammar, `${JSON.stringify({ a })})`), a);
  }
});
