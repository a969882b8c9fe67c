// LangChain's standard integration tests of chat models, those that a local model of texts can be asked.
import { ChatPromptTemplate } from "@langchain/core/prompts";
import {
  AIMessage,
  AIMessageChunk,
  type BaseMessage,
  getBufferString,
  HumanMessage,
  SystemMessage,
  ToolMessage,
  type UsageMetadata,
} from "@langchain/core/messages";
import { RunnableLambda } from "@langchain/core/runnables";
import { tool } from "@langchain/core/tools";
import { toJsonSchema } from "@langchain/core/utils/json_schema";
import { concat } from "@langchain/core/utils/stream";
import test from "ava";
import { z } from "zod";
import { createEngine, type Engine, type Model } from "../../../src/index.js";
import { ChatToolken, type ChatToolkenParams } from "../../../src/integrations/langchain/index.js";
import { Recorder } from "../../support/langchain-recorder.js";
import { loadTestModel, models } from "../../support/models.js";

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

const chat = (params: Partial<ChatToolkenParams> = {}): ChatToolken =>
  new ChatToolken({ engine, maxTokens: 12, ...params });

const required = { tool_choice: "any" };

const adderSchema = z
  .object({ a: z.int().min(0).max(9).describe("The first"), b: z.int().min(0).max(9).describe("The second") })
  .describe("Adds two integers");
const adder = tool(({ a, b }) => JSON.stringify({ result: a + b }), {
  name: "Adder",
  description: "Adds two integers",
  schema: adderSchema,
});
const city = z.object({ location: z.enum(["San Francisco", "Oslo"]) });
const weather = tool(() => "70 degrees and sunny.", {
  name: "get_current_weather",
  description: "The current weather of a location.",
  schema: city,
});
const ask = ChatPromptTemplate.fromMessages([
  ["system", "You are bad at math and must ALWAYS call the {toolName} function."],
  ["human", "What is 4 plus 5?"],
]);

async function joined(stream: AsyncIterable<AIMessageChunk>): Promise<AIMessageChunk> {
  let whole: AIMessageChunk | undefined;
  for await (const chunk of stream) whole = whole === undefined ? chunk : concat(whole, chunk);
  if (whole === undefined) throw new Error("No chunks");
  return whole;
}

/** With exact optional properties its type is `undefined`. */
function usageOf({ usage_metadata: usage }: { usage_metadata?: unknown }): UsageMetadata {
  return usage as UsageMetadata;
}

test.serial("testInvoke", async (t) => {
  const result = await chat().invoke("Hello");
  t.true(AIMessage.isInstance(result));
  t.not(result.text, "");
});

test.serial("testStream", async (t) => {
  let text = "";
  for await (const chunk of await chat().stream("Hello")) {
    t.true(chunk instanceof AIMessageChunk);
    text += chunk.text;
  }
  t.is(text, (await chat().invoke("Hello")).text);
});

test.serial("testBatch", async (t) => {
  const results = await chat().batch(["Hello", "Hey"]);
  t.is(results.length, 2);
  t.true(results.every(({ text }) => text !== ""));
});

test.serial("testStreamEvents", async (t) => {
  const events: { event: string; data: { chunk?: AIMessageChunk; output?: AIMessageChunk } }[] = [];
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- agents still use it
  for await (const event of chat().streamEvents("Hello", { version: "v2" })) events.push(event);
  t.is(events[0]?.event, "on_chat_model_start");
  t.is(events.at(-1)?.event, "on_chat_model_end");
  const streamed = events.filter(({ event }) => event === "on_chat_model_stream");
  t.is(streamed.map(({ data }) => data.chunk!.text).join(""), events.at(-1)!.data.output!.text);
});

test.serial("testConversation, testDoubleMessageConversation", async (t) => {
  const hello = [new HumanMessage("hello"), new AIMessage("hello"), new HumanMessage("how are you")];
  t.not((await chat().invoke(hello)).text, "");
  const doubled = [new SystemMessage("hello"), ...hello].flatMap((one) => [one, one]);
  t.not((await chat().invoke(doubled)).text, "");
});

