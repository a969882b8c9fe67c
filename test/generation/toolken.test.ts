import { setTimeout as wait } from "node:timers/promises";
import test from "ava";
import { z } from "zod";
import {
  Context,
  createToolken,
  defineTool,
  mathTools,
  ToolHead,
  type Model,
  type ParametersDefinition,
  type RunEvent,
  type RunOptions,
  type Tool,
  type Toolken,
  type ToolkenErrorCode,
  type ToolkenOptions,
} from "../../src/index.js";
import { rejectsWith } from "../support/errors.js";
import { headFiringBehind } from "../support/firing-head.js";
import { models, loadTestModel } from "../support/models.js";

const QUESTION = "A shop sells 67 pens a day. How many pens does it sell in 253 days?";
const GENERAL = "Q: [QUESTION]\nA:";
const DEMONSTRATED = `Q: A hall has 12 rows of 30 seats. How many seats are there?
A: There are 12*30=<multiply>(12, 30)=360 seats.

Q: A box holds 45 nails. How many nails do 18 boxes hold?
A: They hold 45*18=<multiply>(45, 18)=810 nails.

${GENERAL}`;
const prompts = { general: GENERAL, tools: { multiply: DEMONSTRATED } };
const multiply = mathTools.find(({ name }) => name === "multiply")!;

let model: Model;
let head: ToolHead;
test.before(async () => {
  model = await loadTestModel(models.nano);
  head = await headFiringBehind(model, GENERAL.replace("[QUESTION]", QUESTION), ["multiply", "never"]);
});
test.after.always(() => model.dispose());

function create(options: ToolkenOptions = {}): Promise<Toolken> {
  return createToolken(model, {
    head,
    tools: [multiply],
    prompts,
    contextSize: 2048,
    parallel: 1,
    ...options,
  });
}

async function eventsOf(toolken: Toolken, options: RunOptions = {}): Promise<RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of toolken.stream(QUESTION, { maxTokens: 12, ...options })) events.push(event);
  return events;
}

/** A multiply that does something else with its arguments. */
function failing(execute: Tool["execute"], timeout?: number): Tool {
  return defineTool({
    name: "multiply",
    description: "Fails.",
    parameters: { positional: { min: 2 } },
    ...(timeout === undefined ? {} : { timeout }),
    execute,
  });
}

/** The slow reference: the whole text through the model again for every token. */
async function greedyText(tokens: number[], count: number): Promise<string> {
  const written: number[] = [];
  for (let i = 0; i < count; i++) {
    await using context = await model.createContext({ contextSize: 512 });
    const { ids } = await context.prefill(0, [...tokens, ...written], { top: 64 });
    const digits = i === 0 ? [...ids].find((id) => !model.tokenizer.startsWithDigit(id)) : ids[0];
    written.push(digits!);
  }
  return model.tokenizer.decode(written);
}

test("a tool that fires is called, and its result goes back into the text", async (t) => {
  await using toolken = await create();
  t.true(toolken.headInGraph);
  const events = await eventsOf(toolken);
  const [call, result] = events;
  t.is(call?.type, "call");
  t.is(result?.type, "result");
  const last = events.at(-1);
  if (last?.type !== "done" || result?.type !== "result") return t.fail("no answer");
  const { answer } = last;
  t.is(answer.calls.length, 1);
  const [made] = answer.calls;
  t.is(made!.tool, "multiply");
  const product = made!.argumentsText.split(",").reduce((all, factor) => all * Number(factor), 1);
  t.is(Number(made!.result), product);
  t.is(answer.text.slice(made!.start, made!.end), made!.result);
  t.true(answer.transcript.includes(`<multiply>(${made!.argumentsText})=${made!.result}`));
  const streamed = events.map((event) => (event.type === "token" ? event.text : "")).join("");
  t.is(answer.text, answer.text.slice(0, made!.end) + streamed);
});

