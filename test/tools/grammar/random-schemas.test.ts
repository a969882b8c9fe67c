// Random schemas: llama.cpp reads every grammar, every sentence is JSON, and valid where the grammar is exact.
import test from "ava";
import fc from "fast-check";
import { loadModel, type Model } from "../../../src/index.js";
import {
  defineTool,
  describeArgumentsGrammar,
  type JsonSchema,
  parseArguments,
} from "../../../src/tools/index.js";
import { seeded } from "../seeded.js";
import { readGrammar, sentence } from "./gbnf-reference.js";

const RUNS = 500;
const SENTENCES = 8;

let model: Model;
test.before(async () => {
  model = await loadModel("nano");
});
test.after.always(() => model.dispose());

const KEYS = ["a", "ab", "b", "città", "x-y", 'q"'];
const PATTERNS = [
  "^[a-z]+$",
  "\\S",
  "\\d{2,4}",
  "^(foo|ba[rz])-\\w*$",
  "[^a-z]$",
  "^a|b$",
  "^(?:x{2}y?){1,3}$",
  "^.{3}$",
  '\\\\|"',
  "(?=a)a",
  "(a*)*",
  "^é+",
];
const FORMATS = "date time date-time duration email uri uuid ipv4 ipv6 hostname regex unknown".split(" ");
const small = fc.integer({ min: 0, max: 4 });
const bound = fc.oneof(fc.integer({ min: -120, max: 120 }), fc.constantFrom(-0.5, 1.25, 1e6, -1e9));
const scalar = fc.constantFrom<unknown>("", "a", 'b"c', 0, 1, -2.5, true, false, null, {}, [], { a: 1 }, [
  1,
  "a",
]);

/** At most three of the keywords. */
function some(keywords: Record<string, fc.Arbitrary<unknown>>, fixed: JsonSchema = {}) {
  return fc
    .subarray(Object.keys(keywords), { maxLength: Math.min(3, Object.keys(keywords).length) })
    .chain((chosen) => fc.record(Object.fromEntries(chosen.map((key) => [key, keywords[key]!]))))
    .map((chosen): JsonSchema => ({ ...fixed, ...chosen }));
}

const { schema: anySchema, object: anyObject } = fc.letrec<{ schema: unknown; object: JsonSchema }>((tie) => {
  const schema = tie("schema");
  const lists = fc.array(schema, { minLength: 1, maxLength: 3 });
  const keys = fc.uniqueArray(fc.constantFrom(...KEYS), { maxLength: 3 });
  const byKey = fc.dictionary(fc.constantFrom(...KEYS), schema, { maxKeys: 4 });
  const object = some(
    {
      properties: byKey,
      required: keys,
      additionalProperties: schema,
      patternProperties: fc.dictionary(fc.constantFrom(...PATTERNS), schema, { maxKeys: 2 }),
      propertyNames: some({
        pattern: fc.constantFrom(...PATTERNS),
        maxLength: small,
        enum: fc.constant(KEYS),
      }),
      minProperties: fc.integer({ min: 0, max: 2 }),
      maxProperties: small,
      dependentRequired: fc.dictionary(fc.constantFrom(...KEYS), keys, { maxKeys: 1 }),
      dependentSchemas: fc.dictionary(fc.constantFrom(...KEYS), schema, { maxKeys: 1 }),
      unevaluatedProperties: fc.boolean(),
      anyOf: lists,
      oneOf: lists,
      allOf: lists,
      if: schema,
      then: schema,
      else: schema,
    },
    { type: "object" },
  );
  return {
    object,
    schema: fc.oneof(
      { depthSize: "small", maxDepth: 4, withCrossShrink: true },
      some({ minLength: small, maxLength: small, pattern: fc.constantFrom(...PATTERNS) }, { type: "string" }),
      some({ format: fc.constantFrom(...FORMATS) }, { type: "string" }),
      some(
        {
          minimum: bound,
          maximum: bound,
          exclusiveMinimum: bound,
          exclusiveMaximum: bound,
          multipleOf: fc.constantFrom(1, 2, 3, 5, 10, 0.01, 0.5, 200),
        },
        { type: "integer" },
      ),
      some(
        { minimum: bound, exclusiveMaximum: bound, multipleOf: fc.constantFrom(1, 10, 0.1) },
        { type: "number" },
      ),
      fc
        .uniqueArray(fc.constantFrom("string", "null", "boolean", "integer", "number", "object", "array"), {
          minLength: 1,
        })
        .map((type) => ({ type })),
      fc.boolean(),
      fc.record({ const: scalar }),
      fc.record({ enum: fc.array(scalar, { minLength: 1, maxLength: 4 }) }),
      fc.record({ $ref: fc.constantFrom("#", "#/$defs/a", "#/$defs/b") }),
      some({ not: schema, anyOf: lists }),
      object,
      some(
        {
          items: schema,
          prefixItems: lists,
          minItems: small,
          maxItems: small,
          contains: schema,
          uniqueItems: fc.boolean(),
          unevaluatedItems: schema,
        },
        { type: "array" },
      ),
    ),
  };
});

// A definition that is only a reference may be one to itself, which no validator compiles.
const definition = anySchema.filter(
  (schema) => typeof schema !== "object" || !Object.hasOwn(schema!, "$ref"),
);
const roots = fc
  .tuple(anyObject, definition, definition)
  .map(([object, a, b]): JsonSchema => ({ ...object, $defs: { a, b } }));

test("random schemas", async (t) => {
  let exact = 0;
  await fc.assert(
    fc.asyncProperty(roots, fc.integer(), async (parameters, seed) => {
      const tool = defineTool({ name: "f", description: "f", parameters, execute: () => "" });
      const made = describeArgumentsGrammar(tool);
      model.createGrammar(made.text).dispose();
      if (made.text.includes("NOTHING")) return;
      const grammar = readGrammar(made.text);
      const random = seeded(seed);
      if (made.exact) exact++;
      for (let count = 0; count < SENTENCES; count++) {
        const text = sentence(grammar, random).slice(0, -1);
        JSON.parse(text);
        if (made.exact)
          await parseArguments(tool, text).catch((cause: unknown) => {
            throw new Error(`${text} of ${made.text}`, { cause });
          });
      }
    }),
    { numRuns: RUNS, seed: 20, includeErrorInReport: true },
  );
  // Otherwise the test would say little.
  t.true(exact > RUNS / 10, `${exact} exact`);
  t.log(`${exact} of ${RUNS} exact`);
});
