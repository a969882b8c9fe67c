import test from "ava";
import { z } from "zod";
import {
  argumentsGrammar,
  defineTool,
  describeArgumentsGrammar,
  parseArguments,
  type ParametersDefinition,
} from "../../../src/tools/index.js";
import { accepts, readGrammar, sentence } from "./gbnf-reference.js";
import { seeded } from "../seeded.js";

function toolOf(parameters: ParametersDefinition) {
  return defineTool({ name: "f", description: "f", parameters, execute: () => "" });
}

/** An object schema with one required property `a`. */
function having(schema: Record<string, unknown> | boolean, more: Record<string, unknown> = {}) {
  return { type: "object", properties: { a: schema }, required: ["a"], ...more };
}

/** Texts of property `a` that the grammar offers, and others that it withholds. */
const forms = test.macro({
  exec(t, schema: Record<string, unknown> | boolean, offered: string[], withheld: string[]) {
    const grammar = readGrammar(argumentsGrammar(toolOf(having(schema))));
    for (const text of offered) t.true(accepts(grammar, `{"a":${text}})`), text);
    for (const text of withheld) t.false(accepts(grammar, `{"a":${text}})`), text);
  },
  title: (given, schema) => given ?? `forms of ${JSON.stringify(schema)}`,
});

test(
  forms,
  { type: "string" },
  ['""', ' "x"', '"ä中😀"', String.raw`"\"\\\n\u00e9"`],
  ["x", '"', '"a" ', '  "a"', '"\n"', String.raw`"\x"`, String.raw`"\ud800"`],
);
test(forms, { type: "string", minLength: 1, maxLength: 3 }, ['"a"', '"abc"', '"😀😀😀"'], ['""', '"abcd"']);
test(
  forms,
  { enum: ["red", 'a"b', 3, null] },
  ['"red"', String.raw`"a\"b"`, "3", "null"],
  ["red", '"blue"', "4"],
);
test(forms, { const: { x: [1] } }, ['{"x":[1]}'], ["{}"]);
test(forms, { type: "boolean" }, ["true", "false"], ["True", "1"]);
test(forms, { type: "null" }, ["null"], ["nil"]);
test(forms, { type: ["string", "null"], maxLength: 1 }, ['"a"', "null"], ["1", '"ab"']);
test(forms, { type: "number" }, ["0", "-1.5", "2e-3", "1E+5"], ["01", ".5", "+1", "1.", "NaN", "1e"]);
test(forms, { type: "integer" }, ["0", "-12", "123456789012345"], ["1.0", "1e3", "00", "-0", "1".repeat(16)]);
test(
  forms,
  { type: "array", items: { type: "boolean" } },
  ["[]", "[true]", "[true, false]"],
  ["[1]", "[true,]"],
);
test(forms, { type: "array", items: true, minItems: 1, maxItems: 2 }, ["[1]", '[1,"x"]'], ["[]", "[1,2,3]"]);
test(
  forms,
  { type: "array", prefixItems: [{ type: "string" }, { type: "null" }] },
  ['["x",null]'],
  ["[]", '["x"]'],
);
test(forms, { type: "array", maxItems: 0 }, ["[]"], ["[1]"]);
test(forms, { anyOf: [{ type: "null" }, { type: "integer" }] }, ["null", "1"], ['"x"']);
test(forms, true, ["null", '{"x": [1, {}]}', '"x"', "-1.5e3"], ["", "[,]"]);
test(forms, { description: "anything" }, ["[[[]]]"], ["x"]);
test(forms, { minLength: 2 }, ['"ab"'], ['"a"']);
test(forms, { type: "string", minLength: 1, maxLength: 100_000 }, ['"a"'], ['""']);

test("known properties in their order, optional ones left out at will", (t) => {
  const schema = {
    type: "object",
    properties: { a: { const: 1 }, b: { const: 2 }, c: { const: 3 }, "d e": { const: 4 } },
    required: ["b"],
  };
  const grammar = readGrammar(argumentsGrammar(toolOf(schema)));
  const member = { a: '"a":1', b: '"b":2', c: '"c":3', d: '"d e":4' };
  for (const chosen of ["b", "ab", "bc", "bd", "abc", "acd", "abcd", "bcd", "a", "", "ba", "bb", "cd"]) {
    const text = `{${Array.from(chosen, (key) => member[key as keyof typeof member]).join(",")}})`;
    const ordered = Array.from(chosen).sort().join("") === chosen && new Set(chosen).size === chosen.length;
    t.is(accepts(grammar, text), chosen.includes("b") && ordered, text);
  }
});