test("the text behind a result is what the whole prompt would give, digit mask included", async (t) => {
  await using toolken = await create();
  const answer = await toolken.run(QUESTION, { maxTokens: 14, stop: [] });
  const made = answer.calls[0]!;
  const inserted = answer.text.slice(0, made.end);
  const { tokenizer } = model;
  const bos = tokenizer.addsBos && tokenizer.bos !== null ? [tokenizer.bos] : [];
  const before = [
    ...bos,
    ...tokenizer.encode(GENERAL.replace("[QUESTION]", QUESTION)),
    ...tokenizer.encode(inserted),
  ];
  t.is(answer.text.slice(made.end), await greedyText(before, answer.usage.reasoningTokens));
});

// Serial: it counts the decodes of the whole process.
test.serial("usage counts every decoded token, and nothing is decoded twice", async (t) => {
  const decode = Reflect.get<Context, "decode">(Context.prototype, "decode");
  let decoded = 0;
  Context.prototype.decode = function (...args) {
    decoded += args[0].tokens.length;
    return decode.apply(this, args);
  };
  try {
    await using toolken = await create();
    const first = await toolken.run(QUESTION, { maxTokens: 12, stop: [] });
    t.is(first.usage.decodedTokens, decoded);
    const { promptTokens, toolPromptTokens, argumentTokens, resultTokens, reasoningTokens } = first.usage;
    // The last token that the model chose is not needed as an input.
    t.is(decoded, promptTokens + toolPromptTokens + argumentTokens + resultTokens + reasoningTokens - 1);
    decoded = 0;
    const second = await toolken.run(QUESTION, { maxTokens: 12, stop: [] });
    t.is(second.usage.decodedTokens, decoded);
    t.is(second.text, first.text);
    // Reasoning prompt and demonstrations are kept: one token of each is read again for its logits.
    t.is(second.usage.promptTokens, 1);
    t.is(second.usage.toolPromptTokens, 1);
    t.is(second.usage.cachedTokens, promptTokens + toolPromptTokens - 2);
  } finally {
    Context.prototype.decode = decode;
  }
});

const backtracks = test.macro({
  exec: async (t, tool: () => Tool, code: ToolkenErrorCode) => {
    await using toolken = await create({ tools: [tool()] });
    const events = await eventsOf(toolken, { stop: [] });
    const backtrack = events.find(({ type }) => type === "backtrack");
    t.is(backtrack?.type === "backtrack" ? backtrack.error.code : undefined, code);
    t.is(events.filter(({ type }) => type === "backtrack").length, 1);
    const last = events.at(-1);
    const plain = await toolken.run(QUESTION, { toolChoice: "none", maxTokens: 12, stop: [] });
    t.is(last?.type === "done" ? last.answer.text : "", plain.text);
    t.deepEqual(last?.type === "done" ? last.answer.calls : undefined, []);
    const failed = last?.type === "done" ? last.answer.failedCalls : [];
    t.deepEqual(
      failed.map(({ tool: name, code: reason }) => [name, reason]),
      [[tool().name, code]],
    );
  },
  title: (what) => `a tool that ${what ?? ""} is taken back, and the step takes its next best outcome`,
});

test(
  "throws",
  backtracks,
  () =>
    failing(() => {
      throw new Error("no");
    }),
  "TOOL_FAILED",
);
test("hangs", backtracks, () => failing(() => new Promise(() => undefined), 30), "TOOL_TIMEOUT");
test("returns NaN", backtracks, () => failing(() => Number.NaN), "TOOL_RESULT_INVALID");
test("returns a huge string", backtracks, () => failing(() => "x".repeat(1e6)), "TOOL_RESULT_INVALID");
test("returns nothing", backtracks, () => failing(() => undefined), "TOOL_RESULT_INVALID");

test("a result that is a word stands behind the space that the model would have written", async (t) => {
  await using toolken = await create({ tools: [failing(() => "many")] });
  const { text, calls } = await toolken.run(QUESTION, { maxTokens: 6, stop: [] });
  t.is(calls[0]!.result, "many");
  t.is(calls[0]!.start, 1);
  t.true(text.startsWith(" many"));
});

