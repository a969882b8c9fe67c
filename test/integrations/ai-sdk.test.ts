// AI SDK itself on the embedded model.
import {
  generateObject,
  generateText,
  jsonSchema,
  Output,
  stepCountIs,
  streamText,
  tool,
  ToolLoopAgent,
} from "ai";
import test from "ava";
import { z } from "zod";
import { createEngine, type Engine, type Model } from "../../src/index.js";
import { toolken } from "../../src/integrations/ai-sdk/index.js";
import { loadTestModel, models } from "../support/models.js";

let model: Model;
let engine: Engine;
test.before(async () => {
  model = await loadTestModel(models.nano);
  engine = await createEngine(model, { parallel: 2, contextSize: 8192 });
});
test.after.always(async () => {
  await engine.dispose();
  await model.dispose();
});

const asked: unknown[] = [];
const weather = tool({
  description: "Current weather of a city.",
  inputSchema: z.object({ city: z.enum(["Oslo", "Paris"]) }),
  execute: (input, { toolCallId }) => {
    asked.push([input, typeof toolCallId]);
    return { ...input, sky: "rain" };
  },
});

test.serial("generateText executes a chosen tool and sends its result back", async (t) => {
  asked.length = 0;
  const { steps, usage } = await generateText({
    model: toolken(engine),
    tools: { weather },
    toolChoice: { type: "tool", toolName: "weather" },
    stopWhen: stepCountIs(1),
    maxOutputTokens: 60,
    prompt: "What is the weather in Oslo?",
  });
  t.is(steps.length, 1);
  t.is(steps[0]!.finishReason, "tool-calls");
  const [call] = steps[0]!.toolCalls;
  t.is(call?.toolName, "weather");
  t.deepEqual(asked, [[call!.input, "string"]]);
  t.deepEqual(steps[0]!.toolResults[0]?.output, { ...(call!.input as object), sky: "rain" });
  t.true(usage.inputTokens! > 0 && usage.outputTokens! > 0);
});

test.serial("a second step reads the result and its prompt from the KV cache", async (t) => {
  const { steps } = await generateText({
    model: toolken(engine),
    tools: { weather },
    prepareStep: ({ stepNumber }) => ({ toolChoice: stepNumber === 0 ? "required" : "none" }),
    stopWhen: stepCountIs(2),
    maxOutputTokens: 16,
    prompt: "What is the weather in Paris?",
  });
  t.is(steps.length, 2);
  t.true((steps[1]!.usage.inputTokenDetails.cacheReadTokens ?? 0) > 100);
});

test.serial("streamText streams text, and input of tools while it is written", async (t) => {
  const text = streamText({ model: toolken(engine), prompt: "Say something.", maxOutputTokens: 12 });
  let streamed = "";
  for await (const delta of text.textStream) streamed += delta;
  t.is(streamed, await text.text);
  t.not(streamed, "");

  const call = streamText({
    model: toolken(engine),
    tools: { weather },
    toolChoice: "required",
    stopWhen: stepCountIs(1),
    prompt: "What is the weather in Oslo?",
  });
  const types: string[] = [];
  let input = "";
  for await (const part of call.stream) {
    if (types.at(-1) !== part.type) types.push(part.type);
    if (part.type === "tool-input-delta") input += part.delta;
  }
  t.deepEqual(
    types.filter((type) => type.startsWith("tool")),
    ["tool-input-start", "tool-input-delta", "tool-input-end", "tool-call", "tool-result"],
  );
  t.deepEqual(JSON.parse(input), (await call.toolCalls)[0]?.input);
});

test.serial("an output under a schema", async (t) => {
  const { output } = await generateText({
    model: toolken(engine),
    output: Output.object({ schema: z.object({ answer: z.int().min(0).max(99), sure: z.boolean() }) }),
    maxOutputTokens: 60,
    prompt: "What is 17 plus 5?",
  });
  t.true(Number.isInteger(output.answer));
  t.is(typeof output.sure, "boolean");
});

test.serial("an output under a schema, where tools might be called", async (t) => {
  const { output, steps } = await generateText({
    model: toolken(engine),
    tools: { weather },
    output: Output.object({ schema: z.object({ sky: z.enum(["rain", "sun"]) }) }),
    stopWhen: stepCountIs(4),
    maxOutputTokens: 60,
    prompt: "Say what the weather is like.",
  });
  t.true(["rain", "sun"].includes(output.sky));
  t.is(steps.at(-1)!.finishReason, "stop");
});

test.serial("generateObject", async (t) => {
  // Deprecated in AI SDK 7, and still called by programs that were written for earlier ones.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const { object, usage } = await generateObject({
    model: toolken(engine),
    schema: z.object({ answer: z.int().min(0).max(99) }),
    maxOutputTokens: 40,
    prompt: "What is 17 plus 5?",
  });
  t.true(Number.isInteger(object.answer));
  t.true(usage.outputTokens! > 0);
});

test.serial("the contract of AI SDK 6", async (t) => {
  const older = toolken(engine, { specificationVersion: "v3" });
  t.is<unknown, string>(older.specificationVersion, "v3");
  const { toolCalls } = await generateText({
    model: older,
    tools: { weather },
    toolChoice: "required",
    stopWhen: stepCountIs(1),
    maxOutputTokens: 60,
    prompt: "What is the weather in Paris?",
  });
  t.is(toolCalls[0]?.toolName, "weather");
});

test.serial("agents, tools without execute, JSON Schema tools", async (t) => {
  const agent = new ToolLoopAgent({
    model: toolken(engine, { modelId: "nano" }),
    tools: {
      approve: tool({
        description: "Asks a person.",
        inputSchema: jsonSchema({
          type: "object",
          properties: { reason: { const: "cost" } },
          required: ["reason"],
        }),
      }),
    },
    toolChoice: "required",
    maxOutputTokens: 40,
  });
  const { toolCalls, finishReason, finalStep } = await agent.generate({ prompt: "Buy a yacht." });
  t.is(finishReason, "tool-calls");
  t.like(toolCalls[0], { toolName: "approve" });
  t.is((toolCalls[0]!.input as { reason: string }).reason, "cost");
  t.is(finalStep.response.modelId, "nano");
});

test.serial("warnings for what is not supported, and aborts", async (t) => {
  const { warnings } = await generateText({
    model: toolken(engine),
    prompt: "Hello",
    presencePenalty: 1,
    maxOutputTokens: 2,
  });
  t.like(warnings?.[0], { type: "unsupported", feature: "presencePenalty" });
  await t.throwsAsync(
    generateText({
      model: toolken(engine),
      prompt: "Hello",
      abortSignal: AbortSignal.abort(),
      maxRetries: 0,
    }),
  );
});
