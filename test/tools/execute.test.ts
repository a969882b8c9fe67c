import { getEventListeners } from "node:events";
import { Readable } from "node:stream";
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
  parseToolInput,
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

const lenient = test.macro({
  async exec(t, value: unknown, text: string | RegExp) {
    const execution = await executeTool(returning(value), "", { lenientResult: true, longestResult: 40 });
    if (typeof text === "string") t.is(execution.text, text);
    else t.regex(execution.text, text);
  },
  title: (given) => given ?? "",
});

test("lenient: nothing", lenient, undefined, "null");
test(
  "lenient: a megabyte is cut",
  lenient,
  "x".repeat(1_048_576),
  /^x{40}… \[cut: 40 of 1048576 characters\]$/,
);
test("lenient: no half character", lenient, `${"x".repeat(39)}😀y`, /^x{39}… \[cut: 39 of 42 characters\]$/);
test("lenient: bytes", lenient, Buffer.from("ä text"), "ä text");
test("lenient: a map", lenient, new Map([["a", new Set([1])]]), '{"a":[1]}');
test("lenient: bytes inside", lenient, { b: new Uint8Array([1, 2]) }, '{"b":"AQI="}');
test("lenient: a response", lenient, new Response("body"), "body");
test("lenient: a stream", lenient, Readable.from([Buffer.from("ab"), Buffer.from("cd")]), "abcd");
test(
  "lenient: an endless stream is read as far as needed",
  lenient,
  Readable.from(endless("abcdefgh")),
  /^(abcdefgh){5}…/,
);
test(
  "lenient: a web stream",
  lenient,
  new ReadableStream({
    start(controller) {
      controller.enqueue("text");
      controller.close();
    },
  }),
  "text",
);
test("lenient: the last value of a generator", lenient, counting(), "2");

async function* counting() {
  yield await Promise.resolve(1);
  yield 2;
}

function* endless(text: string) {
  for (;;) yield text;
}

const lenientError = test.macro({
  async exec(t, value: unknown, code: string, message: RegExp) {
    await t.throwsAsync(executeTool(returning(value), "", { lenientResult: true }), { code, message });
  },
  title: (given) => given ?? "",
});

test(
  "bytes that are not text",
  lenientError,
  Buffer.from([0xff, 0xfe, 0xfd]),
  "TOOL_RESULT_INVALID",
  /3 bytes/,
);
test("an endless iterator", lenientError, { x: endless("a") }, "TOOL_RESULT_INVALID", /an iterator/);
test("a cycle", lenientError, circular, "TOOL_RESULT_INVALID", /circular/);
test("a returned error", lenientError, new Error("no network"), "TOOL_FAILED", /f failed: no network/);
test("a stream that fails", lenientError, Readable.from(failing()), "TOOL_FAILED", /broken pipe/);

// eslint-disable-next-line @typescript-eslint/require-await -- a stream that fails while it is read
async function* failing() {
  yield "a";
  throw new Error("broken pipe");
}

test("a generator that never yields times out", async (t) => {
  const hanging = doing(async function* () {
    yield 1;
    await new Promise(() => undefined);
  }, 20);
  await t.throwsAsync(executeTool(hanging, ""), { code: "TOOL_TIMEOUT" });
});

test("the context names the call", async (t) => {
  const messages = [{ role: "user", content: "hi" }];
  const tool = defineTool({
    name: "f",
    description: "f",
    inputSchema: { positional: 0 },
    execute: (_, context) => ({ ...context, same: context.signal === context.abortSignal }),
  });
  const { value } = await executeTool(tool, "", { toolCallId: "c1", messages });
  t.like(value, { toolCallId: "c1", toolName: "f", messages, same: true });
});

test("input in JSON: each failing path is named", async (t) => {
  const error = await t.throwsAsync<ToolkenError & { problems?: unknown; toolName?: unknown }>(
    parseToolInput(weather, '{"city": 3, "days": 1.5, "x": 1}'),
    { code: "TOOL_ARGUMENTS_INVALID" },
  );
  t.regex(error.message, /^weather: /);
  t.regex(error.message, /city must be string/);
  t.regex(error.message, /days must be integer/);
  t.regex(error.message, /additional properties: "x"/);
  t.is(error.toolName, "weather");
  t.deepEqual((error.problems as { path: string }[]).map(({ path }) => path).toSorted(), [
    "",
    "city",
    "days",
  ]);
  t.deepEqual(await parseToolInput(weather, '{"city": "Oslo"}'), { city: "Oslo", days: 1 });
  await t.throwsAsync(parseToolInput(weather, '{"city": "Oslo"'), {
    code: "TOOL_ARGUMENTS_INVALID",
    message: /JSON/,
  });
});

test("input in JSON of numbers", async (t) => {
  const divide = mathTools.find(({ name }) => name === "sqrt")!;
  t.deepEqual(String(await parseToolInput(divide, '{"x": 16}')), "16");
  await t.throwsAsync(parseToolInput(divide, '{"x": "16"}'), { message: /x must be number/ });
  await t.throwsAsync(parseToolInput(divide, "{}"), { code: "TOOL_ARGUMENTS_INVALID" });
});
