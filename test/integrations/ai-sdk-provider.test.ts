// The provider contract by itself: the cases of AI SDK's openai-compatible chat model that a local model has.
import type { LanguageModelV4CallOptions, LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { generateText, streamText } from "ai";
import test from "ava";
import { createEngine, type Engine, type Model } from "../../src/index.js";
import { toolken } from "../../src/integrations/ai-sdk/index.js";
import { loadTestModel, models } from "../support/models.js";

let model: Model;
let engine: Engine;
test.before(async () => {
  model = await loadTestModel(models.nano);
  engine = await createEngine(model, { parallel: 1, contextSize: 4096 });
});
test.after.always(async () => {
  await engine.dispose();
  await model.dispose();
});

type Options = LanguageModelV4CallOptions;

const options = (more: Partial<Options> = {}): Options => ({
  prompt: [{ role: "user", content: [{ type: "text", text: "Hello" }] }],
  maxOutputTokens: 8,
  ...more,
});

const tool = (name: string, inputSchema: object): NonNullable<Options["tools"]>[number] => ({
  type: "function",
  name,
  description: "A tool",
  inputSchema,
});

async function partsOf(given: Options): Promise<LanguageModelV4StreamPart[]> {
  const { stream } = await toolken(engine).doStream(given);
  const parts: LanguageModelV4StreamPart[] = [];
  for await (const part of stream) parts.push(part);
  return parts;
}

test.serial("text, usage, finish reason, response metadata", async (t) => {
  const result = await toolken(engine, { modelId: "m" }).doGenerate(options());
  const [content] = result.content;
  t.is(result.content.length, 1);
  t.true(content?.type === "text" && content.text !== "");
  t.deepEqual(result.finishReason, { unified: "length", raw: "length" });
  const { inputTokens, outputTokens } = result.usage;
  t.is(inputTokens.total, inputTokens.noCache! + inputTokens.cacheRead!);
  t.is(outputTokens.total, 8);
  t.is(result.response?.modelId, "m");
  t.deepEqual(result.warnings, []);
});

test.serial("a stream: parts in order, the text and usage of doGenerate", async (t) => {
  const parts = await partsOf(options());
  const types = parts.map(({ type }) => type).filter((type, i, all) => type !== all[i - 1]);
  t.deepEqual(types, ["stream-start", "response-metadata", "text-start", "text-delta", "text-end", "finish"]);
  const text = parts.map((part) => (part.type === "text-delta" ? part.delta : "")).join("");
  const whole = await toolken(engine).doGenerate(options());
  t.deepEqual(whole.content, [{ type: "text", text }]);
});

test.serial("a call: deltas make its input, which is in the tool-call part too", async (t) => {
  const given = options({
    tools: [tool("pick", { type: "object", properties: { a: { enum: ["x", "y"] } }, required: ["a"] })],
    toolChoice: { type: "tool", toolName: "pick" },
  });
  const parts = await partsOf(given);
  const input = parts.map((part) => (part.type === "tool-input-delta" ? part.delta : "")).join("");
  const call = parts.find((part) => part.type === "tool-call");
  const start = parts.find((part) => part.type === "tool-input-start");
  t.like(call, { toolCallId: start?.id, toolName: "pick", input });
  t.true(["x", "y"].includes((JSON.parse(input) as { a: string }).a));
  t.like(parts.at(-1), { type: "finish", finishReason: { unified: "tool-calls" } });
  const whole = await toolken(engine).doGenerate(given);
  t.like(whole.content.at(-1), { type: "tool-call", toolName: "pick", input });
});

test.serial("a call without parameters has the input {}", async (t) => {
  const tools = [tool("now", { type: "object", properties: {}, additionalProperties: false })];
  const { content } = await toolken(engine).doGenerate(options({ tools, toolChoice: { type: "required" } }));
  t.like(content.at(-1), { type: "tool-call", toolName: "now", input: "{}" });
});

test.serial("schemas that no grammar expresses, provider tools and penalties", async (t) => {
  const tools = [
    tool("odd", { type: "object", properties: { a: { $ref: "#/nowhere" } }, not: { required: ["b"] } }),
    { type: "provider" as const, id: "x.search" as const, name: "search", args: {} },
  ];
  const given = options({ tools, toolChoice: { type: "none" }, frequencyPenalty: 1 });
  const { content, warnings } = await toolken(engine).doGenerate(given);
  t.is(content[0]?.type, "text");
  t.deepEqual(
    warnings.map((warning) => warning.type === "unsupported" && warning.feature),
    ["frequencyPenalty", "provider tool x.search"],
  );
});

test.serial("an answer in JSON", async (t) => {
  const responseFormat: Options["responseFormat"] = {
    type: "json",
    schema: { type: "object", properties: { n: { enum: [1, 2] } }, required: ["n"] },
  };
  const { content } = await toolken(engine).doGenerate(options({ responseFormat, maxOutputTokens: 30 }));
  const [answer] = content;
  t.true(answer?.type === "text" && [1, 2].includes((JSON.parse(answer.text) as { n: number }).n));
});

test.serial("what fails is thrown, and an error part in a stream", async (t) => {
  const prompt = [
    { role: "user" as const, content: [{ type: "text" as const, text: "word ".repeat(6000) }] },
  ];
  await t.throwsAsync(async () => toolken(engine).doGenerate(options({ prompt })), {
    code: "CONTEXT_FULL",
  } as never);
  const parts = await partsOf(options({ prompt }));
  t.like(parts.at(-1), { type: "error", error: { code: "CONTEXT_FULL" } });
});

test.serial("a stream that is aborted or cancelled leaves the engine free", async (t) => {
  const controller = new AbortController();
  const aborted = streamText({
    model: toolken(engine),
    prompt: "Hello",
    maxOutputTokens: 400,
    abortSignal: controller.signal,
    onError: () => undefined,
  });
  for await (const delta of aborted.textStream) if (delta !== "") controller.abort();
  const { stream } = await toolken(engine).doStream(options({ maxOutputTokens: 400 }));
  const reader = stream.getReader();
  await reader.read();
  await reader.cancel();
  const { text } = await generateText({ model: toolken(engine), prompt: "Hello", maxOutputTokens: 4 });
  t.not(text, "");
});
