// Several calls in one answer, and calls after a thought. The calls are an engine's parts as it would give them, since
// no test model makes two calls reliably; server and clients are real.
import { createOpenAICompatible } from "@ai-sdk/openai-compatible";
import { streamText, tool } from "ai";
import test from "ava";
import OpenAI from "openai";
import { z } from "zod";
import { createServer } from "../../../src/integrations/server/index.js";
import type { Engine } from "../../../src/generation/engine.js";
import type { StreamPart } from "../../../src/generation/events.js";
import { startServer, type TestServer } from "../../support/server.js";

let host: TestServer;
test.before(async () => {
  host = await startServer();
});
test.after.always(async () => {
  await host.close();
});

const CALLS = [
  ["now", ["{}"]],
  ["weather", ['{"ci', 'ty":"Os', 'lo"}']],
  ["weather", ['{"city":"Paris"}']],
] as const;

function* parts(): Generator<StreamPart> {
  for (const [i, [toolName, deltas]] of CALLS.entries()) {
    const call = { toolCallId: `call_${i}`, toolName };
    yield { type: "tool-input-start", ...call };
    for (const delta of deltas) yield { type: "tool-input-delta", toolCallId: call.toolCallId, delta };
    yield { type: "tool-input-end", toolCallId: call.toolCallId };
    yield { type: "tool-call", ...call, inputText: deltas.join(""), probability: 1 };
  }
  const details = { cachedTokens: 0, cachedRerankTokens: 0 };
  const usage = { inputTokens: 5, outputTokens: 9, totalTokens: 14, details };
  yield { type: "finish", finishReason: "tool-calls", usage, result: {} } as unknown as StreamPart;
}

async function scripted(): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
  const engine = {
    model: host.model,
    tools: [],
    head: undefined,
    parallel: 2,
    contextSize: 1024,
    contextUsage: 0,
    // eslint-disable-next-line @typescript-eslint/require-await -- as an engine's stream
    async *stream() {
      yield* parts();
    },
  };
  const server = createServer(engine as unknown as Engine);
  const { url } = await server.listen({ port: 0 });
  return { url: `${url}/v1`, close: () => server.close() };
}

const functions = ["now", "weather"].map((name) => ({ type: "function" as const, function: { name } }));
const messages = [{ role: "user" as const, content: "What is the time, and the weather in Oslo and Paris?" }];

test("calls have indices from 0, ids of their own and whole arguments, streamed and not", async (t) => {
  const { url, close } = await scripted();
  t.teardown(close);
  const client = new OpenAI({ baseURL: url, apiKey: "none", maxRetries: 0 });
  const request = { model: "any", messages, tools: functions };
  const { choices } = await client.chat.completions.create(request);
  t.is(choices[0]!.finish_reason, "tool_calls");
  const whole = choices[0]!.message.tool_calls as OpenAI.Chat.ChatCompletionMessageFunctionToolCall[];
  t.deepEqual(
    whole.map(({ function: { name, arguments: input } }) => [name, input]),
    CALLS.map(([name, deltas]) => [name, deltas.join("")]),
  );
  t.is(new Set(whole.map(({ id }) => id)).size, 3);

  const joined: { id: string; name: string; arguments: string }[] = [];
  const reasons = new Set<string>();
  for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
    const [choice] = chunk.choices;
    if (choice?.finish_reason) reasons.add(choice.finish_reason);
    for (const { index, id, function: called } of choice?.delta.tool_calls ?? []) {
      if (joined[index] === undefined) {
        // Id and name stand in the first delta alone.
        t.truthy(id);
        t.is(index, joined.length);
        joined[index] = { id: id!, name: called!.name!, arguments: "" };
      } else t.is(id, undefined);
      t.is(typeof called!.arguments, "string");
      joined[index].arguments += called!.arguments!;
    }
  }
  t.deepEqual([...reasons], ["tool_calls"]);
  t.is(new Set(joined.map(({ id }) => id)).size, 3);
  t.deepEqual(
    joined.map(({ name, arguments: input }) => [name, input]),
    CALLS.map(([name, deltas]) => [name, deltas.join("")]),
  );
});

test("responses: each call is an item with its deltas, then done", async (t) => {
  const { url, close } = await scripted();
  t.teardown(close);
  const client = new OpenAI({ baseURL: url, apiKey: "none", maxRetries: 0 });
  const tools = functions.map(({ function: { name } }) => ({
    type: "function" as const,
    name,
    parameters: {},
    strict: false,
  }));
  const stream = await client.responses.create({ model: "any", input: "x", tools, stream: true });
  const deltas = new Map<number, string>();
  const done = new Map<number, string>();
  for await (const event of stream) {
    if (event.type === "response.function_call_arguments.delta") {
      t.false(done.has(event.output_index));
      deltas.set(event.output_index, (deltas.get(event.output_index) ?? "") + event.delta);
    } else if (event.type === "response.function_call_arguments.done") {
      done.set(event.output_index, event.arguments);
    }
  }
  t.deepEqual(
    [...done.values()],
    CALLS.map(([, texts]) => texts.join("")),
  );
  t.deepEqual([...deltas], [...done]);
});

test("AI SDK reads several streamed calls", async (t) => {
  const { url, close } = await scripted();
  t.teardown(close);
  const provider = createOpenAICompatible({ name: "toolken", baseURL: url });
  const { toolCalls } = streamText({
    model: provider("any"),
    messages,
    tools: {
      now: tool({ inputSchema: z.object({}) }),
      weather: tool({ inputSchema: z.object({ city: z.string() }) }),
    },
  });
  t.deepEqual(
    (await toolCalls).map(({ toolName, input }) => [toolName, input] as const),
    [
      ["now", {}],
      ["weather", { city: "Oslo" }],
      ["weather", { city: "Paris" }],
    ],
  );
});

/** Tools and calls as Qwen 3 has them, and a thought that every turn begins with. */
const THINKING = `{%- if tools %}<|im_start|>system
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}<|im_end|>
{% endif %}
{%- for message in messages %}<|im_start|>{{ message.role }}
{{ message.content }}
{%- for call in message.tool_calls or [] %}<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{% endfor %}<|im_end|>
{% endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
<think>
{% endif %}`;

test("required: a model that thinks first calls all the same", async (t) => {
  const own = await startServer({ chatTemplate: THINKING, parallel: 1 });
  t.teardown(own.close);
  const client = new OpenAI({ baseURL: `${own.url}/v1`, apiKey: "none", maxRetries: 0 });
  const city = { type: "object", properties: { city: { enum: ["Oslo", "Paris"] } }, required: ["city"] };
  const { choices } = await client.chat.completions.create({
    model: "any",
    messages,
    tools: [{ type: "function", function: { name: "weather", parameters: city } }],
    tool_choice: "required",
  });
  t.is(choices[0]!.finish_reason, "tool_calls");
  const [call] = choices[0]!.message.tool_calls as OpenAI.Chat.ChatCompletionMessageFunctionToolCall[];
  t.true(["Oslo", "Paris"].includes((JSON.parse(call!.function.arguments) as { city: string }).city));
});
