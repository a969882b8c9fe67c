// The Responses API through the client of OpenAI.
import test from "ava";
import OpenAI from "openai";
import type { ResponseStreamEvent } from "openai/resources/responses/responses";
import { type ErrorBody, startServer, type TestServer } from "../../support/server.js";

let host: TestServer;
let client: OpenAI;
test.before(async () => {
  host = await startServer({}, { maxOutputTokens: 60 });
  client = new OpenAI({ baseURL: `${host.url}/v1`, apiKey: "none", maxRetries: 0 });
});
test.after.always(async () => {
  await host.close();
});

const tool = {
  type: "function" as const,
  name: "get_weather",
  description: "Current weather of a city.",
  strict: true,
  parameters: {
    type: "object",
    properties: { city: { enum: ["Oslo", "Paris"] } },
    required: ["city"],
    additionalProperties: false,
  },
};
const input = "What is the weather in Oslo?";
const model = "any";

test.serial("text, with usage", async (t) => {
  const response = await client.responses.create({
    model,
    input,
    instructions: "Be brief.",
    max_output_tokens: 6,
  });
  t.regex(response.id, /^resp_/u);
  t.is(response.output[0]!.type, "message");
  t.is(typeof response.output_text, "string");
  t.true(response.usage!.input_tokens > 0 && response.usage!.output_tokens <= 6);
  if (response.status === "incomplete") t.is(response.incomplete_details!.reason, "max_output_tokens");
  else t.is(response.status, "completed");
});

test.serial("log-probabilities where they are included, streamed and not", async (t) => {
  const include = ["message.output_text.logprobs" as const];
  const request = { model, input, max_output_tokens: 6, include, top_logprobs: 2 };
  const response = await client.responses.create(request);
  const [item] = response.output;
  const [part] = item?.type === "message" ? item.content : [];
  if (part?.type !== "output_text") return t.fail("no text");
  const bytes = part.logprobs!.flatMap((token) => token.bytes);
  t.is(Buffer.from(bytes).toString(), part.text);
  t.true(part.logprobs!.every(({ logprob, top_logprobs: top }) => logprob <= 0 && top.length === 2));
  const tokens = part.logprobs!.map(({ token }) => token);
  const streamed = [];
  for await (const event of await client.responses.create({ ...request, stream: true })) {
    if (event.type === "response.output_text.delta") streamed.push(...event.logprobs);
    if (event.type !== "response.output_text.done") continue;
    t.deepEqual(
      event.logprobs.map(({ token }) => token),
      tokens,
    );
  }
  t.deepEqual(
    streamed.map(({ token }) => token),
    tokens,
  );
  const { output } = await client.responses.create({ model, input, max_output_tokens: 6 });
  t.deepEqual(output[0]?.type === "message" && output[0].content[0], { ...part, logprobs: [] });
});

test.serial("a call, its result in the next request, and the KV cache", async (t) => {
  const first = await client.responses.create({ model, input, tools: [tool], tool_choice: "required" });
  const [call] = first.output;
  if (call?.type !== "function_call") return t.fail("no call");
  t.true(["Oslo", "Paris"].includes((JSON.parse(call.arguments) as { city: string }).city));
  const second = await client.responses.create({
    model,
    tools: [tool, { type: "web_search" }],
    tool_choice: "none",
    input: [
      { role: "user", content: input },
      { type: "reasoning", id: "rs_1", summary: [] },
      call,
      { type: "function_call_output", call_id: call.call_id, output: "rain" },
    ],
  });
  t.true(second.usage!.input_tokens_details.cached_tokens >= first.usage!.input_tokens);
});

test.serial(
  "events of a call: deltas that join to its arguments, then done, numbered in order",
  async (t) => {
    const choice = { type: "function" as const, name: "get_weather" };
    const stream = client.responses.stream({ model, input, tools: [tool], tool_choice: choice });
    const events: ResponseStreamEvent[] = [];
    for await (const event of stream) events.push(event);
    t.deepEqual(
      events.map((event) => event.sequence_number),
      events.map((_, i) => i),
    );
    const types = events.map(({ type }) => type).filter((type, i, all) => type !== all[i - 1]);
    t.deepEqual(types, [
      "response.created",
      "response.in_progress",
      "response.output_item.added",
      "response.function_call_arguments.delta",
      "response.function_call_arguments.done",
      "response.output_item.done",
      "response.completed",
    ]);
    const deltas = events.flatMap((event) =>
      event.type === "response.function_call_arguments.delta" ? [event.delta] : [],
    );
    const { output, status } = await stream.finalResponse();
    const [call] = output;
    if (call?.type !== "function_call") return t.fail("no call");
    t.is(deltas.join(""), call.arguments);
    t.is(status, "completed");
  },
);

test.serial("events of text", async (t) => {
  const stream = client.responses.stream({ model, input, max_output_tokens: 6 });
  const types: string[] = [];
  for await (const { type } of stream) if (types.at(-1) !== type) types.push(type);
  t.deepEqual(types.slice(2, -1), [
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.output_item.done",
  ]);
});

test.serial("JSON under a schema", async (t) => {
  const response = await client.responses.create({
    model,
    input,
    text: { format: { type: "json_schema", name: "place", schema: tool.parameters } },
  });
  t.true(["Oslo", "Paris"].includes((JSON.parse(response.output_text) as { city: string }).city));
});

for (const [name, body, param] of [
  ["no input", {}, "input"],
  ["an unknown item", { input: [{ type: "item_reference", id: "x" }] }, "input[0]"],
  ["an earlier response, as none is kept", { input, previous_response_id: "resp_1" }, "previous_response_id"],
  [
    "broken arguments",
    { input: [{ type: "function_call", call_id: "a", name: "f", arguments: "{" }] },
    "input",
  ],
] as const) {
  test.serial(`refused: ${name}`, async (t) => {
    const response = await host.post("/v1/responses", body);
    t.is(response.status, 400);
    t.is(((await response.json()) as ErrorBody).error.param, param);
  });
}
