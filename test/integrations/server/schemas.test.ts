// Schemas that other servers were reported to refuse, to ignore or to loosen; here each is enforced or refused.
import test from "ava";
import { Ajv2020 } from "ajv/dist/2020.js";
import { type ErrorBody, startServer, type TestServer } from "../../support/server.js";

const CHAT = "/v1/chat/completions";
const messages = [{ role: "user", content: "Report 3 findings about the river in July 2026." }];

let host: TestServer;
test.before(async () => {
  host = await startServer({ contextSize: 16_384 });
});
test.after.always(async () => {
  await host.close();
});

type Schema = Readonly<Record<string, unknown>>;
interface Body {
  readonly choices: readonly {
    readonly finish_reason: string;
    readonly message: {
      readonly content: string | null;
      readonly tool_calls?: readonly { readonly function: { readonly arguments: string } }[];
    };
  }[];
  readonly usage: { readonly prompt_tokens: number };
}

const named = (name: string, parameters?: Schema): object => ({
  type: "function",
  function: { name, description: `Does ${name}.`, ...(parameters === undefined ? {} : { parameters }) },
});

const object = (properties: Schema, more: Schema = {}): Schema => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...more,
});

function ask(name: string, tools: readonly object[], tokens: number): Promise<Response> {
  const tool_choice = { type: "function", function: { name } };
  return host.post(CHAT, { messages, tools, tool_choice, max_tokens: tokens });
}

const isValid = (schema: Schema, value: unknown): boolean =>
  new Ajv2020({ strict: false, unicodeRegExp: false }).compile(schema)(value);

const long = { type: "string", maxLength: 2000 };
const enforced: readonly (readonly [string, Schema])[] = [
  ["pattern of digits", object({ month: { type: "string", pattern: "^\\d{4}-\\d{2}$" } })],
  ["pattern of one text", object({ a: { type: "string", pattern: "^hello there indeed!$" } })],
  ["anyOf of const and enum", object({ mode: { anyOf: [{ const: "edit" }, { enum: ["a", "b"] }] } })],
  ["allOf of an enum", object({ mode: { allOf: [{ enum: ["a", "b"] }] } })],
  ["$ref to an enum", object({ mode: { $ref: "#/$defs/E" } }, { $defs: { E: { enum: ["x", "y"] } } })],
  [
    "oneOf beside properties",
    object(
      { kind: { enum: ["a", "b"] }, size: { type: "integer", minimum: 1, maximum: 3 } },
      { oneOf: [{ properties: { kind: { const: "a" } } }, { properties: { kind: { const: "b" } } }] },
    ),
  ],
  ["string or null", object({ note: { type: ["string", "null"], maxLength: 8 } })],
  [
    "an array of objects with $defs",
    {
      ...object({ list: { type: "array", items: { $ref: "#/$defs/Item" }, minItems: 1, maxItems: 2 } }),
      $defs: { Item: object({ id: { enum: [1, 2, 3] } }) },
    },
  ],
];

for (const [name, schema] of enforced) {
  test.serial(`enforced: ${name}`, async (t) => {
    const response = await ask("report", [named("report", schema)], 64);
    t.is(response.status, 200);
    const [choice] = ((await response.json()) as Body).choices;
    t.is(choice!.finish_reason, "tool_calls");
    const input: unknown = JSON.parse(choice!.message.tool_calls![0]!.function.arguments);
    t.true(isValid(schema, input), JSON.stringify(input));
  });
}

const nested = object({
  findings: { type: "array", items: object({ text: long, id: long }), maxItems: 100 },
});
const accepted: readonly (readonly [string, Schema])[] = [
  ["nested strings of 2,000 characters", nested],
  ["a string of 65,536 characters", object({ a: object({ b: { type: "string", maxLength: 65536 } }) })],
  ["a pattern without anchors", object({ a: { type: "string", pattern: "\\S" } })],
  ["a nested pattern", object({ a: object({ b: { type: "string", pattern: "[a-z]+" } }) })],
  [
    "many bounded repetitions",
    object(Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`p${i}`, { ...long, minLength: 5 }]))),
  ],
];

