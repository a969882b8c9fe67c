import { getEventListeners } from "node:events";
import test from "ava";
import { Decimal } from "decimal.js";
import { z } from "zod";
import { ToolkenError } from "../../src/errors.js";
import {
  closingParenthesis,
  defineTool,
  executeTool,
  mathTools,
  parseArguments,
  type Tool,
} from "../../src/tools/index.js";

function returning(value: unknown, timeout?: number): Tool {
  return defineTool({
    name: "f",
    description: "f",
    parameters: { positional: 0 },
    timeout,
    execute: () => value,
  });
}

function doing(execute: (signal: AbortSignal) => unknown, timeout?: number): Tool {
  return defineTool({
    name: "f",
    description: "f",
    parameters: { positional: 0 },
    timeout,
    execute: (_, { signal }) => execute(signal),
  });
}

const weather = defineTool({
  name: "weather",
  description: "The weather.",
  parameters: {
    type: "object",
    properties: { city: { type: "string" }, days: { type: "integer", default: 1 } },
    required: ["city"],
    additionalProperties: false,
  },
  execute: ({ city, days }) => ({ city, days }),
});

test("parses, runs and writes", async (t) => {
  const double = defineTool({
    name: "double",
    description: "Twice.",
    parameters: { positional: 1 },
    execute: ([x]) => x! * 2,
  });
  t.deepEqual(await executeTool(double, "1/4"), { args: [0.25], value: 0.5, text: "0.5" });
  t.deepEqual(await executeTool(weather, '{"city": "Oslo"}'), {
    args: { city: "Oslo", days: 1 },
    value: { city: "Oslo", days: 1 },
    text: '{"city":"Oslo","days":1}',
  });
});

const writes = test.macro({
  async exec(t, value: unknown, text: string) {
    t.is((await executeTool(returning(value), "")).text, text);
    t.is((await executeTool(returning(Promise.resolve(value)), "")).text, text);
  },
  title: (given, _, text: string) => `writes ${given ?? text}`,
});

test(writes, "text", "text");
test("an empty text", writes, "", "");
test(writes, 1.5, "1.5");
test("minus zero", writes, -0, "0");
test(writes, 12345678901234567890n, "12345678901234567890");
test(writes, true, "true");
test(writes, null, "null");
test("a decimal", writes, new Decimal("1e25"), "10000000000000000000000000");
test(writes, [1, "a", { b: null, c: -0 }], '[1,"a",{"b":null,"c":0}]');
test("a bigint inside", writes, { n: 9007199254740993n }, '{"n":"9007199254740993"}');
test("a date", writes, new Date(0), '"1970-01-01T00:00:00.000Z"');

const circular: Record<string, unknown> = {};
circular.self = circular;

const cannotWrite = test.macro({
  async exec(t, value: unknown, message: RegExp) {
    await t.throwsAsync(executeTool(returning(value), ""), { code: "TOOL_RESULT_INVALID", message });
  },
  title: (given, _, message) => `can't write ${given ?? String(message)}`,
});

test(cannotWrite, NaN, /f returned NaN/);
test(cannotWrite, -Infinity, /-Infinity/);
test(cannotWrite, new Decimal(NaN), /NaN/);
test("an infinite decimal", cannotWrite, new Decimal(Infinity), /Infinity/);
test("a decimal of a billion digits", cannotWrite, new Decimal("1e1000000000"), /too long/);
test("NaN inside", cannotWrite, { a: [NaN] }, /NaN/);
test("nothing", cannotWrite, undefined, /nothing/);
test("an object that hides itself", cannotWrite, { toJSON: () => undefined }, /nothing/);
test(cannotWrite, () => 1, /a function/);
test(cannotWrite, Symbol("s"), /a symbol/);
test(cannotWrite, circular, /circular/);
test("a long text", cannotWrite, "x".repeat(2001), /2001 characters, more than 2000/);

test("the longest result is an option", async (t) => {
  t.is((await executeTool(returning("x".repeat(3000)), "", { longestResult: 3000 })).text.length, 3000);
  await t.throwsAsync(executeTool(returning("abc"), "", { longestResult: 2 }), {
    code: "TOOL_RESULT_INVALID",
  });
  await t.throwsAsync(executeTool(returning("abc"), "", { longestResult: 0 }), { code: "INVALID_ARGUMENT" });
});

test("what a tool throws is the cause", async (t) => {
  const thrown = new TypeError("no network");
  for (const tool of [
    doing(() => {
      throw thrown;
    }),
    doing(() => Promise.reject(thrown)),
  ]) {
    const error = await t.throwsAsync(executeTool(tool, ""), { code: "TOOL_FAILED", message: /no network/ });
    t.is(error.cause, thrown);
  }
  const text = await t.throwsAsync(
    executeTool(
      doing(() => {
        // eslint-disable-next-line @typescript-eslint/only-throw-error -- tools are foreign code
        throw "plain text";
      }),
      "",
    ),
  );
  t.like(text, { code: "TOOL_FAILED", cause: "plain text" });
});

test("a tool's own error codes pass", async (t) => {
  const own = new ToolkenError("TOOL_ARGUMENTS_INVALID", "no such city");
  t.is(await t.throwsAsync(executeTool(returning(Promise.reject(own)), "")), own);
  const other = new ToolkenError("IO", "disk");
  t.like(await t.throwsAsync(executeTool(returning(Promise.reject(other)), "")), { code: "TOOL_FAILED" });
});