test.serial("testUsageMetadata, testUsageMetadataStreaming", async (t) => {
  for (const result of [await chat().invoke("Hello"), await joined(await chat().stream("Hello"))]) {
    const usage = usageOf(result);
    t.true(usage.input_tokens > 0 && usage.output_tokens > 0);
    t.is(usage.total_tokens, usage.input_tokens + usage.output_tokens);
    t.true(usage.input_token_details!.cache_read! <= usage.input_tokens);
    t.is(result.response_metadata.model, chat().model);
    t.is(result.response_metadata.finish_reason, "length");
  }
});

test.serial("testStopSequence", async (t) => {
  const { text } = await chat().invoke("hi");
  const stop = [text.trim().slice(2, 5)];
  const stopped = await chat().invoke("hi", { stop });
  t.is(stopped.text, text.slice(0, text.indexOf(stop[0]!)));
  t.is(stopped.response_metadata.finish_reason, "stop");
  t.is((await chat({ stop }).invoke("hi")).text, stopped.text);
});

test.serial("testToolCalling", async (t) => {
  const result = await chat().bindTools([adder], required).invoke("What is adder(1, 2)? Use the tool.");
  t.is(result.tool_calls?.length, 1);
  const [call] = result.tool_calls!;
  t.like(call, { name: "Adder", type: "tool_call" });
  t.truthy(call!.id);
  t.notThrows(() => adderSchema.parse(call!.args));
  t.is(result.response_metadata.finish_reason, "tool_calls");
});

test.serial(
  "testBindToolsWithRunnableToolLike, -OpenAIFormattedTools, testModelCanAcceptStructuredToolParamsSchema",
  async (t) => {
    const description = "Adds";
    const name = "math_addition";
    const asTool = RunnableLambda.from(() => "").asTool({ name, description, schema: adderSchema });
    const parameters = toJsonSchema(adderSchema);
    const openai = { type: "function", function: { name, description, parameters } };
    for (const bound of [asTool, openai, { name, description, schema: adderSchema }]) {
      const result = await ask.pipe(chat().bindTools([bound], required)).invoke({ toolName: name });
      t.is(result.tool_calls?.[0]?.name, name);
      t.notThrows(() => adderSchema.parse(result.tool_calls![0]!.args));
    }
  },
);

const call = { type: "tool_call" as const, id: "abc123", name: "Adder", args: { a: 1, b: 2 } };

test.serial(
  "testToolMessageHistoriesStringContent, -ListContent, testStructuredFewShotExamples",
  async (t) => {
    const result = await adder.invoke(call);
    t.true(ToolMessage.isInstance(result));
    const blocks = [
      { type: "text", text: "some text" },
      { type: "tool_use", id: call.id, name: call.name, input: call.args },
    ];
    for (const content of ["", blocks]) {
      const history: BaseMessage[] = [
        new HumanMessage("What is 1 + 2"),
        new AIMessage({ content, tool_calls: [call] }),
        result,
      ];
      const bound = chat().bindTools([adder], { tool_choice: "none" });
      t.not((await bound.invoke(history)).text, "");
      const more = [...history, new AIMessage("3"), new HumanMessage("What is 3 + 4")];
      t.true(AIMessage.isInstance(await bound.invoke(more)));
    }
  },
);

test.serial("testWithStructuredOutput", async (t) => {
  for (const method of ["functionCalling", "jsonSchema"]) {
    const recorder = new Recorder();
    const structured = chat({ maxTokens: 60 }).withStructuredOutput(adderSchema, {
      name: "math_addition",
      method,
    });
    const { a, b } = await ask
      .pipe(structured)
      .invoke({ toolName: "math_addition" }, { callbacks: [recorder] });
    t.true(Number.isInteger(a) && Number.isInteger(b));
    t.like(recorder.options, {
      ls_structured_output_format: { kwargs: { method }, schema: toJsonSchema(adderSchema) },
    });
  }
});

test.serial("testWithStructuredOutputIncludeRaw", async (t) => {
  const schema = toJsonSchema(adderSchema) as Record<string, unknown>;
  for (const given of [adderSchema, schema]) {
    const structured = chat().withStructuredOutput(given, { name: "math_addition", includeRaw: true });
    const { raw, parsed } = await ask.pipe(structured).invoke({ toolName: "math_addition" });
    t.true(AIMessage.isInstance(raw));
    t.deepEqual(AIMessage.isInstance(raw) && raw.tool_calls?.[0]?.args, parsed);
  }
});