for (const [name, schema] of accepted) {
  test.serial(`accepted: ${name}`, async (t) => {
    const response = await ask("report", [named("report", schema)], 48);
    t.is(response.status, 200);
    const [choice] = ((await response.json()) as Body).choices;
    // 48 tokens may not be enough; what is complete is valid.
    if (choice!.finish_reason === "tool_calls") {
      t.true(isValid(schema, JSON.parse(choice!.message.tool_calls![0]!.function.arguments)));
    } else t.is(choice!.finish_reason, "length");
  });
}

test.serial(
  "a pattern that is no regular expression names the tool and the keyword, or is enforced",
  async (t) => {
    const schema = object({ greeting: { type: "string", pattern: "^hello there indeed\\!$" } });
    const response = await ask("greet", [named("greet", schema)], 64);
    if (response.status === 400) {
      const { error } = (await response.json()) as ErrorBody;
      t.regex(error.message, /pattern/u);
      t.regex(`${error.param} ${error.message}`, /tools\[0\]|greet/u);
      return;
    }
    const [choice] = ((await response.json()) as Body).choices;
    const input: unknown = JSON.parse(choice!.message.tool_calls![0]!.function.arguments);
    t.deepEqual(input, { greeting: "hello there indeed!" });
  },
);

test.serial("the number of tools and the size of their grammars do not matter", async (t) => {
  const range = { type: "integer", minimum: 123_456, maximum: 987_654 };
  const tools = Array.from({ length: 58 }, (_, i) => named(`t${i}`, object({ a: range })));
  const response = await ask("t57", tools, 64);
  t.is(response.status, 200, await response.clone().text());
  const [choice] = ((await response.json()) as Body).choices;
  const input = JSON.parse(choice!.message.tool_calls![0]!.function.arguments) as Record<string, number>;
  t.deepEqual(Object.keys(input), ["a"]);
  t.true(Object.values(input).every((n) => n >= range.minimum && n <= range.maximum));
});

test.serial("a tool without properties does not break the others", async (t) => {
  const tools = [
    named("empty", { type: "object", properties: {} }),
    named("none"),
    named("other", object({ a: { enum: [1] } })),
  ];
  for (const [name, input] of [
    ["empty", "{}"],
    ["other", '{"a":1}'],
  ] as const) {
    const [choice] = ((await (await ask(name, tools, 32)).json()) as Body).choices;
    t.is(choice!.message.tool_calls![0]!.function.arguments.replaceAll(" ", ""), input);
  }
});

test.serial("anyOf and const of a response format are enforced", async (t) => {
  const schema = object({ kind: { anyOf: [{ const: "north" }, { const: "south" }] }, fixed: { const: 7 } });
  const response_format = { type: "json_schema", json_schema: { name: "answer", schema } };
  const response = await host.post(CHAT, { messages, response_format, max_tokens: 48 });
  const [choice] = ((await response.json()) as Body).choices;
  t.true(isValid(schema, JSON.parse(choice!.message.content!)), choice!.message.content!);
});

test.serial("items and $defs reach the model", async (t) => {
  const count = async (schema: Schema): Promise<number> => {
    const response = await host.post(CHAT, { messages, tools: [named("report", schema)], max_tokens: 1 });
    return ((await response.json()) as Body).usage.prompt_tokens;
  };
  const list = (more: Schema): Schema => ({
    type: "object",
    properties: { list: { type: "array", ...more } },
  });
  const plain = await count(list({}));
  const item = {
    type: "object",
    properties: { "river-name": { type: "string", description: "Of the river" } },
  };
  const withItems = await count(list({ items: item }));
  const withDefs = await count({ ...list({ items: { $ref: "#/$defs/Item" } }), $defs: { Item: item } });
  t.true(withItems > plain && withDefs >= withItems, `${plain} ${withItems} ${withDefs}`);
});
