import { setTimeout as wait } from "node:timers/promises";
import test from "ava";
import { z } from "zod";
import { Context } from "../../src/model/context.js";
import {
  createEngine,
  defineTool,
  mathTools,
  ToolHead,
  type Model,
  type StreamPart,
  type CallSettings,
  type Tool,
  type Engine,
  ToolkenError,
  type ToolkenErrorCode,
  type EngineOptions,
} from "../../src/index.js";
import type { ParametersDefinition } from "../../src/tools/index.js";
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

function create(options: EngineOptions = {}): Promise<Engine> {
  return createEngine(model, {
    head,
    tools: [multiply],
    prompts,
    contextSize: 2048,
    parallel: 1,
    ...options,
  });
}

async function eventsOf(engine: Engine, options: CallSettings = {}): Promise<StreamPart[]> {
  const events: StreamPart[] = [];
  for await (const event of engine.stream({ prompt: QUESTION, maxOutputTokens: 12, ...options }))
    events.push(event);
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
  await using engine = await create();
  t.true(engine.headInGraph);
  const events = await eventsOf(engine);
  const [call, result] = events;
  t.is(call?.type, "tool-call");
  t.is(result?.type, "tool-result");
  const last = events.at(-1);
  if (last?.type !== "finish" || result?.type !== "tool-result") return t.fail("no answer");
  const answer = last.result;
  t.is(answer.toolCalls.length, 1);
  const [made] = answer.toolCalls;
  t.is(made!.toolName, "multiply");
  const product = made!.inputText.split(",").reduce((all, factor) => all * Number(factor), 1);
  t.is(Number(made!.outputText), product);
  t.is(answer.text.slice(made!.start, made!.end), made!.outputText);
  t.true(answer.transcript.includes(`<multiply>(${made!.inputText})=${made!.outputText}`));
  const streamed = events.map((event) => (event.type === "text-delta" ? event.text : "")).join("");
  t.is(answer.text, answer.text.slice(0, made!.end) + streamed);
});

test("the text after a result is what the whole prompt would give, digit mask included", async (t) => {
  await using engine = await create();
  const answer = await engine.generate({ prompt: QUESTION, maxOutputTokens: 14, stopSequences: [] });
  const made = answer.toolCalls[0]!;
  const inserted = answer.text.slice(0, made.end);
  const { tokenizer } = model;
  const bos = tokenizer.addsBos && tokenizer.bos !== null ? [tokenizer.bos] : [];
  const before = [
    ...bos,
    ...tokenizer.encode(GENERAL.replace("[QUESTION]", QUESTION)),
    ...tokenizer.encode(inserted),
  ];
  t.is(answer.text.slice(made.end), await greedyText(before, answer.usage.details.textTokens));
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
    await using engine = await create();
    const first = await engine.generate({ prompt: QUESTION, maxOutputTokens: 12, stopSequences: [] });
    t.is(first.usage.details.decodedTokens, decoded);
    const { promptTokens, toolPromptTokens, argumentTokens, resultTokens, textTokens } = first.usage.details;
    // The last token that the model chose is not needed as an input.
    const needed = promptTokens + toolPromptTokens + argumentTokens + resultTokens + textTokens - 1;
    // Tokens of drafts that were wrong come on top.
    t.true(decoded >= needed && decoded < needed + 24, `${decoded} of ${needed}`);
    decoded = 0;
    const second = await engine.generate({ prompt: QUESTION, maxOutputTokens: 12, stopSequences: [] });
    t.is(second.usage.details.decodedTokens, decoded);
    t.is(second.text, first.text);
    // Reasoning prompt and demonstrations are kept: one token of each is read again for its logits.
    t.is(second.usage.details.promptTokens, 1);
    t.is(second.usage.details.toolPromptTokens, 1);
    t.is(second.usage.details.cachedTokens, promptTokens + toolPromptTokens - 2);
  } finally {
    Context.prototype.decode = decode;
  }
});

