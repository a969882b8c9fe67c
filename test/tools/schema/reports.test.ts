// Schemas of public bug reports of other engines, and the values that they let through and refuse.
import { existsSync, readFileSync } from "node:fs";
import test from "ava";
import { loadModel, type Model } from "../../../src/index.js";
import {
  defineTool,
  describeArgumentsGrammar,
  type JsonSchema,
  parseArguments,
  type Tool,
} from "../../../src/tools/index.js";
import { accepts, readGrammar } from "../grammar/gbnf-reference.js";

interface Case {
  readonly schema: JsonSchema;
  readonly accept: readonly unknown[];
  readonly reject: readonly unknown[];
}

let model: Model;
test.before(async () => {
  model = await loadModel("nano");
});
test.after.always(() => model.dispose());

function toolOf(parameters: JsonSchema): Tool {
  return defineTool({ name: "f", description: "f", parameters, execute: () => "" });
}

/** `accept` is valid and can be written under the grammar, `reject` is not valid; llama.cpp reads the grammar. */
const behaves = test.macro({
  async exec(t, { schema, accept, reject }: Case) {
    const tool = toolOf(schema);
    const { text, exact } = describeArgumentsGrammar(tool);
    t.notThrows(() => {
      model.createGrammar(text).dispose();
    });
    const grammar = readGrammar(text);
    for (const value of accept) {
      const json = JSON.stringify(value);
      t.true(accepts(grammar, `${json})`), json);
      await t.notThrowsAsync(parseArguments(tool, json), json);
    }
    for (const value of reject) {
      const json = JSON.stringify(value);
      await t.throwsAsync(parseArguments(tool, json), { code: "TOOL_ARGUMENTS_INVALID" }, json);
      if (exact) t.false(accepts(grammar, `${json})`), json);
    }
  },
  title: (given) => given ?? "",
});

function of(schema: JsonSchema | boolean, accept: readonly unknown[], reject: readonly unknown[]): Case {
  const wrap = (values: readonly unknown[]): unknown[] => values.map((a) => ({ a }));
  return {
    schema: { type: "object", properties: { a: schema }, required: ["a"] },
    accept: wrap(accept),
    reject: wrap(reject),
  };
}

