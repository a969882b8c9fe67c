// Conversations on the embedded model, which has no chat template and no idea of the tools: what is enforced holds all
// the same.
import test from "ava";
import { createEngine, defineTool, type Engine, type Model, type StreamPart } from "../../../src/index.js";
import { rejectsWith } from "../../support/errors.js";
import { loadTestModel, models } from "../../support/models.js";

const weather = defineTool({
  name: "get_weather",
  description: "Current weather of a city.",
  parameters: {
    type: "object",
    properties: { city: { enum: ["Oslo", "Paris"] }, days: { type: "integer", minimum: 1, maximum: 3 } },
    required: ["city", "days"],
    additionalProperties: false,
  },
  execute: (input) => ({ ...(input as object), sky: "rain" }),
});
const failing = defineTool({
  name: "broken",
  description: "Always fails.",
  parameters: { type: "object", properties: {}, additionalProperties: false },
  execute: () => {
    throw new Error("out of order");
  },
});
const messages = [{ role: "user", content: "What is the weather in Oslo?" }] as const;

let model: Model;
let engine: Engine;
test.before(async () => {
  model = await loadTestModel(models.nano);
  engine = await createEngine(model, { tools: [weather, failing], parallel: 2, contextSize: 8192 });
});
test.after.always(async () => {
  await engine.dispose();
  await model.dispose();
});

test.serial(
  "a chosen tool is called with input that its schema accepts, and its result is a message",
  async (t) => {
    const parts: StreamPart[] = [];
    for await (const part of engine.stream({
      messages,
      toolChoice: { toolName: "get_weather" },
      maxSteps: 1,
    }))
      parts.push(part);
    const last = parts.at(-1);
    if (last?.type !== "finish") return t.fail("no finish part");
    t.is(last.finishReason, "tool-calls");
    const [call] = last.result.toolCalls;
    const input = call!.input as { city: string; days: number };
    t.true(["Oslo", "Paris"].includes(input.city) && input.days >= 1 && input.days <= 3);
    t.deepEqual(call!.output, { ...input, sky: "rain" });
    t.deepEqual(
      last.result.messages?.map(({ role }) => role),
      ["assistant", "tool"],
    );
    t.like(last.result.messages?.[0], {
      toolCalls: [{ toolCallId: call!.toolCallId, toolName: "get_weather", input }],
    });
    const types = [...new Set(parts.map(({ type }) => type))];
    t.deepEqual(types, [
      "tool-input-start",
      "tool-input-delta",
      "tool-input-end",
      "tool-call",
      "tool-result",
      "finish",
    ]);
    const deltas = parts.map((part) => (part.type === "tool-input-delta" ? part.delta : "")).join("");
    t.deepEqual(JSON.parse(deltas), input);
  },
);

test.serial("a required call is one of the tools", async (t) => {
  const { toolCalls, toolErrors } = await engine.generate({ messages, toolChoice: "required", maxSteps: 1 });
  t.is(toolCalls.length + toolErrors.length, 1);
});

test.serial("a tool that throws is an error that the model reads", async (t) => {
  const { toolErrors, messages: added } = await engine.generate({
    messages,
    toolChoice: { toolName: "broken" },
    maxSteps: 1,
  });
  t.like(toolErrors[0], { toolName: "broken", code: "TOOL_FAILED" });
  t.like(added?.[1], { role: "tool", content: "Error: broken failed: out of order" });
});

test.serial("no call where none is allowed", async (t) => {
  const { toolCalls, messages: added } = await engine.generate({
    messages,
    toolChoice: "none",
    maxOutputTokens: 12,
  });
  t.deepEqual(toolCalls, []);
  t.is(added?.length, 1);
});

test.serial("the next turn computes its new tokens alone", async (t) => {
  const chat = engine.chat({ system: "Answer in one word.", toolChoice: "none", maxOutputTokens: 8 });
  const first = await chat.send("What is the sum of 17 and 5?");
  const { promptTokens, cachedTokens } = first.usage.details;
  const held = promptTokens + cachedTokens + first.usage.details.textTokens;
  // Another conversation in between takes another slot.
  await engine.generate({
    messages: [{ role: "user", content: "Hello?" }],
    toolChoice: "none",
    maxOutputTokens: 4,
  });
  const second = await chat.send("And of 3 and 4?");
  t.is(second.usage.details.cachedTokens, held);
  const rest = model.tokenizer.encode("\n\nUser: And of 3 and 4?\n\nAssistant:").length;
  t.true(Math.abs(second.usage.details.promptTokens - rest) <= 2);
  t.is(chat.messages.length, 5);
});