for (const toolChoice of ["auto", "required"] as const) {
  test(`a tool that writes nothing is called once, and the text goes on: ${toolChoice}`, async (t) => {
    let executed = 0;
    const silent = failing(() => {
      executed++;
      return "";
    });
    await using toolken = await create({ tools: [silent] });
    // With the bias it is called where it came closest.
    const bias = toolChoice === "auto" ? 0 : -200;
    const limits = { maxTokens: 6, stop: [] };
    const { calls, text, finishReason } = await toolken.run(QUESTION, { toolChoice, bias, ...limits });
    t.is(executed, 1);
    t.is(calls.length, 1);
    t.is(finishReason, "length");
    // Not even the space before what it might have written.
    t.is(text, (await toolken.run(QUESTION, { toolChoice: "none", ...limits })).text);
  });
}

test("what a tool returns ends no text, and its call stays", async (t) => {
  let executed = 0;
  const foreign = failing(() => {
    executed++;
    return "a\n\n\nb\nQ: c";
  });
  await using toolken = await create({ tools: [foreign] });
  for (const toolChoice of ["auto", "required"] as const) {
    executed = 0;
    const { calls, text } = await toolken.run(QUESTION, { toolChoice, maxTokens: 30 });
    t.is(executed, 1);
    t.is(calls.length, 1);
    t.true(text.includes("a\n\n\nb\nQ: c"));
  }
});

test("a tool that always fails is given up, and the run goes on without it", async (t) => {
  let executed = 0;
  const names = ["multiply", "never"];
  const down = names.map((name) =>
    defineTool({
      name,
      description: "Fails.",
      parameters: { positional: { min: 2 } },
      execute: () => {
        executed++;
        throw new Error("no service");
      },
    }),
  );
  // A head that fires at every step.
  const weights = new Float32Array(names.length * model.facts.embeddingLength);
  const eager = ToolHead.create({ tools: names, weights, bias: [1000, 999] });
  await using toolken = await create({ head: eager, tools: down });
  const plain = await toolken.run(QUESTION, { toolChoice: "none", maxTokens: 40, stop: [] });
  const answer = await toolken.run(QUESTION, { maxCalls: 1, maxTokens: 40, stop: [] });
  t.is(executed, 16);
  t.is(answer.failedCalls.length, 16);
  t.is(answer.text, plain.text);
});

test("a beginning of the answer is read and gone on behind", async (t) => {
  await using toolken = await create();
  const options = { toolChoice: "none", maxTokens: 8, stop: [] } as const;
  const whole = await toolken.run(QUESTION, options);
  const prefill = whole.text.slice(0, whole.text.indexOf(" ", 5));
  const rest = await toolken.run(QUESTION, { ...options, prefill });
  t.true((prefill + rest.text).startsWith(whole.text));
  // The step that the head fires at is behind the question.
  t.is((await toolken.run(QUESTION, { prefill: " It is", maxTokens: 4 })).calls.length, 0);
  await rejectsWith(t, toolken.run(QUESTION, { prefill: 5 as never }), "INVALID_ARGUMENT", /prefill/u);
});

test("arguments without a grammar are still checked by the tool's parameters", async (t) => {
  await using toolken = await create({ grammar: false });
  const events = await eventsOf(toolken);
  const made = events.find(({ type }) => type === "result" || type === "backtrack");
  t.truthy(made);
});

