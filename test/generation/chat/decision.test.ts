// A head that decides on requests, on the embedded model: rows with a wide margin, made from the states themselves.
import test, { type ExecutionContext } from "ava";
import {
  createEngine,
  defineTool,
  type Engine,
  type Model,
  type StreamPart,
  type ToolHead,
  trainHead,
} from "../../../src/index.js";
import { CHAT_FORM, COMPLETION_FORM, NO_TOOL } from "../../../src/training/index.js";
import { rejectsWith } from "../../support/errors.js";
import { loadTestModel, models } from "../../support/models.js";

const object = (properties: object) => ({
  type: "object",
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});
const weather = defineTool({
  name: "get_weather",
  description: "Current weather and forecast for a city",
  inputSchema: object({ city: { enum: ["Oslo", "Paris"] } }),
  execute: () => "rain",
});
const alarm = defineTool({
  name: "set_alarm",
  description: "Sets an alarm clock",
  inputSchema: object({ hour: { type: "integer", minimum: 1, maximum: 9 } }),
  execute: () => "set",
});
const tools = [weather, alarm];
const RAIN = "Will it rain in Oslo?";
const WAKE = "Wake me at 7.";
const JOKE = "Tell me a joke.";
const data = [
  { id: "1", question: RAIN, tool: "get_weather" },
  { id: "2", question: WAKE, tool: "set_alarm" },
];

let model: Model;
const heads = new Map<"chat" | "completion", ToolHead>();
test.before(async () => {
  model = await loadTestModel(models.nano);
  for (const form of [CHAT_FORM, COMPLETION_FORM]) {
    const settings = { tools, data, form, noTool: [JOKE, "Thank you."], threads: 1 };
    const weights = { real: 20, "no-tool": 20, "follow-up": 20 };
    heads.set(
      form.form,
      await trainHead(model, { ...settings, writer: false, advanced: { weights, l2: 1e-6, folds: 0 } }),
    );
  }
});
test.after.always(async () => {
  await model.dispose();
});

async function engineOf(
  t: ExecutionContext,
  form: "chat" | "completion",
  options: object = {},
): Promise<Engine> {
  const engine = await createEngine(model, { tools, head: heads.get(form), parallel: 1, ...options });
  t.teardown(() => engine.dispose());
  return engine;
}

const ask = (content: string) => ({ messages: [{ role: "user", content }], maxOutputTokens: 4 });

async function decisions(engine: Engine, content: string, settings: object = {}) {
  const parts: StreamPart[] = [];
  for await (const part of engine.stream({ ...ask(content), ...settings })) parts.push(part);
  const last = parts.at(-1);
  if (last?.type !== "finish") throw new Error("no finish part");
  return { decided: parts.filter((part) => part.type === "decision"), result: last.result };
}

for (const form of ["chat", "completion"] as const) {
  test(`${form}: the request's tool is called`, async (t) => {
    const engine = await engineOf(t, form);
    for (const [request, tool] of [
      [RAIN, "get_weather"],
      [WAKE, "set_alarm"],
    ] as const) {
      const { decided, result } = await decisions(engine, request, { maxSteps: 1 });
      t.is(decided.length, 1);
      t.is(decided[0]!.toolName, tool);
      t.true(decided[0]!.candidates[0]!.probability > 0.5);
      t.is(decided[0]!.candidates[0]!.toolName, tool);
      t.is(result.toolCalls[0]?.toolName, tool);
      t.is(result.finishReason, "tool-calls");
    }
  });

  test(`${form}: a request without a tool is answered with text`, async (t) => {
    const { decided, result } = await decisions(await engineOf(t, form), JOKE);
    t.deepEqual(
      decided.map(({ toolName }) => toolName),
      [null],
    );
    t.deepEqual(result.toolCalls, []);
  });
}

test("completion: a request decides once", async (t) => {
  const { decided } = await decisions(await engineOf(t, "completion"), RAIN);
  t.deepEqual(
    decided.map(({ toolName }) => toolName),
    ["get_weather", null],
  );
});

test("no tool is documented in the prompt, and a decision costs the head's text only", async (t) => {
  const { usage } = await (await engineOf(t, "chat")).generate({ ...ask(JOKE) });
  const bare = await createEngine(model, { parallel: 1 });
  t.teardown(() => bare.dispose());
  const { usage: plain } = await bare.generate(ask(JOKE));
  t.is(usage.details.promptTokens, plain.details.promptTokens);
  t.is(usage.details.probeTokens, model.tokenizer.encode(CHAT_FORM.after).length);
});

test("a turn with a call costs the decision, the call's syntax and its arguments", async (t) => {
  const engine = await engineOf(t, "chat");
  const { usage } = await engine.generate({ ...ask(RAIN), maxSteps: 1 });
  const { probeTokens, promptTokens, argumentTokens, textTokens, decodedTokens } = usage.details;
  t.is(textTokens, 0);
  const syntax = decodedTokens - probeTokens - promptTokens - argumentTokens;
  t.true(syntax >= 0 && syntax <= 90, `${syntax} tokens of syntax`);
});

test("tool choice and bias hold", async (t) => {
  const engine = await engineOf(t, "chat");
  const of = async (settings: object, request = JOKE) =>
    (await decisions(engine, request, { maxSteps: 1, ...settings })).result.toolCalls.map(
      ({ toolName }) => toolName,
    );
  t.deepEqual(await of({ toolChoice: "none" }, RAIN), []);
  t.is((await of({ toolChoice: "required" })).length, 1);
  t.deepEqual(await of({ toolChoice: { toolName: "set_alarm" } }, RAIN), ["set_alarm"]);
  t.deepEqual(await of({ toolBias: { get_weather: -Infinity } }, WAKE), ["set_alarm"]);
  t.deepEqual(await of({ toolBias: -1000 }, RAIN), []);
  t.deepEqual(await of({ toolBias: { set_alarm: 1000 } }, RAIN), ["set_alarm"]);
  t.deepEqual(await of({ tools: [alarm], toolChoice: "required" }, RAIN), ["set_alarm"]);
  await rejectsWith(t, of({ toolBias: -Infinity, toolChoice: "required" }), "INVALID_ARGUMENT");
  await rejectsWith(t, of({ toolBias: Number.NaN }), "INVALID_ARGUMENT");
  await rejectsWith(t, of({ toolBias: { unknown: 1 } }), "UNKNOWN_TOOL");
});

test("tools without a row are documented, and the model decides", async (t) => {
  const engine = await engineOf(t, "chat", { contextSize: 8192 });
  const other = defineTool({
    name: "other",
    description: "Another.",
    inputSchema: object({}),
    execute: () => "",
  });
  const { decided, result } = await decisions(engine, RAIN, { tools: [weather, other] });
  t.deepEqual(decided, []);
  t.true(result.usage.details.promptTokens > 100);
});

test("a head with other rows can be set", async (t) => {
  const engine = await engineOf(t, "chat");
  await engine.setHead(heads.get("chat")!.select(["set_alarm", "get_weather", NO_TOOL]));
  const { decided } = await decisions(engine, RAIN);
  t.is(decided[0]?.toolName, "get_weather");
});

test("a text to continue is refused, with what to do", async (t) => {
  const engine = await engineOf(t, "chat");
  const error = await rejectsWith(t, engine.generate({ prompt: RAIN }), "INVALID_ARGUMENT");
  t.regex(error?.hint ?? "", /messages/u);
});