const backtracks = test.macro({
  exec: async (t, tool: () => Tool, code: ToolkenErrorCode) => {
    await using engine = await create({ tools: [tool()] });
    const events = await eventsOf(engine, { stopSequences: [] });
    const backtrack = events.find(({ type }) => type === "tool-error");
    t.is(backtrack?.type === "tool-error" ? backtrack.error.code : undefined, code);
    t.is(events.filter(({ type }) => type === "tool-error").length, 1);
    const last = events.at(-1);
    const plain = await engine.generate({
      prompt: QUESTION,
      toolChoice: "none",
      maxOutputTokens: 12,
      stopSequences: [],
    });
    t.is(last?.type === "finish" ? last.result.text : "", plain.text);
    t.deepEqual(last?.type === "finish" ? last.result.toolCalls : undefined, []);
    const failed = last?.type === "finish" ? last.result.toolErrors : [];
    t.deepEqual(
      failed.map(({ toolName: name, code: reason }) => [name, reason]),
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

test("a result that is a word stands after the space that the model would have written", async (t) => {
  await using engine = await create({ tools: [failing(() => "many")] });
  const { text, toolCalls: calls } = await engine.generate({
    prompt: QUESTION,
    maxOutputTokens: 6,
    stopSequences: [],
  });
  t.is(calls[0]!.outputText, "many");
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
    await using engine = await create({ tools: [silent] });
    // With the bias it is called where it came closest.
    const bias = toolChoice === "auto" ? 0 : -200;
    const limits = { maxOutputTokens: 6, stopSequences: [] };
    const {
      toolCalls: calls,
      text,
      finishReason,
    } = await engine.generate({ prompt: QUESTION, toolChoice, toolBias: bias, ...limits });
    t.is(executed, 1);
    t.is(calls.length, 1);
    t.is(finishReason, "length");
    // Not even the space before what it might have written.
    t.is(text, (await engine.generate({ prompt: QUESTION, toolChoice: "none", ...limits })).text);
  });
}

test("what a tool returns ends no text, and its call stays", async (t) => {
  let executed = 0;
  const foreign = failing(() => {
    executed++;
    return "a\n\n\nb\nQ: c";
  });
  await using engine = await create({ tools: [foreign] });
  for (const toolChoice of ["auto", "required"] as const) {
    executed = 0;
    const { toolCalls: calls, text } = await engine.generate({
      prompt: QUESTION,
      toolChoice,
      maxOutputTokens: 30,
    });
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
  await using engine = await create({ head: eager, tools: down });
  const plain = await engine.generate({
    prompt: QUESTION,
    toolChoice: "none",
    maxOutputTokens: 40,
    stopSequences: [],
  });
  const answer = await engine.generate({
    prompt: QUESTION,
    maxToolCalls: 1,
    maxOutputTokens: 40,
    stopSequences: [],
  });
  t.is(executed, 16);
  t.is(answer.toolErrors.length, 16);
  t.is(answer.text, plain.text);
});

test("a beginning of the answer is read and continued after", async (t) => {
  await using engine = await create();
  const options = { toolChoice: "none", maxOutputTokens: 8, stopSequences: [] } as const;
  const whole = await engine.generate({ prompt: QUESTION, ...options });
  const prefill = whole.text.slice(0, whole.text.indexOf(" ", 5));
  const rest = await engine.generate({ prompt: QUESTION, ...options, responsePrefix: prefill });
  t.true((prefill + rest.text).startsWith(whole.text));
  // The step that the head fires at is after the question.
  t.is(
    (await engine.generate({ prompt: QUESTION, responsePrefix: " It is", maxOutputTokens: 4 })).toolCalls
      .length,
    0,
  );
  await rejectsWith(
    t,
    engine.generate({ prompt: QUESTION, responsePrefix: 5 as never }),
    "INVALID_ARGUMENT",
    /responsePrefix/u,
  );
});

test("arguments without a grammar are still checked by the tool's parameters", async (t) => {
  await using engine = await create({ constrainInput: false });
  const events = await eventsOf(engine);
  const made = events.find(({ type }) => type === "tool-result" || type === "tool-error");
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
  await using engine = await create({
    tools: [lookup],
    prompts: { general: GENERAL, tools: { multiply: GENERAL } },
  });
  const { toolCalls: calls } = await engine.generate({
    prompt: QUESTION,
    maxOutputTokens: 4,
    stopSequences: [],
  });
  t.is(calls.length, 1);
  const args = received[0] as { city: string; days: number };
  t.true(["Oslo", "Rome"].includes(args.city));
  t.true(Number.isInteger(args.days) && args.days >= 1 && args.days <= 9);
});

test("tool choice: none, required, one tool, unknown tool", async (t) => {
  await using engine = await create();
  const none = await engine.generate({ prompt: QUESTION, toolChoice: "none", maxOutputTokens: 8 });
  t.deepEqual(none.toolCalls, []);
  // Switched off by a bias, the tool is still called when one is required.
  for (const toolChoice of ["required", { toolName: "multiply" }] as const) {
    const required = await engine.generate({
      prompt: QUESTION,
      toolChoice,
      toolBias: -200,
      maxOutputTokens: 8,
    });
    t.is(required.toolCalls.length, 1);
  }
  await rejectsWith(
    t,
    engine.generate({ prompt: QUESTION, toolChoice: { toolName: "divide" } }),
    "UNKNOWN_TOOL",
    /divide/u,
  );
  await rejectsWith(
    t,
    engine.generate({ prompt: QUESTION, toolBias: { divide: 1 } }),
    "UNKNOWN_TOOL",
    /divide/u,
  );
  await rejectsWith(
    t,
    engine.generate({ prompt: QUESTION, toolChoice: "maybe" as never }),
    "INVALID_ARGUMENT",
  );
  // Of the head, and switched off.
  await rejectsWith(
    t,
    engine.generate({ prompt: QUESTION, toolChoice: { toolName: "never" } }),
    "UNKNOWN_TOOL",
    /never/u,
  );
  const off = { toolChoice: "required", toolBias: { multiply: -Infinity } } as const;
  await rejectsWith(
    t,
    engine.generate({ prompt: QUESTION, ...off }),
    "INVALID_ARGUMENT",
    /none can be called/u,
  );
});

test("a call that is required comes not in the middle of a number, and has its tokens", async (t) => {
  await using engine = await create();
  // After this the model writes digits alone; the head never fires there.
  const prefill = " There are 67*253=1";
  const options = {
    responsePrefix: prefill,
    toolChoice: "required",
    maxOutputTokens: 12,
    stopSequences: [],
  } as const;
  const { text, toolCalls: calls, usage } = await engine.generate({ prompt: QUESTION, ...options });
  t.is(calls.length, 1);
  const before = prefill + text.slice(0, calls[0]!.start);
  t.notRegex(before, /\d$/u);
  // The tokens that were taken back do not count against the text's.
  const tokens = model.tokenizer.encode(text).length;
  t.true(tokens >= 11, `${tokens} tokens: ${text}`);
  t.true(usage.details.textTokens + usage.details.resultTokens > 12);
});

test("limits: calls, tokens, stop strings and patterns", async (t) => {
  await using engine = await create();
  const noCalls = await engine.generate({ prompt: QUESTION, maxToolCalls: 0 });
  t.is(noCalls.finishReason, "tool-calls");
  t.is(noCalls.text, "");
  const short = await engine.generate({
    prompt: QUESTION,
    toolChoice: "none",
    maxOutputTokens: 5,
    stopSequences: [],
  });
  t.is(short.finishReason, "length");
  t.is(short.usage.details.textTokens, 5);
  const long = await engine.generate({
    prompt: QUESTION,
    toolChoice: "none",
    maxOutputTokens: 16,
    stopSequences: [],
  });
  const word = /\S+\s+(\S+)/u.exec(long.text)![1]!;
  const cut = await engine.generate({
    prompt: QUESTION,
    toolChoice: "none",
    maxOutputTokens: 16,
    stopSequences: [word],
  });
  t.is(cut.finishReason, "stop");
  t.is(cut.text, long.text.slice(0, long.text.indexOf(word)));
  const kept = await engine.generate({
    prompt: QUESTION,
    toolChoice: "none",
    maxOutputTokens: 16,
    stopSequences: [/\S+\s+\S/u],
  });
  t.is(kept.text, /^.*?\S+\s+\S/su.exec(long.text)![0]);
});

test("candidates are told on request", async (t) => {
  await using engine = await create();
  const events = await eventsOf(engine, { topCandidates: 5, maxOutputTokens: 3 });
  const first = events.find(({ type }) => type === "candidates");
  if (first?.type !== "candidates") return t.fail("no candidates");
  t.is(first.candidates.length, 5);
  t.is(first.candidates[0]!.tool, "multiply");
  t.true(first.candidates[0]!.probability > 0.99);
  t.is(first.candidates[1]!.tool, undefined);
});

test("on the host a head gives the same answer as in the graph", async (t) => {
  await using inGraph = await create();
  await using onHost = await create({ advanced: { placement: "host" } });
  t.false(onHost.headInGraph);
  const options = { maxOutputTokens: 12, stopSequences: [] };
  t.is(
    (await onHost.generate({ prompt: QUESTION, ...options })).transcript,
    (await inGraph.generate({ prompt: QUESTION, ...options })).transcript,
  );
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
  const options = { maxOutputTokens: 10, stopSequences: [] };
  const expected = [];
  for (const question of questions) expected.push(await alone.generate({ prompt: question, ...options }));
  for (const kvUnified of [true, false]) {
    await using together = await create({ parallel: 3, contextSize: 4096, advanced: { kvUnified } });
    const received = await Promise.all(
      questions.map((question) => together.generate({ prompt: question, ...options })),
    );
    t.deepEqual(
      received.map(({ transcript }) => transcript),
      expected.map(({ transcript }) => transcript),
    );
  }
});

test("any number of runs waits without a warning", async (t) => {
  await using engine = await create();
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on("warning", onWarning);
  try {
    await Promise.all(
      Array.from({ length: 14 }, () =>
        engine.generate({ prompt: QUESTION, maxOutputTokens: 1, stopSequences: [] }),
      ),
    );
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off("warning", onWarning);
  }
  t.deepEqual(warnings, []);
});

test("a seed gives the same answer again", async (t) => {
  await using engine = await create();
  const options = {
    temperature: 1.2,
    toolChoice: "none",
    maxOutputTokens: 12,
    stopSequences: [],
    seed: 5,
  } as const;
  const first = await engine.generate({ prompt: QUESTION, ...options });
  t.is((await engine.generate({ prompt: QUESTION, ...options })).text, first.text);
  t.not((await engine.generate({ prompt: QUESTION, ...options, seed: 6 })).text, first.text);
});

test("another head takes its place, also when it has more rows than there was room for", async (t) => {
  await using engine = await create();
  const { rejection } = await engine.setHead(head.without("multiply")).then(
    () => ({ rejection: undefined }),
    (error: unknown) => ({ rejection: error as { code?: string } }),
  );
  t.is(rejection?.code, "UNKNOWN_TOOL");
  const d = model.facts.embeddingLength;
  let larger = head;
  for (let k = 0; k < 40; k++) larger = larger.withRow(`extra${k}`, new Float32Array(d), -1000);
  await engine.setHead(larger);
  t.is((await engine.generate({ prompt: QUESTION, maxOutputTokens: 4 })).toolCalls.length, 1);
  await engine.setHead(head.reordered(["never", "multiply"]));
  t.is((await engine.generate({ prompt: QUESTION, maxOutputTokens: 4 })).toolCalls.length, 1);
});

test("another head waits for the runs that have begun; those after it have its rows", async (t) => {
  const never = defineTool({
    name: "never",
    description: "Has the other row.",
    parameters: { positional: 2 },
    execute: () => 1,
  });
  await using engine = await create({ tools: [multiply, never] });
  const order: string[] = [];
  const begun = (async () => {
    const called: string[] = [];
    for await (const event of engine.stream({ prompt: QUESTION, topCandidates: 1, maxOutputTokens: 6 })) {
      // Before the first outcome is taken.
      if (order.length === 0) order.push("begun");
      if (event.type === "tool-result") called.push(event.toolName);
      await wait(2);
    }
    order.push("answered");
    return called;
  })();
  while (order.length === 0) await wait(1);
  const set = engine.setHead(
    head
      .reordered(["never", "multiply"])
      .withRow("more", new Float32Array(model.facts.embeddingLength), -1000),
  );
  const after = engine.generate({ prompt: QUESTION, maxOutputTokens: 6 });
  await set;
  order.push("set");
  t.deepEqual(order, ["begun", "answered", "set"]);
  t.deepEqual(await begun, ["multiply"]);
  t.deepEqual(
    (await after).toolCalls.map(({ toolName: tool }) => tool),
    ["multiply"],
  );
});

test("a question without room in the context is refused, and the next one is answered", async (t) => {
  await using engine = await create({ contextSize: 512 });
  await rejectsWith(t, engine.generate({ prompt: "why? ".repeat(600) }), "CONTEXT_FULL", /context of 512/u);
  t.is((await engine.generate({ prompt: QUESTION, maxOutputTokens: 4 })).toolCalls.length, 1);
});

test("what finished runs have left makes room for one that needs it", async (t) => {
  await using engine = await create({ contextSize: 768, parallel: 3 });
  const long = (word: string): string => `${word} `.repeat(150);
  const options = { toolChoice: "none", maxOutputTokens: 2, stopSequences: [] } as const;
  await Promise.all(["a", "b", "c"].map((word) => engine.generate({ prompt: long(word), ...options })));
  const { usage } = await engine.generate({ prompt: long("d").repeat(4), ...options });
  t.true(usage.details.promptTokens > 600);
});

for (const kvUnified of [true, false]) {
  test(`a run goes on when the one that computes their prompt is aborted, kvUnified ${kvUnified}`, async (t) => {
    const general = DEMONSTRATED.repeat(8);
    await using engine = await create({
      prompts: { general },
      contextSize: 8192,
      parallel: 2,
      advanced: { kvUnified },
    });
    const leaving = new AbortController();
    const first = engine.generate({ prompt: QUESTION, signal: leaving.signal, maxOutputTokens: 2 });
    const second = engine.generate({ prompt: QUESTION, maxOutputTokens: 2 });
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
  await using engine = await create({ tools: [slow] });
  await rejectsWith(t, engine.generate({ prompt: QUESTION, signal: AbortSignal.abort() }), "ABORTED");

  const reading = new AbortController();
  const read = engine.generate({ prompt: QUESTION, signal: reading.signal });
  setImmediate(() => {
    reading.abort();
  });
  await rejectsWith(t, read, "ABORTED");

  const working = new AbortController();
  const work = engine.generate({ prompt: QUESTION, signal: working.signal });
  await started;
  working.abort("stop it");
  const error = await rejectsWith(t, work, "ABORTED");
  t.is(error?.cause, "stop it");
  t.true(toolSignal?.aborted);

  const writing = new AbortController();
  const write = (async () => {
    for await (const event of engine.stream({
      prompt: QUESTION,
      toolChoice: "none",
      signal: writing.signal,
    })) {
      if (event.type === "text-delta") writing.abort();
    }
  })();
  await rejectsWith(t, write, "ABORTED");
  t.is(
    (await engine.generate({ prompt: QUESTION, toolChoice: "none", maxOutputTokens: 3, stopSequences: [] }))
      .usage.details.textTokens,
    3,
  );
});

test("leaving the loop early gives the slot back", async (t) => {
  await using engine = await create();
  for await (const event of engine.stream({ prompt: QUESTION })) {
    if (event.type === "tool-call") break;
  }
  t.is((await engine.generate({ prompt: QUESTION, maxOutputTokens: 4 })).toolCalls.length, 1);
});

test("dispose ends its runs and what waits for them", async (t) => {
  const engine = await create({ tools: [failing(() => new Promise(() => undefined))] });
  const runs = [engine.generate({ prompt: QUESTION }), engine.generate({ prompt: QUESTION })];
  await wait(50);
  const ended = Promise.all(runs.map((run) => rejectsWith(t, run, "DISPOSED")));
  await engine.dispose();
  await ended;
  await engine.dispose();
  await rejectsWith(t, engine.generate({ prompt: QUESTION }), "DISPOSED");
});

test("dispose ends a stream that nobody asks any more, and one that disposes by itself", async (t) => {
  const dropped = await create();
  const left = dropped.stream({ prompt: QUESTION });
  await left.next();
  await dropped.dispose();
  await rejectsWith(t, left.next(), "DISPOSED");

  const engine = await create();
  const own = (async () => {
    for await (const event of engine.stream({ prompt: QUESTION })) {
      if (event.type === "tool-call") await engine.dispose();
    }
  })();
  await rejectsWith(t, own, "DISPOSED");
});

test("what a grammar cannot express of a schema is left to validation", async (t) => {
  const having = (parameters: ParametersDefinition): Tool =>
    defineTool({ name: "multiply", description: "Takes it.", parameters, execute: () => 1 });
  const both = having({ type: "object", properties: { a: { allOf: [{ type: "string" }] } } });
  await using all = await create({ tools: [both] });
  t.truthy(all);
  await using narrow = await create({ tools: [having(z.object({ mail: z.email() }))] });
  const { toolCalls: calls, toolErrors: failedCalls } = await narrow.generate({
    prompt: QUESTION,
    maxOutputTokens: 4,
    stopSequences: [],
  });
  t.true(calls.length + failedCalls.length > 0);
  for (const { code } of failedCalls) t.is(code, "TOOL_ARGUMENTS_INVALID");
});

test("refused arguments are written again, with the error before them, as often as is allowed", async (t) => {
  let refusals = 0;
  let checks = 0;
  const integer = z.int().refine(() => ++checks > refusals, "is not to my liking");
  const picky = defineTool({
    name: "multiply",
    description: "Multiplies.",
    parameters: z.object({ a: integer }),
    execute: ({ a }) => a,
  });
  await using engine = await create({ tools: [picky] });
  const once = { prompt: QUESTION, maxOutputTokens: 8, maxToolCalls: 1, stopSequences: [] };
  const outcomes = async (refused: number, options: { argumentRetries?: number } = {}): Promise<string[]> => {
    [refusals, checks] = [refused, 0];
    const types = [];
    for await (const { type } of engine.stream({ ...once, ...options })) {
      if (type.startsWith("tool-")) types.push(type);
    }
    return types;
  };
  t.deepEqual(await outcomes(0), ["tool-call", "tool-result"]);
  t.deepEqual(await outcomes(1), ["tool-call", "tool-error", "tool-call", "tool-result"]);
  t.deepEqual(await outcomes(9), ["tool-call", "tool-error", "tool-call", "tool-error"]);
  t.deepEqual(await outcomes(9, { argumentRetries: 0 }), ["tool-call", "tool-error"]);
  const never = defineTool({
    name: "multiply",
    description: "Multiplies.",
    parameters: z.object({ a: z.int() }),
    execute: () => {
      throw new ToolkenError("TOOL_ARGUMENTS_INVALID", "not these");
    },
  });
  await using judging = await create({ tools: [never] });
  const judged = await judging.generate(once);
  t.deepEqual(
    judged.toolErrors.map(({ code }) => code),
    ["TOOL_ARGUMENTS_INVALID"],
  );
  t.deepEqual(await outcomes(2, { argumentRetries: 2 }), [
    ...["tool-call", "tool-error", "tool-call", "tool-error"],
    ...["tool-call", "tool-result"],
  ]);
});

test("refuses options and questions that make no sense", async (t) => {
  await using engine = await create();
  for (const question of ["", "  ", 5, undefined]) {
    await rejectsWith(t, engine.generate({ prompt: question as never }), "INVALID_ARGUMENT", /prompt/u);
  }
  const wrong: CallSettings[] = [
    { temperature: -1 },
    { topP: 2 },
    { topK: 0 },
    { topK: 65 },
    { seed: 1.5 },
    { maxOutputTokens: 0 },
    { stopSequences: [""] },
    { stopSequences: "x" as never },
    { toolBias: Number.NaN },
    { toolBias: "much" as never },
    { signal: {} as never },
    { repeatPenalty: 0 },
  ];
  for (const options of wrong)
    await rejectsWith(t, engine.generate({ prompt: QUESTION, ...options }), "INVALID_ARGUMENT");
  await rejectsWith(t, create({ parallel: 0 }), "INVALID_ARGUMENT", /parallel/u);
  await rejectsWith(
    t,
    create({ batchInvariant: true, advanced: { kvUnified: true } }),
    "INVALID_ARGUMENT",
    /kvUnified/u,
  );
  await rejectsWith(
    t,
    create({ advanced: { placement: "moon" as never } }),
    "INVALID_ARGUMENT",
    /placement/u,
  );
  await rejectsWith(t, create({ prompts: { general: "no slot" } }), "INVALID_ARGUMENT", /\[QUESTION\]/u);
  await rejectsWith(t, create({ prompts: "/nowhere" }), "FILE_NOT_FOUND");
  await rejectsWith(t, create({ tools: mathTools }), "UNKNOWN_TOOL", /add/u);
  const other = ToolHead.create({ tools: ["multiply"], weights: new Float32Array(8) });
  await rejectsWith(t, create({ head: other }), "MODEL_MISMATCH", /dimension 8/u);
  await rejectsWith(t, create({ tools: [multiply, multiply] }), "INVALID_ARGUMENT", /twice/u);
});

test("without a head the model answers alone; in its chat template if it has one", async (t) => {
  await using plain = await createEngine(model, { contextSize: 512, parallel: 1 });
  t.deepEqual((await plain.generate({ prompt: QUESTION, maxOutputTokens: 4 })).toolCalls, []);
  if (model.facts.chatTemplate === null) return;
  await using chat = await createEngine(model, { contextSize: 512, parallel: 1, chat: true });
  const { text } = await chat.generate({ prompt: "Say yes.", maxOutputTokens: 8 });
  t.true(text.length > 0);
});