test("a tool with a JSON Schema gets an object that the schema accepts", async (t) => {
  const received: unknown[] = [];
  const lookup = defineTool({
    name: "multiply",
    description: "Looks something up.",
    parameters: {
      type: "object",
      properties: { city: { enum: ["Oslo", "Rome"] }, days: { type: "integer", minimum: 1, maximum: 9 } },
      required: ["city", "days"],
      additionalProperties: false,
    },
    execute: (args) => {
      received.push(args);
      return "sunny";
    },
  });
  await using toolken = await create({
    tools: [lookup],
    prompts: { general: GENERAL, tools: { multiply: GENERAL } },
  });
  const { calls } = await toolken.run(QUESTION, { maxTokens: 4, stop: [] });
  t.is(calls.length, 1);
  const args = received[0] as { city: string; days: number };
  t.true(["Oslo", "Rome"].includes(args.city));
  t.true(Number.isInteger(args.days) && args.days >= 1 && args.days <= 9);
});

test("tool choice: none, required, one tool, unknown tool", async (t) => {
  await using toolken = await create();
  const none = await toolken.run(QUESTION, { toolChoice: "none", maxTokens: 8 });
  t.deepEqual(none.calls, []);
  // Switched off by a bias, the tool is still called when one is required.
  for (const toolChoice of ["required", { tool: "multiply" }] as const) {
    const required = await toolken.run(QUESTION, { toolChoice, bias: -200, maxTokens: 8 });
    t.is(required.calls.length, 1);
  }
  await rejectsWith(t, toolken.run(QUESTION, { toolChoice: { tool: "divide" } }), "UNKNOWN_TOOL", /divide/u);
  await rejectsWith(t, toolken.run(QUESTION, { bias: { divide: 1 } }), "UNKNOWN_TOOL", /divide/u);
  await rejectsWith(t, toolken.run(QUESTION, { toolChoice: "maybe" as never }), "INVALID_ARGUMENT");
  // Of the head, and switched off.
  await rejectsWith(t, toolken.run(QUESTION, { toolChoice: { tool: "never" } }), "UNKNOWN_TOOL", /never/u);
  const off = { toolChoice: "required", bias: { multiply: -Infinity } } as const;
  await rejectsWith(t, toolken.run(QUESTION, off), "INVALID_ARGUMENT", /none can be called/u);
});

test("a call that is required comes not in the middle of a number, and has its tokens", async (t) => {
  await using toolken = await create();
  // Behind this the model writes digits alone; the head never fires there.
  const prefill = " There are 67*253=1";
  const options = { prefill, toolChoice: "required", maxTokens: 12, stop: [] } as const;
  const { text, calls, usage } = await toolken.run(QUESTION, options);
  t.is(calls.length, 1);
  const before = prefill + text.slice(0, calls[0]!.start);
  t.notRegex(before, /\d$/u);
  // The tokens that were taken back do not count against the text's.
  const tokens = model.tokenizer.encode(text).length;
  t.true(tokens >= 11, `${tokens} tokens: ${text}`);
  t.true(usage.reasoningTokens + usage.resultTokens > 12);
});

test("limits: calls, tokens, stop strings and patterns", async (t) => {
  await using toolken = await create();
  const noCalls = await toolken.run(QUESTION, { maxCalls: 0 });
  t.is(noCalls.finishReason, "calls");
  t.is(noCalls.text, "");
  const short = await toolken.run(QUESTION, { toolChoice: "none", maxTokens: 5, stop: [] });
  t.is(short.finishReason, "length");
  t.is(short.usage.reasoningTokens, 5);
  const long = await toolken.run(QUESTION, { toolChoice: "none", maxTokens: 16, stop: [] });
  const word = /\S+\s+(\S+)/u.exec(long.text)![1]!;
  const cut = await toolken.run(QUESTION, { toolChoice: "none", maxTokens: 16, stop: [word] });
  t.is(cut.finishReason, "stop");
  t.is(cut.text, long.text.slice(0, long.text.indexOf(word)));
  const kept = await toolken.run(QUESTION, { toolChoice: "none", maxTokens: 16, stop: [/\S+\s+\S/u] });
  t.is(kept.text, /^.*?\S+\s+\S/su.exec(long.text)![0]);
});