test("no property needed: an empty object", (t) => {
  for (const schema of [
    { type: "object" },
    { type: "object", properties: {} },
    { type: "object", properties: { a: { type: "null" } } },
  ]) {
    t.true(accepts(readGrammar(argumentsGrammar(toolOf(schema))), "{})"));
  }
});

test("further properties never repeat a known one", (t) => {
  const schema = having({ type: "integer" }, { additionalProperties: { type: "boolean" } });
  const grammar = readGrammar(argumentsGrammar(toolOf(schema)));
  t.true(accepts(grammar, '{"a": 1, "b": true, "ab": false})'));
  t.false(accepts(grammar, '{"a": 1, "a": true})'));
  t.false(accepts(grammar, '{"a": 1, "b": 1})'));
  t.false(accepts(grammar, '{"b": true})'));
  t.false(accepts(grammar, '{"a": 1, "": true})'));
});

test("references recurse", (t) => {
  const schema = {
    type: "object",
    properties: { tree: { $ref: "#/$defs/node" } },
    required: ["tree"],
    $defs: {
      node: {
        type: "object",
        properties: { name: { type: "string" }, kids: { type: "array", items: { $ref: "#/$defs/node" } } },
        required: ["name"],
      },
    },
  };
  const grammar = readGrammar(argumentsGrammar(toolOf(schema)));
  t.true(accepts(grammar, '{"tree": {"name": "a", "kids": [{"name": "b"}, {"name": "c", "kids": []}]}})'));
  t.false(accepts(grammar, '{"tree": {"kids": []}})'));
});

const withinBounds = test.macro({
  exec(t, schema: Record<string, unknown>) {
    const tool = toolOf(having(schema));
    const grammar = readGrammar(argumentsGrammar(tool));
    const integers = schema.type === "integer";
    const { minimum = -Infinity, maximum = Infinity } = schema as Record<string, number>;
    const { exclusiveMinimum = -Infinity, exclusiveMaximum = Infinity } = schema as Record<string, number>;
    const fits = (value: number): boolean =>
      value >= minimum && value <= maximum && value > exclusiveMinimum && value < exclusiveMaximum;
    const values = integers
      ? Array.from({ length: 2600 }, (_, index) => index - 1300)
      : Array.from({ length: 2600 }, (_, index) => (index - 1300) / 8);
    for (const value of values) {
      t.is(accepts(grammar, `{"a": ${value}})`), fits(value), String(value));
    }
    const random = seeded(5);
    for (let count = 0; count < 300; count++) {
      const { a } = JSON.parse(sentence(grammar, random).slice(0, -1)) as { a: number };
      t.true(fits(a), String(a));
    }
  },
  title: (_, schema) => `exactly the numbers of ${JSON.stringify(schema)}`,
});

test(withinBounds, { type: "integer" });
test(withinBounds, { type: "integer", minimum: 1, maximum: 5 });
test(withinBounds, { type: "integer", minimum: 0, maximum: 150 });
test(withinBounds, { type: "integer", minimum: -37, maximum: 1042 });
test(withinBounds, { type: "integer", minimum: 97 });
test(withinBounds, { type: "integer", maximum: -19 });
test(withinBounds, { type: "integer", exclusiveMinimum: 9, exclusiveMaximum: 11 });
test(withinBounds, { type: "integer", minimum: 2.5, maximum: 7.5 });
test(withinBounds, { type: "integer", minimum: -9007199254740991, maximum: 9007199254740991 });
test(withinBounds, { type: "number", minimum: 0 });
test(withinBounds, { type: "number", minimum: 0, maximum: 1 });
test(withinBounds, { type: "number", minimum: -90, maximum: 90 });
test(withinBounds, { type: "number", exclusiveMinimum: 0 });
test(withinBounds, { type: "number", exclusiveMinimum: -3, exclusiveMaximum: 7 });
test(withinBounds, { type: "number", maximum: -12 });
test(withinBounds, { type: "number", minimum: 3, maximum: 3 });

test("broken bounds of numbers are widened, and validation has the last word", async (t) => {
  const tool = toolOf(having({ type: "number", minimum: 0.25, maximum: 0.75 }));
  const grammar = readGrammar(argumentsGrammar(tool));
  t.true(accepts(grammar, '{"a": 0.9})'));
  t.false(accepts(grammar, '{"a": 1.1})'));
  await t.throwsAsync(parseArguments(tool, '{"a": 0.9}'), { code: "TOOL_ARGUMENTS_INVALID" });
});