test("a hanging tool times out, and its signal fires", async (t) => {
  let fired: unknown;
  const hanging = doing((signal) => {
    signal.addEventListener("abort", () => {
      fired = signal.reason;
    });
    return new Promise(() => undefined);
  }, 20);
  const error = await t.throwsAsync(executeTool(hanging, ""), { code: "TOOL_TIMEOUT", message: /20 ms/ });
  t.is(fired, error);
});

test("a tool that throws on its signal still timed out", async (t) => {
  const polite = doing(
    (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => {
          reject(new Error("stopped"));
        });
      }),
    20,
  );
  await t.throwsAsync(executeTool(polite, ""), { code: "TOOL_TIMEOUT" });
});

test("a hanging validator times out", async (t) => {
  const hanging = defineTool({
    name: "f",
    description: "f",
    timeout: 20,
    parameters: z.object({}).refine(() => new Promise<boolean>(() => undefined)),
    execute: () => t.fail("must not run"),
  });
  await t.throwsAsync(executeTool(hanging, "{}"), { code: "TOOL_TIMEOUT" });
});

test("abort ends a running tool, and leaves no listener", async (t) => {
  const controller = new AbortController();
  const started = executeTool(
    doing(() => {
      setImmediate(() => {
        controller.abort("enough");
      });
      return new Promise(() => undefined);
    }),
    "",
    { signal: controller.signal },
  );
  const error = await t.throwsAsync(started, { code: "ABORTED" });
  t.is(error.cause, "enough");
  t.is(getEventListeners(controller.signal, "abort").length, 0);
});

test("an aborted signal runs nothing", async (t) => {
  const tool = doing(() => t.fail("must not run"));
  await t.throwsAsync(executeTool(tool, "", { signal: AbortSignal.abort() }), { code: "ABORTED" });
});

test("a finished tool leaves no listener", async (t) => {
  const { signal } = new AbortController();
  await executeTool(returning(1), "", { signal });
  await t.throwsAsync(executeTool(returning(NaN), "", { signal }));
  t.is(getEventListeners(signal, "abort").length, 0);
});

const refusesArguments = test.macro({
  async exec(t, tool: Tool, text: string, message: RegExp) {
    await t.throwsAsync(parseArguments(tool, text), { code: "TOOL_ARGUMENTS_INVALID", message });
  },
  title: (_, tool: Tool, text: string) => `${tool.name} refuses ${text.slice(0, 40)}`,
});

test(refusesArguments, weather, "", /weather: .*required property 'city'/);
test(refusesArguments, weather, "{}", /required property 'city'/);
test(refusesArguments, weather, '{"city": 3}', /city must be string/);
test(refusesArguments, weather, '{"city": "Oslo", "x": 1}', /additional properties/);
test(refusesArguments, weather, '{"city": "Oslo"', /JSON/);
test(refusesArguments, weather, "Oslo", /JSON/);
test(refusesArguments, weather, "[]", /must be object/);
test(refusesArguments, weather, `{"city": "${"x".repeat(100_000)}"}`, /longer than 100000/);
test(refusesArguments, mathTools[0]!, "1", /add: .*at least 2 numbers/);

test("a recursive schema survives deep arguments", async (t) => {
  const list = defineTool({
    name: "f",
    description: "f",
    parameters: { type: "object", properties: { next: { $ref: "#" } } },
    execute: () => "",
  });
  const depth = 12_000;
  const error = await t.throwsAsync(parseArguments(list, '{"next":'.repeat(depth) + "1" + "}".repeat(depth)));
  t.like(error, { code: "TOOL_ARGUMENTS_INVALID" });
});

test("zod's output and issues", async (t) => {
  const tool = defineTool({
    name: "f",
    description: "f",
    parameters: z.object({ days: z.array(z.string().transform((day) => day.length)) }),
    execute: ({ days }) => days.join(),
  });
  t.deepEqual(await executeTool(tool, '{"days": ["Mon", "Tues"]}'), {
    args: { days: [3, 4] },
    value: "3,4",
    text: "3,4",
  });
  await t.throwsAsync(parseArguments(tool, '{"days": [1]}'), { message: /f: Invalid arguments: days\.0: / });
});

test("numbers beyond a double's precision only reach exact tools whole", async (t) => {
  const text = "12345678901234567890";
  const exact = defineTool({
    name: "f",
    description: "f",
    parameters: { positional: { min: 1, exact: true } },
    execute: ([x]) => x!,
  });
  t.is((await executeTool(exact, text)).text, text);
  t.is((await executeTool(mathTools[0]!, `${text}, 1`)).text, "12345678901234567891");
  t.deepEqual(await parseArguments(returning(0), ""), []);
});

const closes = test.macro({
  exec(t, tool: Tool, text: string, at: number) {
    t.is(closingParenthesis(tool, text), at);
  },
  title: (_, tool: Tool, text: string) => `${tool.name} closes in ${text}`,
});

test(closes, mathTools[0]!, "1, 2)=3 (so)", 4);
test(closes, mathTools[0]!, "(1+2)*3, (4-1)/2)", 16);
test(closes, mathTools[0]!, "(1+2", -1);
test(closes, mathTools[0]!, "", -1);
test(closes, weather, '{"city": "a) \\") b("}) c', 21);
test(closes, weather, '{"city": "a)', -1);