test("candidates are told on request", async (t) => {
  await using toolken = await create();
  const events = await eventsOf(toolken, { candidates: 5, maxTokens: 3 });
  const first = events.find(({ type }) => type === "candidates");
  if (first?.type !== "candidates") return t.fail("no candidates");
  t.is(first.outcomes.length, 5);
  t.is(first.outcomes[0]!.tool, "multiply");
  t.true(first.outcomes[0]!.probability > 0.99);
  t.is(first.outcomes[1]!.tool, undefined);
});

test("on the host a head gives the same answer as in the graph", async (t) => {
  await using inGraph = await create();
  await using onHost = await create({ placement: "host" });
  t.false(onHost.headInGraph);
  const options = { maxTokens: 12, stop: [] };
  t.is((await onHost.run(QUESTION, options)).transcript, (await inGraph.run(QUESTION, options)).transcript);
});

test("runs that share their decodes answer as they do alone", async (t) => {
  const questions = [
    QUESTION,
    "What is 12 plus 30?",
    "Name a colour.",
    "How old is Ann if Bob is 7?",
    QUESTION,
  ];
  await using alone = await create();
  const options = { maxTokens: 10, stop: [] };
  const expected = [];
  for (const question of questions) expected.push(await alone.run(question, options));
  for (const kvUnified of [true, false]) {
    await using together = await create({ parallel: 3, contextSize: 4096, kvUnified });
    const received = await Promise.all(questions.map((question) => together.run(question, options)));
    t.deepEqual(
      received.map(({ transcript }) => transcript),
      expected.map(({ transcript }) => transcript),
    );
  }
});

test("any number of runs waits without a warning", async (t) => {
  await using toolken = await create();
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on("warning", onWarning);
  try {
    await Promise.all(Array.from({ length: 14 }, () => toolken.run(QUESTION, { maxTokens: 1, stop: [] })));
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off("warning", onWarning);
  }
  t.deepEqual(warnings, []);
});

test("a seed gives the same answer again", async (t) => {
  await using toolken = await create();
  const options = { temperature: 1.2, toolChoice: "none", maxTokens: 12, stop: [], seed: 5 } as const;
  const first = await toolken.run(QUESTION, options);
  t.is((await toolken.run(QUESTION, options)).text, first.text);
  t.not((await toolken.run(QUESTION, { ...options, seed: 6 })).text, first.text);
});

test("another head takes its place, also when it has more rows than there was room for", async (t) => {
  await using toolken = await create();
  const { rejection } = await toolken.setHead(head.without("multiply")).then(
    () => ({ rejection: undefined }),
    (error: unknown) => ({ rejection: error as { code?: string } }),
  );
  t.is(rejection?.code, "UNKNOWN_TOOL");
  const d = model.facts.embeddingLength;
  let larger = head;
  for (let k = 0; k < 40; k++) larger = larger.withRow(`extra${k}`, new Float32Array(d), -1000);
  await toolken.setHead(larger);
  t.is((await toolken.run(QUESTION, { maxTokens: 4 })).calls.length, 1);
  await toolken.setHead(head.reordered(["never", "multiply"]));
  t.is((await toolken.run(QUESTION, { maxTokens: 4 })).calls.length, 1);
});

test("another head waits for the runs that have begun; those behind it have its rows", async (t) => {
  const never = defineTool({
    name: "never",
    description: "Has the other row.",
    parameters: { positional: 2 },
    execute: () => 1,
  });
  await using toolken = await create({ tools: [multiply, never] });
  const order: string[] = [];
  const begun = (async () => {
    const called: string[] = [];
    for await (const event of toolken.stream(QUESTION, { candidates: 1, maxTokens: 6 })) {
      // Before the first outcome is taken.
      if (order.length === 0) order.push("begun");
      if (event.type === "result") called.push(event.call.tool);
      await wait(2);
    }
    order.push("answered");
    return called;
  })();
  while (order.length === 0) await wait(1);
  const set = toolken.setHead(
    head
      .reordered(["never", "multiply"])
      .withRow("more", new Float32Array(model.facts.embeddingLength), -1000),
  );
  const behind = toolken.run(QUESTION, { maxTokens: 6 });
  await set;
  order.push("set");
  t.deepEqual(order, ["begun", "answered", "set"]);
  t.deepEqual(await begun, ["multiply"]);
  t.deepEqual(
    (await behind).calls.map(({ tool }) => tool),
    ["multiply"],
  );
});

