// The client of OpenAI on the embedded model, which has no idea of the tools: what is enforced holds all the same.
import test from "ava";
import OpenAI from "openai";
import { startServer, type TestServer } from "../../support/server.js";

let host: TestServer;
let client: OpenAI;
test.before(async () => {
  host = await startServer();
  client = new OpenAI({ baseURL: `${host.url}/v1`, apiKey: "none", maxRetries: 0 });
});
test.after.always(async () => {
  await host.close();
});

const weather = {
  type: "function" as const,
  function: {
    name: "get_weather",
    description: "Current weather of a city.",
    parameters: {
      type: "object",
      properties: { city: { enum: ["Oslo", "Paris"] }, days: { type: "integer", minimum: 1, maximum: 3 } },
      required: ["city", "days"],
      additionalProperties: false,
    },
  },
};
const now = {
  type: "function" as const,
  function: { name: "now", parameters: { type: "object", properties: {} } },
};
const messages = [{ role: "user" as const, content: "What is the weather in Oslo?" }];
const model = "any";

type Call = OpenAI.Chat.Completions.ChatCompletionMessageFunctionToolCall;

test.serial("an answer has the shape of a chat completion", async (t) => {
  const answer = await client.chat.completions.create({ model, messages, max_completion_tokens: 8 });
  t.regex(answer.id, /^chatcmpl-/u);
  t.is(answer.object, "chat.completion");
  t.is(answer.model, host.model.facts.name);
  const [choice] = answer.choices;
  t.is(choice!.message.role, "assistant");
  t.is(typeof choice!.message.content, "string");
  t.true(["stop", "length"].includes(choice!.finish_reason));
  const usage = answer.usage!;
  t.is(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
  t.true(usage.prompt_tokens > 0 && usage.completion_tokens <= 8);
});

test.serial("a stream gives the same text, one id, and usage in a last chunk without choices", async (t) => {
  const whole = await client.chat.completions.create({ model, messages, max_completion_tokens: 12 });
  const stream = await client.chat.completions.create({
    model,
    messages,
    max_completion_tokens: 12,
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  t.deepEqual(chunks[0]!.choices[0]!.delta, { role: "assistant", content: "", refusal: null });
  const text = chunks.map(({ choices }) => choices[0]?.delta.content ?? "").join("");
  t.is(text, whole.choices[0]!.message.content!);
  t.is(new Set(chunks.map(({ id }) => id)).size, 1);
  const last = chunks.at(-1)!;
  t.deepEqual(last.choices, []);
  t.is(last.usage!.completion_tokens, whole.usage!.completion_tokens);
  t.is(last.usage!.prompt_tokens, whole.usage!.prompt_tokens);
  t.true(chunks.slice(0, -1).every(({ usage }) => usage === null));
  const reasons = chunks.flatMap(({ choices }) => choices.map(({ finish_reason: reason }) => reason));
  t.is(reasons.filter((reason) => reason !== null).length, 1);
  t.is(reasons.at(-1), whole.choices[0]!.finish_reason);
});

for (const [name, tool_choice] of [
  ["required", "required"],
  ["named", { type: "function", function: { name: "get_weather" } }],
  ["allowed", { type: "allowed_tools", allowed_tools: { mode: "required", tools: [weather] } }],
] as const) {
  test.serial(`a ${name} call is returned, streamed and not, with the same arguments`, async (t) => {
    const request = {
      model,
      messages,
      tools: [weather, now],
      tool_choice,
      max_completion_tokens: 60,
    } as const;
    const tools = [...request.tools];
    const whole = await client.chat.completions.create({ ...request, tools } as never);
    const [choice] = (whole as OpenAI.ChatCompletion).choices;
    t.is(choice!.finish_reason, "tool_calls");
    t.is(choice!.message.content, null);
    const [call] = choice!.message.tool_calls as Call[];
    t.is(call!.type, "function");
    if (name !== "required") {
      t.is(call!.function.name, "get_weather");
      const input = JSON.parse(call!.function.arguments) as { city: string; days: number };
      t.true(["Oslo", "Paris"].includes(input.city) && input.days >= 1 && input.days <= 3);
    }
    const streamed = await client.chat.completions
      .stream({ ...request, tools } as never)
      .finalChatCompletion();
    const [again] = streamed.choices[0]!.message.tool_calls as Call[];
    t.is(again!.function.name, call!.function.name);
    t.is(again!.function.arguments, call!.function.arguments);
    t.is(streamed.choices[0]!.finish_reason, "tool_calls");
  });
}

test.serial(
  "the first delta of a call has index, id, type and name, the others index and arguments",
  async (t) => {
    const stream = await client.chat.completions.create({
      model,
      messages,
      tools: [weather],
      tool_choice: "required",
      max_completion_tokens: 60,
      stream: true,
    });
    const deltas = [];
    for await (const { choices } of stream) deltas.push(...(choices[0]?.delta.tool_calls ?? []));
    const [first, ...rest] = deltas;
    t.is(first!.index, 0);
    t.is(first!.type, "function");
    t.true(first!.id!.length > 0);
    t.deepEqual(first!.function, { name: "get_weather", arguments: "" });
    t.true(rest.length > 1);
    t.true(
      rest.every(
        ({ index, id, function: part }) => index === 0 && id === undefined && part?.name === undefined,
      ),
    );
    t.notThrows(() => JSON.parse(rest.map((delta) => delta.function!.arguments).join("")) as unknown);
  },
);

test.serial("none allows no call", async (t) => {
  const answer = await client.chat.completions.create({
    model,
    messages,
    tools: [weather],
    tool_choice: "none",
    max_completion_tokens: 16,
  });
  t.is(answer.choices[0]!.message.tool_calls, undefined);
  t.not(answer.choices[0]!.finish_reason, "tool_calls");
});

test.serial("a tool without properties is called with an empty object", async (t) => {
  const answer = await client.chat.completions.create({
    model,
    messages,
    tools: [now, weather],
    tool_choice: { type: "function", function: { name: "now" } },
  });
  t.is((answer.choices[0]!.message.tool_calls as Call[])[0]!.function.arguments, "{}");
});

test.serial("tools of unknown types are ignored", async (t) => {
  const tools = [{ type: "web_search" }, { type: "custom", custom: { name: "x" } }, now];
  const answer = await client.chat.completions.create({
    model,
    messages,
    tools: tools as never,
    tool_choice: "required",
  });
  t.is((answer.choices[0]!.message.tool_calls as Call[])[0]!.function.name, "now");
});

test.serial(
  "the result of a call is read, and its conversation's tokens come from the KV cache",
  async (t) => {
    const request = { model, tools: [weather], max_completion_tokens: 40 };
    const first = await client.chat.completions.create({ ...request, messages, tool_choice: "required" });
    const { message } = first.choices[0]!;
    const [call] = message.tool_calls as Call[];
    const second = await client.chat.completions.create({
      ...request,
      tool_choice: "none",
      messages: [...messages, message, { role: "tool", tool_call_id: call!.id, content: "rain" }],
    });
    const { prompt_tokens, prompt_tokens_details } = second.usage!;
    const cached = prompt_tokens_details!.cached_tokens!;
    // New are what closes the call, the result, and the opening of the answer.
    t.true(cached >= first.usage!.prompt_tokens, `${cached} of ${prompt_tokens}`);
    t.true(prompt_tokens - cached < 60, `${cached} of ${prompt_tokens}`);
  },
);

test.serial("JSON under a schema", async (t) => {
  const schema = {
    type: "object",
    properties: { colour: { enum: ["red", "green"] }, count: { type: "integer", minimum: 0, maximum: 9 } },
    required: ["colour", "count"],
    additionalProperties: false,
  };
  const answer = await client.chat.completions.create({
    model,
    messages,
    max_completion_tokens: 60,
    response_format: { type: "json_schema", json_schema: { name: "thing", schema, strict: true } },
  });
  const value = JSON.parse(answer.choices[0]!.message.content!) as { colour: string; count: number };
  t.true(["red", "green"].includes(value.colour) && Number.isInteger(value.count));
});

test.serial("log-probabilities of each token with their bytes, streamed and not", async (t) => {
  const request = { model, messages, max_completion_tokens: 6, logprobs: true, top_logprobs: 3 };
  const answer = await client.chat.completions.create(request);
  const [choice] = answer.choices;
  const tokens = choice!.logprobs!.content!;
  const bytes = Buffer.from(tokens.flatMap((token) => token.bytes!));
  t.is(bytes.toString(), choice!.message.content!);
  t.true(
    tokens.every(
      ({ logprob, top_logprobs: top }) => logprob <= 0 && top.length === 3 && top[0]!.logprob >= logprob,
    ),
  );
  const stream = await client.chat.completions.create({ ...request, stream: true });
  const streamed = [];
  for await (const { choices } of stream) {
    const { delta, logprobs } = choices[0]!;
    const own = logprobs?.content ?? [];
    t.is(Buffer.from(own.flatMap((token) => token.bytes!)).toString(), delta.content ?? "");
    streamed.push(...own);
  }
  t.deepEqual(
    streamed.map(({ token }) => token),
    tokens.map(({ token }) => token),
  );
});

test.serial("log-probabilities end where a stop sequence cuts the text", async (t) => {
  const whole = await client.chat.completions.create({ model, messages, max_completion_tokens: 12 });
  const text = whole.choices[0]!.message.content!;
  const stop = text.slice(4, 7);
  const request = { model, messages, max_completion_tokens: 12, logprobs: true, stop };
  const { choices } = await client.chat.completions.create(request);
  const [{ logprobs, message }] = choices as [(typeof choices)[0]];
  t.is(message.content, text.slice(0, text.indexOf(stop)));
  const tokens = logprobs!.content!.map(({ token }) => token);
  const end = tokens.at(-1)!.length;
  const length = tokens.join("").length;
  t.true(length >= message.content!.length && length - end < message.content!.length, tokens.join("|"));
});

test.serial("n answers differ by their seeds, which repeat them", async (t) => {
  const request = { model, messages, max_completion_tokens: 8, n: 3, temperature: 2, seed: 7 };
  const [a, b] = [
    await client.chat.completions.create(request),
    await client.chat.completions.create(request),
  ];
  const texts = (answer: OpenAI.ChatCompletion): unknown[] =>
    answer.choices.map(({ message }) => message.content);
  t.deepEqual(
    a.choices.map(({ index }) => index),
    [0, 1, 2],
  );
  t.deepEqual(texts(a), texts(b));
  t.true(new Set(texts(a)).size > 1);
  const stream = await client.chat.completions.create({ ...request, stream: true });
  const streamed = ["", "", ""];
  for await (const { choices } of stream)
    for (const { index, delta } of choices) streamed[index] = streamed[index]! + (delta.content ?? "");
  t.deepEqual(streamed, texts(a));
});

test.serial("a stop sequence is cut off", async (t) => {
  const free = await client.chat.completions.create({ model, messages, max_completion_tokens: 12 });
  const text = free.choices[0]!.message.content!;
  const stop = text.slice(4, 7);
  const cut = await client.chat.completions.create({
    model,
    messages,
    max_completion_tokens: 12,
    stop: [stop],
  });
  t.is(cut.choices[0]!.message.content, text.slice(0, text.indexOf(stop)));
  t.is(cut.choices[0]!.finish_reason, "stop");
});

test.serial("an over-long prompt is refused, not cut", async (t) => {
  const long = [{ role: "user" as const, content: "one two three ".repeat(9000) }];
  for (const stream of [false, true]) {
    const error = await t.throwsAsync<InstanceType<typeof OpenAI.APIError>>(
      client.chat.completions.create({ model, messages: long, stream }),
    );
    t.is(error.status, 400);
    t.is(error.code, "context_length_exceeded");
    t.is(error.param, "messages");
  }
});

test.serial("models are listed", async (t) => {
  const { data } = await client.models.list();
  t.deepEqual(
    data.map(({ id }) => id),
    [host.model.facts.name],
  );
  t.is((await client.models.retrieve(data[0]!.id)).owned_by, "toolken");
  await t.throwsAsync(client.models.retrieve("other"), { instanceOf: OpenAI.NotFoundError });
});
