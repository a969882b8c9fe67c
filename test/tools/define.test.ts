import test from "ava";
import { z } from "zod";
import { type ToolkenError } from "../../src/errors.js";
import { defineTool, isTool, mathTools, toolSet, callSignature } from "../../src/tools/index.js";

const valid = {
  name: "double",
  description: "Twice a number.",
  parameters: { positional: 1 },
  execute: ([x]: number[]) => x! * 2,
};

const refuses = test.macro({
  exec(t, change: Record<string, unknown>, message: RegExp) {
    const error = t.throws<ToolkenError>(() => defineTool({ ...valid, ...change }));
    t.is(error.code, "INVALID_ARGUMENT");
    t.regex(error.message, message);
  },
  title: (given, change) => given ?? `refuses ${JSON.stringify(change)}`,
});

test(refuses, { name: "" }, /for name but received ""/);
test(refuses, { name: "1 st" }, /for name/);
test(refuses, { name: "a b" }, /for name/);
test(refuses, { name: "add)" }, /for name/);
test(refuses, { name: "größe" }, /for name/);
test(refuses, { name: 3 }, /of type number/);
test(refuses, { description: " " }, /description of tool double/);
test(refuses, { demonstrations: ["Q"] }, /demonstrations of tool double/);
test(refuses, { timeout: 0 }, /timeout of tool double/);
test(refuses, { timeout: 2 ** 31 }, /timeout of tool double/);
test(refuses, { timeout: "1000" }, /timeout of tool double/);
test(refuses, { grammar: "no" }, /grammar of tool double/);
test(refuses, { execute: "run" }, /execute of tool double/);
test(refuses, { excute: 1 }, /received excute/);
test(refuses, { parameters: undefined }, /for parameters/);
test(refuses, { parameters: [] }, /for parameters/);
test(refuses, { parameters: { positional: -1 } }, /positional\.min/);
test(refuses, { parameters: { positional: { max: 2 } } }, /positional\.min/);
test(refuses, { parameters: { positional: { min: 2, max: 1 } } }, /positional\.max/);
test(refuses, { parameters: { positional: { min: 1, max: 1.5 } } }, /positional\.max/);
test(refuses, { parameters: { positional: { min: 1, most: 2 } } }, /received most/);
test(refuses, { parameters: { positional: ["a", "a"] } }, /positional\.names/);
test(refuses, { parameters: { positional: { min: 1, max: 1, names: ["a", "b"] } } }, /at most 1 names/);
test(refuses, { parameters: { positional: { min: 1, exact: 1 } } }, /positional\.exact/);
test(refuses, { parameters: { positional: 1, type: "object" } }, /received type/);
test(refuses, { parameters: { type: "string" } }, /JSON Schema of type "object"/);
test(refuses, { parameters: { $async: true, type: "object" } }, /promises, not results/);
test(refuses, { parameters: { type: "object", properties: { a: { type: "strng" } } } }, /JSON Schema/);
test(refuses, { parameters: { type: "object", properties: { a: { $ref: "#/$defs/b" } } } }, /JSON Schema/);

test("refuses what is no definition", (t) => {
  for (const value of [undefined, null, "math", 3]) {
    t.throws(() => defineTool(value as never), { code: "INVALID_ARGUMENT" });
  }
});

test("keeps what it was given, with defaults, and can't be changed", (t) => {
  const tool = defineTool(valid);
  t.true(isTool(tool));
  t.false(isTool({ ...valid }));
  t.like(tool, { name: "double", timeout: 10_000, grammar: true, demonstrations: undefined });
  t.deepEqual(tool.parameters, { kind: "positional", min: 1, max: 1, names: [], exact: false });
  t.throws(() => {
    (tool as { name: string }).name = "other";
  });
});