test("llama.cpp#25746: long strings in arrays", behaves, {
  schema: {
    type: "object",
    properties: {
      list: { type: "array", maxItems: 1000, items: { type: "string", maxLength: 1500 } },
      nested: { type: "array", items: { type: "array", items: { type: "string", maxLength: 65536 } } },
    },
  },
  accept: [{ list: ["x".repeat(1500)], nested: [["y".repeat(3000)]] }],
  reject: [{ list: ["x".repeat(1501)] }, { nested: [["y".repeat(65537)]] }],
});
test(
  "llama.cpp#25746: a pattern in an array",
  behaves,
  of(
    { type: "array", maxItems: 500, items: { type: "string", pattern: "^[a-z]{1,300}$" } },
    [["abc"]],
    [["A"]],
  ),
);
test("llama.cpp#26596: many bounded repetitions", behaves, {
  schema: {
    type: "object",
    properties: Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`p${index}`, { type: "string", maxLength: 1000 + index }]),
    ),
  },
  accept: [{ p0: "x", p199: "y" }],
  reject: [{ p0: "x".repeat(1001) }],
});
test("llama.cpp#25923: no parameters", behaves, {
  schema: { type: "object", properties: {} },
  accept: [{}],
  reject: [[]],
});
test(
  "llama.cpp#19051: an escaped mark in a pattern",
  behaves,
  of({ type: "string", pattern: "^really\\? yes\\!$" }, ["really? yes!"], ["really yes!", "x really? yes!"]),
);
test(
  "llama.cpp#22314: an open pattern",
  behaves,
  of({ type: "string", pattern: "\\S" }, ["a", " b "], ["", "  "]),
);
test(
  "llama.cpp#26930: an open pattern in an object of an array",
  behaves,
  of(
    { type: "array", items: { type: "object", properties: { q: { type: "string", pattern: "[0-9]+$" } } } },
    [[{ q: "no 7" }]],
    [[{ q: "7 no" }]],
  ),
);
test(
  "llama.cpp#16714: classes in patterns",
  behaves,
  of({ type: "string", pattern: "^\\w+\\s\\d{2}:\\d{2}$" }, ["at 10:30"], ["at10:30", "at 1:30"]),
);
test(
  "llama.cpp#22240: constants in anyOf",
  behaves,
  of(
    { anyOf: [{ const: "edit" }, { enum: ["a", "b"] }, { const: 3 }] },
    ["edit", "b", 3],
    ['"edit"', "c", 4],
  ),
);
test(
  "llama.cpp#15823: an enum in allOf",
  behaves,
  of(
    { allOf: [{ enum: ["a", "b", "c"] }, { enum: ["b", "c", "d"] }, { not: { const: "c" } }] },
    ["b"],
    ["a", "c", "d"],
  ),
);
test("llama.cpp#8073: a reference to an enum", behaves, {
  schema: {
    type: "object",
    properties: { e: { $ref: "#/$defs/E" }, f: { $ref: "#colour" }, g: { $ref: "https://e.org/G" } },
    required: ["e"],
    $defs: {
      E: { enum: ["a", "b"] },
      F: { $anchor: "colour", enum: ["red"] },
      G: { $id: "https://e.org/G", type: "integer" },
    },
  },
  accept: [{ e: "a" }, { e: "b", f: "red", g: 3 }],
  reject: [{ e: {} }, { e: "c" }, { e: "a", f: "blue" }, { e: "a", g: "x" }],
});
test("llama.cpp#7703: oneOf next to properties", behaves, {
  schema: {
    type: "object",
    properties: { name: { type: "string" } },
    required: ["name"],
    oneOf: [
      { properties: { kind: { const: "file" }, path: { type: "string" } }, required: ["kind", "path"] },
      { properties: { kind: { const: "web" }, url: { type: "string" } }, required: ["kind", "url"] },
    ],
  },
  accept: [
    { name: "n", kind: "file", path: "/x" },
    { name: "n", kind: "web", url: "u" },
  ],
  reject: [{ name: "n" }, { kind: "file", path: "/x" }, { name: "n", kind: "file", url: "u" }],
});
test("netclaw#51: types in a list", behaves, of({ type: ["string", "null"] }, ["x", null], [1, {}]));
test(
  "ollama#8063: anyOf of types",
  behaves,
  of({ anyOf: [{ type: "integer" }, { type: "string", maxLength: 2 }] }, [1, "ab"], ["abc", 1.5]),
);
test(
  "ollama#9055: items and definitions",
  behaves,
  of(
    { type: "array", items: { type: "object", properties: { n: { type: "integer" } }, required: ["n"] } },
    [[{ n: 1 }]],
    [[{}]],
  ),
);
test(
  "Docker MCP: free-form objects",
  behaves,
  of({ type: "object" }, [{}, { x: [1, { y: null }] }], [[], "x"]),
);
test("draft-04: exclusive bounds", behaves, {
  schema: {
    $schema: "http://json-schema.org/draft-04/schema#",
    id: "http://example.org/s",
    type: "object",
    properties: { n: { type: "integer", minimum: 0, exclusiveMinimum: true, maximum: 3 } },
    required: ["n"],
  },
  accept: [{ n: 1 }, { n: 3 }],
  reject: [{ n: 0 }, { n: 4 }],
});
test(
  "draft-04's exclusive bounds without $schema",
  behaves,
  of({ type: "number", minimum: 0, exclusiveMinimum: true }, [0.5], [0]),
);
test("draft-06", behaves, {
  schema: {
    $schema: "http://json-schema.org/draft-06/schema#",
    type: "object",
    properties: { a: { contains: { const: 1 } }, b: { propertyNames: { pattern: "^x" }, type: "object" } },
  },
  accept: [{ a: [2, 1] }, { b: { xy: 1 } }],
  reject: [{ a: [2] }, { b: { y: 1 } }],
});
test("draft-07: items in a list, dependencies", behaves, {
  schema: {
    $schema: "https://json-schema.org/draft-07/schema",
    type: "object",
    properties: {
      pair: { type: "array", items: [{ type: "string" }, { type: "integer" }], additionalItems: false },
      card: { type: "string" },
      address: { type: "string" },
    },
    dependencies: { card: ["address"] },
  },
  accept: [{ pair: ["a", 1] }, { card: "1", address: "x" }, { address: "x" }],
  reject: [{ pair: ["a", "b"] }, { pair: ["a", 1, 2] }, { card: "1" }],
});
test("2019-09: dependentSchemas, unevaluatedProperties", behaves, {
  schema: {
    $schema: "https://json-schema.org/draft/2019-09/schema",
    type: "object",
    properties: { a: { type: "integer" } },
    dependentSchemas: { a: { properties: { b: { type: "integer" } }, required: ["b"] } },
    unevaluatedProperties: false,
  },
  accept: [{}, { a: 1, b: 2 }],
  reject: [{ a: 1 }, { c: 1 }],
});
test("an unknown $schema", behaves, {
  schema: {
    $schema: "https://spec.openapis.org/oas/3.1/dialect/base",
    type: "object",
    properties: { n: { type: "integer", format: "int32", example: 3 } },
  },
  accept: [{ n: 7 }],
  reject: [{ n: 2 ** 31 }, { n: "7" }],
});
test("OpenAPI: nullable", behaves, {
  schema: {
    type: "object",
    properties: {
      a: { type: "string", nullable: true },
      b: { allOf: [{ $ref: "#/$defs/B" }], nullable: true },
      nullable: { type: "boolean" },
    },
    $defs: { B: { type: "integer" } },
  },
  accept: [
    { a: null, b: null, nullable: true },
    { a: "x", b: 1 },
  ],
  reject: [{ a: 1 }, { b: "x" }, { nullable: null }],
});
test(
  "no type, only keywords",
  behaves,
  of({ properties: { n: { minimum: 3 } }, required: ["n"] }, [{ n: 3 }], [{}, { n: 2 }]),
);
test("a root of references", behaves, {
  schema: { $ref: "#/definitions/Input", definitions: { Input: { type: "object", required: ["x"] } } },
  accept: [{ x: [1] }, { x: 1, y: 2 }],
  reject: [{}, [], "x"],
});
test("a root of choices", behaves, {
  schema: {
    anyOf: [
      { type: "object", properties: { a: { type: "string" } }, required: ["a"], additionalProperties: false },
      { type: "object", properties: { b: { type: "string" } }, required: ["b"], additionalProperties: false },
    ],
  },
  accept: [{ a: "x" }, { b: "y" }],
  reject: [{}, { a: "x", b: "y" }, [], "a"],
});
test("allOf merges", behaves, {
  schema: {
    type: "object",
    allOf: [
      { properties: { a: { type: "string" } }, required: ["a"] },
      { properties: { a: { maxLength: 3 }, b: { type: "integer" } } },
    ],
  },
  accept: [{ a: "abc" }, { a: "x", b: 1 }],
  reject: [{ a: "abcd" }, { b: 1 }],
});
test("if, then, else", behaves, {
  schema: {
    type: "object",
    properties: { unit: { enum: ["c", "f", "k"] }, t: { type: "number" } },
    required: ["unit", "t"],
    if: { properties: { unit: { const: "k" } }, required: ["unit"] },
    then: { properties: { t: { minimum: 0 } } },
    else: { properties: { t: { minimum: -500 } } },
  },
  accept: [
    { unit: "k", t: 0 },
    { unit: "c", t: -40 },
  ],
  reject: [
    { unit: "k", t: -1 },
    { unit: "f", t: -501 },
  ],
});
test(
  "contains with bounds",
  behaves,
  of({ type: "array", contains: { const: 1 }, minContains: 2 }, [[1, 1]], [[1], [2, 3]]),
);
test(
  "tuples with further items",
  behaves,
  of(
    { type: "array", prefixItems: [{ type: "string" }], items: { type: "integer" }, minItems: 1 },
    [["a"], ["a", 1, 2]],
    [[], ["a", "b"]],
  ),
);
test(
  "names of properties",
  behaves,
  of(
    { type: "object", propertyNames: { enum: ["x", "y"] }, additionalProperties: { type: "integer" } },
    [{ x: 1 }, { x: 1, y: 2 }],
    [{ z: 1 }, { x: "1" }],
  ),
);
test(
  "patterns of properties",
  behaves,
  of(
    {
      type: "object",
      patternProperties: { "^x-": { type: "integer" } },
      additionalProperties: false,
      minProperties: 1,
    },
    [{ "x-a": 1 }],
    [{}, { a: 1 }],
  ),
);
test(
  "numbers of properties",
  behaves,
  of(
    { type: "object", properties: { a: {}, b: {} }, minProperties: 1, additionalProperties: false },
    [{ a: 1 }, { a: 1, b: 2 }],
    [{}],
  ),
);
test(
  "constants of any value",
  behaves,
  of({ enum: [{ x: [1, null] }, [], "", false] }, [{ x: [1, null] }, [], "", false], [0]),
);
test("multiples", behaves, {
  schema: {
    type: "object",
    properties: {
      five: { type: "integer", multipleOf: 5, minimum: 0, maximum: 60 },
      hundred: { type: "integer", multipleOf: 100 },
      price: { type: "number", multipleOf: 0.01 },
    },
  },
  accept: [
    { five: 55, hundred: -300, price: 19.99 },
    { five: 0, hundred: 0, price: 3 },
  ],
  reject: [{ five: 12 }, { five: 65 }, { hundred: 50 }, { price: 0.005 }],
});
test("keys with quotes and marks", behaves, {
  schema: {
    type: "object",
    properties: { 'a"b': { type: "integer" }, "c\\d": { type: "integer" } },
    additionalProperties: { type: "string" },
  },
  accept: [{ 'a"b': 1, "c\\d": 2, é: "x" }],
  reject: [{ 'a"b': "x" }],
});

/** A file of further cases, `[{ id, schema, accept, reject }]`. */
const more = process.env.TOOLKEN_SCHEMA_CASES;
if (more !== undefined && existsSync(more)) {
  for (const { id, ...one } of JSON.parse(readFileSync(more, "utf8")) as (Case & { id: string })[]) {
    test(`further case ${id}`, behaves, one);
  }
}

test("what is not JSON Schema in any dialect is refused, with the place", (t) => {
  for (const schema of [
    { type: "object", properties: { a: { type: "strng" } } },
    { type: "object", properties: { a: { $ref: "#/$defs/none" } } },
    { type: "object", properties: { a: { type: "string", pattern: "(" } } },
  ]) {
    t.throws(() => toolOf(schema), { code: "INVALID_ARGUMENT", message: /JSON Schema for parameters/ });
  }
});