test("a question without room in the context is refused, and the next one is answered", async (t) => {
  await using toolken = await create({ contextSize: 512 });
  await rejectsWith(t, toolken.run("why? ".repeat(600)), "CONTEXT_FULL", /context of 512/u);
  t.is((await toolken.run(QUESTION, { maxTokens: 4 })).calls.length, 1);
});

test("what finished runs have left makes room for one that needs it", async (t) => {
  await using toolken = await create({ contextSize: 768, parallel: 3 });
  const long = (word: string): string => `${word} `.repeat(150);
  const options = { toolChoice: "none", maxTokens: 2, stop: [] } as const;
  await Promise.all(["a", "b", "c"].map((word) => toolken.run(long(word), options)));
  const { usage } = await toolken.run(long("d").repeat(4), options);
  t.true(usage.promptTokens > 600);
});

for (const kvUnified of [true, false]) {
  test(`a run goes on when the one that computes their prompt is aborted, kvUnified ${kvUnified}`, async (t) => {
    const general = DEMONSTRATED.repeat(8);
    await using toolken = await create({
      prompts: { general },
      contextSize: 8192,
      parallel: 2,
      kvUnified,
    });
    const leaving = new AbortController();
    const first = toolken.run(QUESTION, { signal: leaving.signal, maxTokens: 2 });
    const second = toolken.run(QUESTION, { maxTokens: 2 });
    setImmediate(() => {
      leaving.abort();
    });
    await rejectsWith(t, first, "ABORTED");
    t.is((await second).finishReason, "length");
  });
}

test("aborts before it begins, while a prompt is read, while a tool works, between tokens", async (t) => {
  let toolStarted!: () => void;
  const started = new Promise<void>((resolve) => (toolStarted = resolve));
  let toolSignal: AbortSignal | undefined;
  const slow = failing((_, { signal }) => {
    toolSignal = signal;
    toolStarted();
    return new Promise(() => undefined);
  });
  await using toolken = await create({ tools: [slow] });
  await rejectsWith(t, toolken.run(QUESTION, { signal: AbortSignal.abort() }), "ABORTED");

  const reading = new AbortController();
  const read = toolken.run(QUESTION, { signal: reading.signal });
  setImmediate(() => {
    reading.abort();
  });
  await rejectsWith(t, read, "ABORTED");

  const working = new AbortController();
  const work = toolken.run(QUESTION, { signal: working.signal });
  await started;
  working.abort("stop it");
  const error = await rejectsWith(t, work, "ABORTED");
  t.is(error?.cause, "stop it");
  t.true(toolSignal?.aborted);

  const writing = new AbortController();
  const write = (async () => {
    for await (const event of toolken.stream(QUESTION, { toolChoice: "none", signal: writing.signal })) {
      if (event.type === "token") writing.abort();
    }
  })();
  await rejectsWith(t, write, "ABORTED");
  t.is(
    (await toolken.run(QUESTION, { toolChoice: "none", maxTokens: 3, stop: [] })).usage.reasoningTokens,
    3,
  );
});

test("leaving the loop early gives the slot back", async (t) => {
  await using toolken = await create();
  for await (const event of toolken.stream(QUESTION)) {
    if (event.type === "call") break;
  }
  t.is((await toolken.run(QUESTION, { maxTokens: 4 })).calls.length, 1);
});

test("dispose ends its runs and what waits for them", async (t) => {
  const toolken = await create({ tools: [failing(() => new Promise(() => undefined))] });
  const runs = [toolken.run(QUESTION), toolken.run(QUESTION)];
  await wait(50);
  const ended = Promise.all(runs.map((run) => rejectsWith(t, run, "DISPOSED")));
  await toolken.dispose();
  await ended;
  await toolken.dispose();
  await rejectsWith(t, toolken.run(QUESTION), "DISPOSED");
});