test("a later change of the schema does not change the tool", async (t) => {
  const schema = { type: "object", properties: { a: { type: "string" } }, required: ["a"] };
  const tool = defineTool({ ...valid, parameters: schema, execute: () => "" });
  schema.properties.a.type = "number";
  t.is(tool.parameters.kind, "object");
  if (tool.parameters.kind !== "object") return;
  t.deepEqual(await tool.parameters.validate({ a: "text" }), { a: "text" });
  t.like(tool.parameters.schema, { properties: { a: { type: "string" } } });
});

test("execute's arguments have the parameters' type", (t) => {
  const zod = defineTool({
    ...valid,
    parameters: z.object({ city: z.string() }),
    execute: ({ city }) => city.toUpperCase(),
  });
  const exact = defineTool({
    ...valid,
    parameters: { positional: { min: 1, exact: true } },
    execute: ([first]) => first!.toFixed(2),
  });
  t.deepEqual([isTool(zod), isTool(exact)], [true, true]);
});

test("a tool set has each name once, in order", (t) => {
  const set = toolSet(mathTools);
  t.is(set.size, 13);
  t.deepEqual(
    set.names,
    "add subtract multiply divide power sqrt log ln lcm gcd remainder choose permutate".split(" "),
  );
  t.is(set.get("gcd").name, "gcd");
  t.deepEqual([...set], [...mathTools]);
  t.is(toolSet(set), set);
  const unknown = t.throws<ToolkenError>(() => set.get("mul"), { code: "UNKNOWN_TOOL" });
  t.regex(unknown.hint!, /add, subtract/);
  t.throws(() => toolSet([mathTools[0]!, mathTools[0]!]), { code: "INVALID_ARGUMENT", message: /add twice/ });
  t.throws(() => toolSet([{ ...valid }] as never), { code: "INVALID_ARGUMENT", message: /tools\[0\]/ });
  t.throws(() => toolSet(3 as never), { code: "INVALID_ARGUMENT" });
});

test("a signature names the arguments", (t) => {
  const signatures = new Map(mathTools.map((tool) => [tool.name, callSignature(tool)]));
  t.is(signatures.get("divide"), "divide(dividend, divisor, …)");
  t.is(signatures.get("log"), "log(x, base?)");
  t.is(signatures.get("sqrt"), "sqrt(x)");
  const weather = defineTool({
    ...valid,
    name: "weather",
    parameters: z.object({ city: z.string(), days: z.int().optional() }),
    execute: () => "",
  });
  t.is(callSignature(weather), "weather({ city, days? })");
});

test("names of MCP, and tools by their keys", (t) => {
  const parameters = { type: "object", properties: {} } as const;
  t.is(defineTool({ name: "2fa.enable", description: "Turns it on.", parameters }).name, "2fa.enable");
  const enable = defineTool({ name: "enable", description: "Turns it on.", inputSchema: parameters });
  const named = toolSet({ enable, later: { description: "Later.", inputSchema: parameters } });
  t.deepEqual(named.names, ["enable", "later"]);
  t.is(named.get("later").execute, undefined);
  t.throws(() => toolSet({ other: enable }), { code: "INVALID_ARGUMENT", message: /tools\.other/ });
  t.throws(() => defineTool({ name: "x", description: "X.", parameters, inputSchema: parameters }), {
    code: "INVALID_ARGUMENT",
    message: /not both/,
  });
});

test("schemas of the same $id do not meet", async (t) => {
  const checked = async (type: string, a: unknown): Promise<unknown> => {
    const inputSchema = { $id: "http://example.org/a", type: "object", properties: { a: { type } } };
    const { parameters } = defineTool({ name: "a", description: "A", inputSchema });
    return parameters.kind === "object" ? parameters.validate({ a }) : undefined;
  };
  t.deepEqual(await checked("string", "x"), { a: "x" });
  t.deepEqual(await checked("number", 1), { a: 1 });
  await t.throwsAsync(checked("number", "x"), { code: "TOOL_ARGUMENTS_INVALID" });
  await t.throwsAsync(checked("blob", "x"), { code: "INVALID_ARGUMENT" });
  t.deepEqual(await checked("boolean", true), { a: true });
});
