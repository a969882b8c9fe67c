import test from "ava";
import { z } from "zod";
import {
  defineTool,
  mathTools,
  promptDefinition,
  toolJson,
  toolSignature,
  withDocumentation,
} from "../../src/tools/index.js";

const weather = defineTool({
  name: "weather",
  description: "Weather forecast\n for a city.",
  strict: true,
  inputSchema: {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    type: "object",
    properties: {
      city: { type: "string", description: "Name of the city", minLength: 1 },
      days: { type: "integer", minimum: 1, maximum: 14, default: 3 },
      unit: { enum: ["c", "f"] },
      since: { type: ["string", "null"], format: "date" },
      places: { type: "array", items: { $ref: "#/$defs/place" } },
      "x-tags": { type: "array", items: { enum: ["a", 1] } },
      extra: { type: "object", additionalProperties: { type: "number" } },
    },
    required: ["city"],
    $defs: {
      place: {
        type: "object",
        properties: { lat: { type: "number" }, in: { $ref: "#/$defs/place" } },
        required: ["lat"],
      },
    },
  },
});

test("a signature in the manner of TypeScript", (t) => {
  const lines = toolSignature(weather).split("\n");
  t.deepEqual(lines.slice(0, 6), [
    "// Weather forecast for a city.",
    "weather({",
    "  city: string, // Name of the city, at least 1 characters",
    "  days?: integer, // 1 to 14, default 3",
    '  unit?: "c" | "f",',
    "  since?: string | null, // date",
  ]);
  t.true(lines.includes('  "x-tags"?: ("a" | 1)[],'));
  t.true(lines.includes("  extra?: { [key]: number },"));
  t.is(lines.at(-1), "})");
});

test("signatures of numbers, of zod and of nothing", (t) => {
  const sqrt = mathTools.find(({ name }) => name === "sqrt")!;
  t.regex(toolSignature(sqrt), /^\/\/ .+\nsqrt\(\{\n {2}x: number,\n\}\)$/);
  const zod = defineTool({
    name: "alarm",
    description: "Sets an alarm.",
    inputSchema: z.object({ at: z.iso.date().describe("When"), label: z.string().max(9).optional() }),
  });
  t.regex(toolSignature(zod), / {2}at: string, \/\/ When, date$/m);
  t.regex(toolSignature(zod), / {2}label\?: string, \/\/ at most 9 characters/);
  const none = defineTool({
    name: "ping",
    description: "Pings.",
    inputSchema: { type: "object", properties: {} },
  });
  t.is(toolSignature(none), "// Pings.\nping()");
});

test("what prompts say of a tool", (t) => {
  const said = promptDefinition(weather).function;
  t.is(said.description, weather.description);
  t.true("city" in (said.parameters.properties as object));
  t.false("strict" in said);
  const signature = promptDefinition(withDocumentation(weather, "signature")).function;
  t.is(signature.description, toolSignature(weather));
  t.deepEqual(signature.parameters, { type: "object", properties: {} });
  const none = promptDefinition(withDocumentation(weather, "none")).function;
  t.deepEqual(
    { ...none },
    {
      name: "weather",
      description: "",
      parameters: { type: "object", properties: {} },
    },
  );
});

test("a tool's own documentation has priority over the call's", (t) => {
  const own = defineTool({
    name: "ping",
    description: "Pings.",
    inputSchema: { type: "object", properties: {} },
    documentation: "none",
  });
  t.is(withDocumentation(own, "prompt").documentation, "none");
  t.throws(
    () =>
      defineTool({
        name: "ping",
        description: "Pings.",
        inputSchema: { type: "object", properties: {} },
        documentation: "short" as never,
      }),
    { code: "INVALID_ARGUMENT", message: /"none", "signature" or "prompt"/ },
  );
});

test("OpenAI's function", (t) => {
  const json = toolJson(weather);
  t.like(json, { type: "function", function: { name: "weather", strict: true } });
  t.deepEqual(json.function.parameters.required, ["city"]);
  t.false("$schema" in json.function.parameters);
  t.deepEqual(toolJson(mathTools.find(({ name }) => name === "sqrt")!).function.parameters, {
    type: "object",
    properties: { x: { type: "number" } },
    required: ["x"],
    additionalProperties: false,
  });
});
