// Foreign schemas and inputs: bounded time, bounded grammars, clear errors.
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

let model: Model;
test.before(async () => {
  model = await loadModel("nano");
});
test.after.always(() => model.dispose());

function toolOf(parameters: JsonSchema): Tool {
  return defineTool({ name: "f", description: "f", parameters, execute: () => "" });
}

for (const pattern of ["^(a+)+$", "^(a|a)*$", "(?=(a+)+b)c", "^(.*)*$x"]) {
  test(`a pattern of exponential time ends: ${pattern}`, async (t) => {
    const tool = toolOf({
      type: "object",
      properties: { a: { type: "array", items: { type: "string", pattern } } },
    });
    const text = JSON.stringify({ a: Array.from({ length: 50 }, () => `${"a".repeat(60)}!`) });
    await t.throwsAsync(parseArguments(tool, text), { code: "TOOL_ARGUMENTS_INVALID" });
  });
}

test("the next validation has a budget of its own", async (t) => {
  const tool = toolOf({ type: "object", properties: { a: { type: "string", pattern: "^(a+)+$" } } });
  await t.throwsAsync(parseArguments(tool, JSON.stringify({ a: `${"a".repeat(60)}!` })), {
    message: /takes too long/,
  });
  t.deepEqual(await parseArguments(tool, '{"a":"aaa"}'), { a: "aaa" });
});

test("patterns of Python and Go", async (t) => {
  const tool = toolOf({
    type: "object",
    properties: { a: { type: "string", pattern: "\\A(?P<year>\\d{4})\\Z" } },
    required: ["a"],
  });
  t.deepEqual(await parseArguments(tool, '{"a":"2026"}'), { a: "2026" });
  await t.throwsAsync(parseArguments(tool, '{"a":"x2026"}'));
});

function nested(depth: number, leaf: JsonSchema): JsonSchema {
  let schema = leaf;
  for (let level = 0; level < depth; level++) {
    schema = {
      type: "object",
      properties: { [`p${level}`]: schema, q: { type: "string" } },
      required: [`p${level}`],
    };
  }
  return schema;
}

const looser = test.macro({
  exec(t, schema: JsonSchema, sentence: unknown) {
    const { text, exact } = describeArgumentsGrammar(toolOf(schema));
    t.false(exact);
    t.true(text.length <= 1_000_000);
    model.createGrammar(text).dispose();
    t.true(accepts(readGrammar(text), `${JSON.stringify(sentence)})`));
  },
  title: (given) => given ?? "",
});

test(
  "a deep schema",
  looser,
  nested(200, { type: "integer" }),
  (() => {
    let value: unknown = 1;
    for (let level = 0; level < 200; level++) value = { [`p${level}`]: value };
    return value;
  })(),
);
test(
  "a wide schema",
  looser,
  {
    type: "object",
    properties: Object.fromEntries(
      Array.from({ length: 100 }, (_, a) => [
        `group${a}`,
        {
          type: "object",
          properties: Object.fromEntries(
            Array.from({ length: 200 }, (_, b) => [`property${b}`, { type: "string", description: `${a}` }]),
          ),
        },
      ]),
    ),
  },
  { group0: { property1: "x" } },
);
test(
  "an enum of many long values",
  looser,
  {
    type: "object",
    properties: { a: { enum: Array.from({ length: 20_000 }, (_, index) => `${index}-${"x".repeat(100)}`) } },
  },
  { anything: 1 },
);
test(
  "choices of choices",
  looser,
  {
    type: "object",
    allOf: Array.from({ length: 20 }, (_, index) => ({
      anyOf: [
        { properties: { [`a${index}`]: { type: "string" } } },
        { properties: { [`b${index}`]: { type: "integer" } } },
        { required: [`c${index}`] },
      ],
    })),
  },
  { a0: "x" },
);

test("a schema that no validator's stack holds is refused", (t) => {
  t.throws(() => toolOf(nested(20_000, {})), { code: "INVALID_ARGUMENT" });
});

test("a schema that contains itself as an object is refused", (t) => {
  const schema: Record<string, unknown> = { type: "object" };
  schema.properties = { self: schema };
  t.throws(() => toolOf(schema), { code: "INVALID_ARGUMENT", message: /JSON Schema/ });
});

test("equal schemas share a validator, others don't clash", async (t) => {
  const of = (pattern: string): Tool =>
    toolOf({
      $id: "https://example.org/same",
      type: "object",
      properties: { a: { type: "string", pattern } },
    });
  const [x, y] = [of("^x"), of("^y")];
  t.deepEqual(await parseArguments(x, '{"a":"x"}'), { a: "x" });
  t.deepEqual(await parseArguments(y, '{"a":"y"}'), { a: "y" });
  await t.throwsAsync(parseArguments(y, '{"a":"x"}'));
});

test("references that double at every step", async (t) => {
  const names = Array.from({ length: 30 }, (_, index) => `d${index}`);
  const both = (name: string): JsonSchema => ({
    anyOf: [{ $ref: `#/$defs/${name}` }, { $ref: `#/$defs/${name}` }],
  });
  const tool = toolOf({
    type: "object",
    properties: { a: { $ref: "#/$defs/d0" } },
    $defs: Object.fromEntries(
      names.map((name, index) => [name, index === 29 ? { type: "string" } : both(names[index + 1]!)]),
    ),
  });
  t.false(describeArgumentsGrammar(tool).exact);
  await t.throwsAsync(parseArguments(tool, '{"a": 1}'), {
    code: "TOOL_ARGUMENTS_INVALID",
    message: /takes too long/,
  });
});

test("properties by the names of an object's own parts", async (t) => {
  const tool = toolOf(
    JSON.parse(`{
      "type": "object",
      "properties": { "constructor": { "type": "string" }, "toString": { "type": "integer" } },
      "required": ["constructor"],
      "additionalProperties": false
    }`) as JsonSchema,
  );
  const grammar = readGrammar(describeArgumentsGrammar(tool).text);
  t.true(accepts(grammar, '{"constructor":"x","toString":1})'));
  t.false(accepts(grammar, "{})"));
  t.deepEqual(Object.entries((await parseArguments(tool, '{"constructor": "x"}')) as object), [
    ["constructor", "x"],
  ]);
  for (const text of ["{}", '{"constructor": "x", "__proto__": {"a": 1}}', '{"constructor": 1}']) {
    await t.throwsAsync(parseArguments(tool, text), { code: "TOOL_ARGUMENTS_INVALID" });
  }
});

test("more schemas than a grammar is tried for", async (t) => {
  const properties = Object.fromEntries(Array.from({ length: 7000 }, (_, index) => [`p${index}`, {}]));
  const tool = toolOf({ type: "object", properties });
  t.deepEqual(describeArgumentsGrammar(tool).validated, ["the whole schema"]);
  t.deepEqual(await parseArguments(tool, '{"p1": 1}'), { p1: 1 });
});