test.serial("the same conversation gives the same answer, cached or not", async (t) => {
  const ask = { messages, toolChoice: "none", maxOutputTokens: 10 } as const;
  const { text } = await engine.generate(ask);
  const again = await engine.generate(ask);
  t.is(again.text, text);
  t.is(again.usage.details.promptTokens, 1);
  await using fresh = await createEngine(model, {
    tools: [weather, failing],
    parallel: 1,
    contextSize: 4096,
  });
  t.is((await fresh.generate(ask)).text, text);
});

test.serial("JSON under a schema", async (t) => {
  const schema = {
    type: "object",
    properties: { answer: { type: "integer" }, sure: { type: "boolean" } },
    required: ["answer", "sure"],
    additionalProperties: false,
  };
  const { text } = await engine.generate({
    messages,
    toolChoice: "none",
    responseFormat: { type: "json", schema },
    maxOutputTokens: 60,
  });
  const value = JSON.parse(text) as Record<string, unknown>;
  t.deepEqual(Object.keys(value).sort(), ["answer", "sure"]);
  t.is(typeof value.sure, "boolean");
});

test.serial("JSON under a schema, where tools might be called", async (t) => {
  const schema = { type: "object", properties: { sky: { enum: ["rain", "sun"] } }, required: ["sky"] };
  const { text, toolCalls, finishReason } = await engine.generate({
    messages,
    responseFormat: { type: "json", schema },
    maxOutputTokens: 60,
  });
  t.is(finishReason, "stop");
  t.true(["rain", "sun"].includes((JSON.parse(text) as { sky: string }).sky), text);
  t.true(toolCalls.length <= 2);
});

test.serial("log-probabilities of the text's tokens", async (t) => {
  const { text, logprobs } = await engine.generate({
    messages,
    toolChoice: "none",
    topLogprobs: 3,
    maxOutputTokens: 6,
  });
  t.is(logprobs!.map((token) => token.text).join(""), text);
  for (const { token, logprob, top } of logprobs!) {
    t.is(top.length, 3);
    t.is(top[0]!.token, token);
    t.true(logprob <= 0 && top[0]!.logprob >= top[1]!.logprob);
  }
});

test.serial("stop sequences end the text and are not part of it", async (t) => {
  const ask = { messages, toolChoice: "none", maxOutputTokens: 16 } as const;
  const { text } = await engine.generate(ask);
  const stop = text.trim().slice(2, 5);
  const short = await engine.generate({ ...ask, stopSequences: [stop] });
  t.is(short.text, text.slice(0, text.indexOf(stop)));
  t.is(short.finishReason, "stop");
});

test.serial("a conversation without room fails before it is computed", async (t) => {
  const long = [{ role: "user", content: "word ".repeat(9000) }] as const;
  const error = await rejectsWith(t, engine.generate({ messages: long }), "CONTEXT_FULL", /8192/);
  t.is((error as unknown as { contextSize: number }).contextSize, 8192);
});

test.serial("an aborted turn leaves the chat's message and what was written", async (t) => {
  const chat = engine.chat({ toolChoice: "none", maxOutputTokens: 200, stopSequences: [] });
  const controller = new AbortController();
  await t.throwsAsync(
    async () => {
      for await (const part of chat.stream("Count.", { signal: controller.signal })) {
        if (part.type === "text-delta") controller.abort();
      }
    },
    { code: "ABORTED" },
  );
  t.is(chat.messages[0]?.content, "Count.");
  t.true(chat.messages.length <= 2);
  const running = chat.send("Again.");
  await rejectsWith(t, chat.send("At once."), "CHAT_BUSY");
  await running;
});

test.serial("what makes no sense is refused", async (t) => {
  await rejectsWith(t, engine.generate({ messages: [] }), "INVALID_ARGUMENT", /messages/);
  await rejectsWith(t, engine.generate({ messages, toolChoice: { toolName: "x" } }), "UNKNOWN_TOOL", /x/);
  await rejectsWith(t, engine.generate({ messages, maxSteps: 0 }), "INVALID_ARGUMENT", /maxSteps/);
  await rejectsWith(t, engine.generate({ messages, topLogprobs: 50 }), "INVALID_ARGUMENT", /topLogprobs/);
  await rejectsWith(
    t,
    engine.generate({ messages, responseFormat: { type: "xml" } as never }),
    "INVALID_ARGUMENT",
    /responseFormat/,
  );
  await using other = await createEngine(model, {
    contextSize: 512,
    chatTemplate: "{{ raise_exception('no') }}",
  });
  await rejectsWith(t, other.generate({ messages }), "CHAT_TEMPLATE_FAILED", /no/);
});