test.serial("testInvokeMoreComplexTools", async (t) => {
  const complex = z.object({
    decision: z.enum(["UseAPI", "UseFallback"]),
    apiDetails: z.object({ serviceName: z.string().max(8), parameters: z.record(z.string(), z.unknown()) }),
  });
  const bound = chat({ maxArgumentTokens: 40 }).bindTools(
    [{ name: "service_tool", description: "Calls a service", schema: complex }],
    required,
  );
  const { tool_calls: [made] = [], invalid_tool_calls: invalid } = await bound.invoke("Use the API.");
  t.true(made !== undefined || invalid!.length > 0);
  if (made !== undefined) t.notThrows(() => complex.parse(made.args));
});

test.serial("testCacheComplexMessageTypes", async (t) => {
  const cached = chat({ cache: true });
  const message = new HumanMessage({ content: [{ type: "text", text: "Hello there!" }] });
  const first = await cached.invoke([message]);
  const key = cached._getSerializedCacheKeyParametersForCall({});
  const value = await cached.cache!.lookup(getBufferString([message]), key);
  t.is(value?.length, 1);
  t.is((await cached.invoke([message])).text, first.text);
});

test.serial("testStreamTokensWithToolCalls, testStreamTools", async (t) => {
  const bound = ask.pipe(chat().bindTools([adder], required));
  const chunks: AIMessageChunk[] = [];
  for await (const chunk of await bound.stream({ toolName: "Adder" })) chunks.push(chunk);
  t.true(chunks.filter(({ tool_call_chunks: parts }) => (parts?.length ?? 0) > 0).length > 3);
  const whole = chunks.reduce((sum, chunk) => concat(sum, chunk));
  const plain = await bound.invoke({ toolName: "Adder" });
  t.deepEqual(whole.tool_calls, plain.tool_calls);
  const usage = usageOf(whole);
  t.true(usage.input_tokens > 0 && usage.output_tokens > 0);
});

test.serial("testModelCanUseToolUseAIMessage, -WithStreaming", async (t) => {
  const bound = chat().bindTools([weather], required);
  const messages: BaseMessage[] = [new HumanMessage("What is the weather in San Francisco?")];
  const question = [...messages];
  for (const first of [await bound.invoke(question), await joined(await bound.stream(question))]) {
    const [made] = first.tool_calls!;
    t.is(made?.name, "get_current_weather");
    const answer: ToolMessage = await weather.invoke(made!);
    const history = [...messages, first, answer];
    const answering = chat().bindTools([weather], { tool_choice: "none" });
    t.not((await answering.invoke(history)).text, "");
    t.not((await joined(await answering.stream(history))).text, "");
  }
});

test.serial("testParallelToolCalling: results of two calls in a history", async (t) => {
  const time = tool(() => "12:02", { name: "get_current_time", description: "The time", schema: city });
  const args = { location: "San Francisco" };
  const calls = [weather, time].map(({ name }) => ({
    name,
    id: `${name}_id`,
    args,
    type: "tool_call" as const,
  }));
  const results = calls.map(({ id, name }) => new ToolMessage({ tool_call_id: id, name, content: "24" }));
  const history = [
    new HumanMessage("Weather and time?"),
    new AIMessage({ content: "", tool_calls: calls }),
    ...results,
  ];
  const result = await chat().bindTools([weather, time], { tool_choice: "none" }).invoke(history);
  t.deepEqual(result.tool_calls, []);
  t.not(result.text, "");
});

test.serial("testStandardTextContentBlocks; other blocks are refused", async (t) => {
  const text = { type: "text", source_type: "text", text: "Hello from a block!" };
  t.not((await chat().invoke([new HumanMessage({ content: [text] })])).text, "");
  const image = { type: "image", source_type: "url", url: "https://example.org/a.png" };
  const message = new HumanMessage({ content: [image] });
  await t.throwsAsync(chat().invoke([message]), { code: "INVALID_ARGUMENT" } as never);
});
