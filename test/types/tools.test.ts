// What the compiler knows of tools; the checks are made by tsc, the test only runs the definitions.
import { jsonSchema, tool } from "ai";
import test from "ava";
import type { Decimal } from "decimal.js";
import { expectTypeOf } from "expect-type";
import { z } from "zod";
import {
  defineTool,
  type InputOf,
  type OutputOf,
  type ToolCallOf,
  type ToolResultOf,
  toolSet,
  type ToolSetOf,
} from "../../src/tools/index.js";

const weather = defineTool({
  name: "weather",
  description: "The weather.",
  inputSchema: {
    type: "object",
    properties: {
      city: { type: "string" },
      days: { type: "integer", default: 1 },
      unit: { enum: ["c", "f"] },
      tags: { type: "array", items: { type: ["string", "null"] } },
    },
    required: ["city"],
  },
  execute: (input) => {
    expectTypeOf(input).toEqualTypeOf<{
      city: string;
      days: number;
      unit?: "c" | "f";
      tags?: (string | null)[];
    }>();
    return Promise.resolve({ degrees: input.days });
  },
});

const alarm = defineTool({
  name: "alarm",
  description: "Sets an alarm.",
  inputSchema: z.object({ at: z.string() }),
  async *execute({ at }, { abortSignal, toolName }) {
    expectTypeOf(at).toEqualTypeOf<string>();
    expectTypeOf(abortSignal).toEqualTypeOf<AbortSignal>();
    expectTypeOf(toolName).toEqualTypeOf<string>();
    yield await Promise.resolve("set");
  },
});

const exact = defineTool({
  name: "exact",
  description: "Exact numbers.",
  inputSchema: { positional: { min: 1, exact: true } },
  execute: (numbers) => {
    expectTypeOf(numbers).toEqualTypeOf<Decimal[]>();
    return numbers[0]!.toFixed();
  },
});

const returned = defineTool({
  name: "returned",
  description: "Without execute.",
  inputSchema: jsonSchema<{ id: number }>({ type: "object", properties: { id: { type: "integer" } } }),
});

const sdk = {
  sum: tool({
    description: "A sum.",
    inputSchema: z.object({ a: z.number(), b: z.number() }),
    execute: ({ a, b }) => Promise.resolve(a + b),
  }),
  ask: tool({ description: "Asks the user.", inputSchema: z.object({ question: z.string() }) }),
};

test("inputs and outputs per tool", (t) => {
  expectTypeOf<InputOf<typeof weather>["city"]>().toEqualTypeOf<string>();
  expectTypeOf<OutputOf<typeof weather>>().toEqualTypeOf<{ degrees: number }>();
  expectTypeOf<OutputOf<typeof alarm>>().toEqualTypeOf<string>();
  expectTypeOf<InputOf<typeof exact>>().toEqualTypeOf<Decimal[]>();
  expectTypeOf<InputOf<typeof returned>>().toEqualTypeOf<{ id: number }>();
  expectTypeOf<InputOf<typeof sdk.sum>>().toEqualTypeOf<{ a: number; b: number }>();
  expectTypeOf<OutputOf<typeof sdk.sum>>().toEqualTypeOf<number>();
  expectTypeOf<InputOf<typeof sdk.ask>>().toEqualTypeOf<{ question: string }>();

  const list = [weather, alarm] as const;
  expectTypeOf<keyof ToolSetOf<typeof list>>().toEqualTypeOf<"weather" | "alarm">();
  type Call = ToolCallOf<typeof list>;
  expectTypeOf<Extract<Call, { toolName: "alarm" }>["input"]>().toEqualTypeOf<{ at: string }>();
  type Result = ToolResultOf<typeof sdk>;
  expectTypeOf<Extract<Result, { toolName: "sum" }>["output"]>().toEqualTypeOf<number>();

  t.deepEqual(toolSet(list).names, ["weather", "alarm"]);
  const set = toolSet({ ...sdk, returned });
  t.deepEqual(set.names, ["sum", "ask", "returned"]);
  t.is(set.get("ask").execute, undefined);
  t.is(exact.parameters.kind, "positional");
});
