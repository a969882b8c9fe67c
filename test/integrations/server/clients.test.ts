// Other clients of OpenAI's API: AI SDK's openai-compatible provider and LangChain.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { AIMessage, type AIMessageChunk, HumanMessage, ToolMessage } from "@langchain/core/messages";
import { ChatOpenAI } from "@langchain/openai";
import { generateText, jsonSchema, stepCountIs, streamText, tool } from "ai";
import test from "ava";
import { startServer, type TestServer } from "../../support/server.js";

let host: TestServer;
test.before(async () => {
  host = await startServer({}, { maxOutputTokens: 60 });
});
test.after.always(async () => {
  await host.close();
});

const citySchema = {
  type: "object" as const,
  properties: { city: { enum: ["Oslo", "Paris"] } },
  required: ["city"],
  additionalProperties: false,
};
const prompt = "What is the weather in Oslo?";

const aiSdk = () =>
  createOpenAICompatible({ name: "toolken", baseURL: `${host.url}/v1`, includeUsage: true })("any");
const weather = tool({
  description: "Current weather of a city.",
  inputSchema: jsonSchema<{ city: string }>(citySchema),
  execute: ({ city }) => ({ city, sky: "rain" }),
});

test.serial("AI SDK: a tool loop of two steps", async (t) => {
  const { steps } = await generateText({
    model: aiSdk(),
    tools: { weather },
    prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? "required" : "none" }),
    stopWhen: stepCountIs(2),
    prompt,
  });
  t.is(steps.length, 2);
  t.is(steps[0]!.finishReason, "tool-calls");
  t.is(steps[0]!.toolResults[0]?.toolName, "weather");
  t.true((steps[1]!.usage.inputTokenDetails.cacheReadTokens ?? 0) > 100);
});

test.serial("AI SDK: streamed input of a call is the call's", async (t) => {
  const { stream } = streamText({
    model: aiSdk(),
    tools: { weather },
    toolChoice: { type: "tool", toolName: "weather" },
    prompt,
  });
  let input = "";
  let call: unknown;
  let reason: unknown;
  for await (const part of stream) {
    if (part.type === "tool-input-delta") input += part.delta;
    else if (part.type === "tool-call") call = part.input;
    else if (part.type === "finish") reason = part.finishReason;
    else if (part.type === "error") t.fail(String(part.error));
  }
  t.deepEqual(JSON.parse(input), call);
  t.is(reason, "tool-calls");
});

const langChain = () =>
  new ChatOpenAI({
    model: "any",
    apiKey: "none",
    maxRetries: 0,
    configuration: { baseURL: `${host.url}/v1` },
  });
const definition = {
  type: "function" as const,
  function: { name: "weather", description: "Current weather of a city.", parameters: citySchema },
};

test.serial("LangChain: a call, its result, usage", async (t) => {
  const bound = langChain().bindTools([definition], { tool_choice: "required" });
  const answer = await bound.invoke(prompt);
  t.is(answer.tool_calls?.[0]?.name, "weather");
  t.is(typeof answer.usage_metadata, "object");
  const [call] = answer.tool_calls!;
  const history = [
    new HumanMessage(prompt),
    new AIMessage({ content: "", tool_calls: [call!] }),
    new ToolMessage({ tool_call_id: call!.id!, content: "rain" }),
  ];
  const last = await langChain().bindTools([definition], { tool_choice: "none" }).invoke(history);
  t.is(typeof last.content, "string");
});

test.serial("LangChain: streamed chunks join to the call, with usage", async (t) => {
  const stream = await langChain().bindTools([definition], { tool_choice: "required" }).stream(prompt);
  const chunks: AIMessageChunk[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const joined = chunks.reduce((all, chunk) => all.concat(chunk));
  t.is(joined.tool_calls?.[0]?.name, "weather");
  t.true(["Oslo", "Paris"].includes((joined.tool_calls![0]!.args as { city: string }).city));
  t.is(typeof joined.usage_metadata, "object");
});

test.serial("LangChain: structured output by JSON Schema", async (t) => {
  const structured = langChain().withStructuredOutput(citySchema, { method: "jsonSchema", name: "place" });
  const { city } = (await structured.invoke(prompt)) as { city: string };
  t.true(["Oslo", "Paris"].includes(city));
});