test("dispose ends a stream that nobody asks any more, and one that disposes by itself", async (t) => {
  const dropped = await create();
  const left = dropped.stream(QUESTION);
  await left.next();
  await dropped.dispose();
  await rejectsWith(t, left.next(), "DISPOSED");

  const toolken = await create();
  const own = (async () => {
    for await (const event of toolken.stream(QUESTION)) {
      if (event.type === "call") await toolken.dispose();
    }
  })();
  await rejectsWith(t, own, "DISPOSED");
});

test("a schema that no grammar can be made for is refused at the start; narrower values are left to validation", async (t) => {
  const having = (parameters: ParametersDefinition): Tool =>
    defineTool({ name: "multiply", description: "Takes it.", parameters, execute: () => 1 });
  const both = having({ type: "object", properties: { a: { allOf: [{ type: "string" }] } } });
  await rejectsWith(t, create({ tools: [both] }), "GRAMMAR_INVALID", /allOf/u);
  await using free = await create({ tools: [both], grammar: false });
  t.truthy(free);
  await using narrow = await create({ tools: [having(z.object({ mail: z.email() }))] });
  const { calls, failedCalls } = await narrow.run(QUESTION, { maxTokens: 4, stop: [] });
  t.is(calls.length + failedCalls.length, 1);
  for (const { code } of failedCalls) t.is(code, "TOOL_ARGUMENTS_INVALID");
});

test("refuses options and questions that make no sense", async (t) => {
  await using toolken = await create();
  for (const question of ["", "  ", 5, undefined]) {
    await rejectsWith(t, toolken.run(question as never), "INVALID_ARGUMENT", /question/u);
  }
  const wrong: RunOptions[] = [
    { temperature: -1 },
    { topP: 2 },
    { topK: 0 },
    { topK: 65 },
    { seed: 1.5 },
    { maxTokens: 0 },
    { stop: [""] },
    { stop: "x" as never },
    { bias: Number.NaN },
    { bias: "much" as never },
    { signal: {} as never },
    { repeatPenalty: 0 },
  ];
  for (const options of wrong) await rejectsWith(t, toolken.run(QUESTION, options), "INVALID_ARGUMENT");
  await rejectsWith(t, create({ parallel: 0 }), "INVALID_ARGUMENT", /parallel/u);
  await rejectsWith(t, create({ batchInvariant: true, kvUnified: true }), "INVALID_ARGUMENT", /kvUnified/u);
  await rejectsWith(t, create({ placement: "moon" as never }), "INVALID_ARGUMENT", /placement/u);
  await rejectsWith(t, create({ prompts: { general: "no slot" } }), "INVALID_ARGUMENT", /\[QUESTION\]/u);
  await rejectsWith(t, create({ prompts: "/nowhere" }), "FILE_NOT_FOUND");
  await rejectsWith(t, create({ tools: mathTools }), "UNKNOWN_TOOL", /add/u);
  const other = ToolHead.create({ tools: ["multiply"], weights: new Float32Array(8) });
  await rejectsWith(t, create({ head: other }), "MODEL_MISMATCH", /dimension 8/u);
  await rejectsWith(t, create({ tools: [multiply, multiply] }), "INVALID_ARGUMENT", /twice/u);
});

test("without a head the model answers alone; in its chat template if it has one", async (t) => {
  await using plain = await createToolken(model, { contextSize: 512, parallel: 1 });
  t.deepEqual((await plain.run(QUESTION, { maxTokens: 4 })).calls, []);
  if (model.facts.chatTemplate === null) return;
  await using chat = await createToolken(model, { contextSize: 512, parallel: 1, chat: true });
  const { text } = await chat.run("Say yes.", { maxTokens: 8 });
  t.true(text.length > 0);
});