const ROUND_TRIPS: Record<string, ParametersDefinition> = {
  "JSON Schema": {
    type: "object",
    properties: {
      city: { type: "string", minLength: 1, maxLength: 20 },
      days: { type: "integer", minimum: 1, maximum: 14 },
      unit: { enum: ["C", "F"] },
      tags: { type: "array", items: { type: ["string", "null"] }, maxItems: 3 },
      place: { type: "object", properties: { lat: { type: "number" } }, additionalProperties: true },
    },
    required: ["city", "unit"],
    additionalProperties: { type: "number" },
  },
  "draft-07": {
    $schema: "http://json-schema.org/draft-07/schema#",
    type: "object",
    properties: { list: { $ref: "#/definitions/list" } },
    definitions: { list: { type: "object", properties: { next: { $ref: "#/definitions/list" } } } },
  },
  zod: z.object({
    name: z.string().max(5).describe("who"),
    age: z.int().nonnegative(),
    share: z.number().min(0).max(1),
    level: z.enum(["low", "high"]).default("low"),
    pair: z.tuple([z.string(), z.boolean()]),
    counts: z.record(z.string(), z.int()),
    either: z.union([z.string(), z.null(), z.array(z.literal(4))]).optional(),
    shape: z.discriminatedUnion("kind", [
      z.object({ kind: z.literal("dot") }),
      z.object({ kind: z.literal("line"), length: z.int32() }),
    ]),
  }),
};

for (const [name, parameters] of Object.entries(ROUND_TRIPS)) {
  test(`every sentence of a ${name} grammar is valid`, async (t) => {
    const tool = toolOf(parameters);
    const grammar = readGrammar(argumentsGrammar(tool));
    const random = seeded(21);
    for (let count = 0; count < 200; count++) {
      const text = sentence(grammar, random);
      t.true(accepts(grammar, text), text);
      await t.notThrowsAsync(parseArguments(tool, text.slice(0, -1)), text);
    }
  });
}

test("a validator without JSON Schema gets any object", (t) => {
  const schema = {
    "~standard": { version: 1 as const, vendor: "own", validate: (value: unknown) => ({ value }) },
  };
  for (const parameters of [schema, z.object({ when: z.date() })]) {
    const grammar = readGrammar(argumentsGrammar(toolOf(parameters)));
    t.true(accepts(grammar, '{"x": [1, null, "y"]})'));
    t.true(accepts(grammar, "{})"));
    t.false(accepts(grammar, "[1])"));
  }
});

test("what no grammar says is named, and left to validation", async (t) => {
  const properties = {
    a: { type: "string", pattern: "^a(?!b)" },
    b: { type: "number", multipleOf: 0.25 },
    c: { type: "array", uniqueItems: true, items: { type: "integer" } },
    d: { type: "object", minProperties: 2, additionalProperties: true },
  };
  const tool = toolOf({ type: "object", properties, required: ["a", "b", "c", "d"] });
  const { text, exact, validated } = describeArgumentsGrammar(tool);
  t.false(exact);
  t.deepEqual(validated.toSorted(), ["a pattern", "b multipleOf", "c uniqueItems", "d minProperties"]);
  const wrong = '{"a": "x", "b": 0.3, "c": [1, 1], "d": {"x": 1, "x": 2}}';
  t.true(accepts(readGrammar(text), `${wrong})`));
  t.false(accepts(readGrammar(text), '{"a": 1, "b": 3, "c": [1, 1], "d": {"x": 1, "y": 2}})'));
  const error = await t.throwsAsync(parseArguments(tool, wrong), { code: "TOOL_ARGUMENTS_INVALID" });
  for (const path of ["a", "b", "c", "d"]) t.regex(error.message, new RegExp(`(: |; )${path} must`));
});

/** Schemas that can't be satisfied, or not by finitely many characters, still have a grammar of objects. */
for (const schema of [
  having({ type: "integer", minimum: 3, maximum: 2 }),
  having(false),
  having({ $ref: "#/$defs/a" }, { $defs: { a: { anyOf: [{ $ref: "#/$defs/a" }] } } }),
]) {
  test(`any object where nothing fits ${JSON.stringify(schema)}`, async (t) => {
    const tool = toolOf(schema);
    t.true(accepts(readGrammar(argumentsGrammar(tool)), '{"a":1})'));
    await t.throwsAsync(parseArguments(tool, '{"a":1}'), { code: "TOOL_ARGUMENTS_INVALID" });
  });
}
