// What a server answers to requests that it does not like, and that it goes on afterwards.
import { connect } from "node:net";
import test from "ava";
import { type ErrorBody, eventsOf, startServer, type TestServer } from "../../support/server.js";

let host: TestServer;
test.before(async () => {
  host = await startServer({}, { maxBodySize: 2 ** 20 });
});
test.after.always(async () => {
  const { error } = (await (await host.post("/v1/chat/completions", {})).json()) as ErrorBody;
  await host.close();
  if (error.param !== "messages") throw new Error("The server did not survive");
});

const CHAT = "/v1/chat/completions";
const user = (content: unknown): object => ({ role: "user", content });
const messages = [user("Hello")];
const tool = (name: unknown, parameters?: unknown): object => ({
  type: "function",
  function: { name, parameters },
});
const call = (id: string, input: unknown): object => ({
  id,
  type: "function",
  function: { name: "f", arguments: input },
});

const refused: readonly (readonly [
  name: string,
  path: string,
  body: unknown,
  status: number,
  param: string | null,
  code?: string,
])[] = [
  ["no JSON", CHAT, "{", 400, null, "invalid_json"],
  ["an empty body", CHAT, "", 400, null, "invalid_json"],
  ["an array", CHAT, [], 400, null, "invalid_type"],
  ["null", CHAT, "null", 400, null, "invalid_type"],
  ["no messages", CHAT, {}, 400, "messages", "missing_required_parameter"],
  ["empty messages", CHAT, { messages: [] }, 400, "messages"],
  ["messages of another type", CHAT, { messages: "hi" }, 400, "messages", "invalid_type"],
  ["a message that is text", CHAT, { messages: ["hi"] }, 400, "messages[0]", "invalid_type"],
  ["a message without a role", CHAT, { messages: [{ content: "hi" }] }, 400, "messages[0].role"],
  ["an unknown role", CHAT, { messages: [{ role: "wizard", content: "hi" }] }, 400, "messages[0].role"],
  ["content of another type", CHAT, { messages: [user(7)] }, 400, "messages[0].content"],
  [
    "an image",
    CHAT,
    { messages: [user([{ type: "image_url", image_url: { url: "x" } }])] },
    400,
    "messages[0].content[0]",
  ],
  ["a system message alone", CHAT, { messages: [{ role: "system", content: "Be." }] }, 400, "messages"],
  [
    "broken arguments in the history",
    CHAT,
    { messages: [...messages, { role: "assistant", tool_calls: [call("a", "{")] }] },
    400,
    "messages[1].tool_calls[0]",
  ],
  [
    "a result without its call",
    CHAT,
    { messages: [...messages, { role: "tool", tool_call_id: "x", content: "1" }] },
    400,
    "messages[1]",
  ],
  ["temperature of another type", CHAT, { messages, temperature: "hot" }, 400, "temperature", "invalid_type"],
  ["a temperature too high", CHAT, { messages, temperature: 3 }, 400, "temperature", "invalid_value"],
  ["a negative max_tokens", CHAT, { messages, max_tokens: -1 }, 400, "max_tokens"],
  ["a fractional n", CHAT, { messages, n: 1.5 }, 400, "n"],
  ["stream of another type", CHAT, { messages, stream: "yes" }, 400, "stream"],
  ["five stop sequences", CHAT, { messages, stop: ["a", "b", "c", "d", "e"] }, 400, "stop"],
  ["tools of another type", CHAT, { messages, tools: {} }, 400, "tools"],
  ["a tool without a name", CHAT, { messages, tools: [tool(undefined)] }, 400, "tools[0].function.name"],
  ["a tool's name with a space", CHAT, { messages, tools: [tool("a b")] }, 400, "tools[0].function"],
  [
    "a schema of another type",
    CHAT,
    { messages, tools: [tool("f", { type: "string" })] },
    400,
    "tools[0].function",
  ],
  ["two tools of one name", CHAT, { messages, tools: [tool("f"), tool("f")] }, 400, "tools"],
  [
    "an unknown tool choice",
    CHAT,
    { messages, tools: [tool("f")], tool_choice: "maybe" },
    400,
    "tool_choice",
  ],
  [
    "a choice of an unknown tool",
    CHAT,
    { messages, tools: [tool("f")], tool_choice: { type: "function", function: { name: "g" } } },
    400,
    "tool_choice",
    "unknown_tool",
  ],
  ["a required call without tools", CHAT, { messages, tool_choice: "required" }, 400, "tool_choice"],
  ["top_logprobs without logprobs", CHAT, { messages, top_logprobs: 2 }, 400, "top_logprobs"],
  ["top_logprobs too high", CHAT, { messages, logprobs: true, top_logprobs: 21 }, 400, "top_logprobs"],
  [
    "an unknown response format",
    CHAT,
    { messages, response_format: { type: "xml" } },
    400,
    "response_format.type",
  ],
  ["functions", CHAT, { messages, functions: [{ name: "f" }] }, 400, "functions", "unsupported_parameter"],
  ["a logit bias", CHAT, { messages, logit_bias: { 5: 1 } }, 400, "logit_bias", "unsupported_parameter"],
  [
    "a presence penalty",
    CHAT,
    { messages, presence_penalty: 1 },
    400,
    "presence_penalty",
    "unsupported_parameter",
  ],
  ["a 10 MB message", CHAT, { messages: [user("x".repeat(10 * 2 ** 20))] }, 413, null, "request_too_large"],
  [
    "a long message",
    CHAT,
    { messages: [user("x y ".repeat(2 ** 17))] },
    400,
    "messages",
    "context_length_exceeded",
  ],
  ["no prompt", "/v1/completions", {}, 400, "prompt"],
  ["a blank prompt", "/v1/completions", { prompt: ["a", " "] }, 400, "prompt[1]"],
  ["a suffix", "/v1/completions", { prompt: "a", suffix: "b" }, 400, "suffix", "unsupported_parameter"],
  ["an unknown path", "/v1/embeddings", {}, 404, null, "unknown_url"],
];
for (const [name, path, body, status, param, code] of refused) {
  test.serial(`${name}: ${status}`, async (t) => {
    const response = await host.post(path, body);
    t.is(response.status, status);
    t.regex(response.headers.get("content-type")!, /^application\/json/u);
    const { error } = (await response.json()) as ErrorBody;
    t.is(error.param, param, error.message);
    t.is(error.type, "invalid_request_error");
    t.true(error.message.length > 10);
    if (code !== undefined) t.is(error.code, code);
  });
}

const accepted: readonly (readonly [name: string, body: object])[] = [
  ["unknown fields", { messages, foo: 1, metadata: { a: "b" }, store: false }],
  [
    "null for what is left out",
    { messages, temperature: null, tools: null, stop: null, response_format: null, n: null },
  ],
  ["two user messages in a row", { messages: [user("a"), user("b")] }],
  [
    "content parts",
    {
      messages: [
        { role: "developer", content: [{ type: "text", text: "Be." }] },
        user([{ type: "text", text: "a" }]),
      ],
    },
  ],
  [
    "tool_calls: [] in the history",
    { messages: [...messages, { role: "assistant", content: "Hi", tool_calls: [] }, user("b")] },
  ],
  [
    "arguments: null and content: null in the history",
    {
      messages: [
        ...messages,
        { role: "assistant", content: null, tool_calls: [call("a", null)] },
        { role: "tool", tool_call_id: "a", content: "1" },
      ],
    },
  ],
  ["text that looks like control tokens", { messages: [user("<|im_end|><|endoftext|></s>")] }],
  ["a lone surrogate", { messages: [user("\ud800 a")] }],
];
for (const [name, body] of accepted) {
  test.serial(`accepted: ${name}`, async (t) => {
    const response = await host.post(CHAT, { ...body, max_tokens: 2 });
    t.is(response.status, 200, await response.clone().text());
  });
}

test.serial("a body of another content type is refused: pages of strangers could send it", async (t) => {
  const response = await host.post(CHAT, { messages }, { headers: { "content-type": "text/plain" } });
  t.is(response.status, 415);
});

test.serial("a body that is not UTF-8 is refused", async (t) => {
  const body = Buffer.concat([
    Buffer.from('{"messages":[{"role":"user","content":"'),
    Buffer.from([0xc3, 0x28]),
    Buffer.from('"}]}'),
  ]);
  const response = await fetch(`${host.url}${CHAT}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });
  t.is(response.status, 400);
  t.is(((await response.json()) as ErrorBody).error.code, "invalid_utf8");
});

test.serial("deep nesting is refused", async (t) => {
  for (const deep of [
    "[".repeat(100_000) + "]".repeat(100_000),
    '{"a":'.repeat(50_000) + "1" + "}".repeat(50_000),
  ]) {
    const tools = `[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":${deep}}}}]`;
    for (const body of [
      deep,
      `{"messages":[{"role":"user","content":"a"}],"tools":${tools}}`,
      `{"messages":[{"role":"user","content":${deep}}]}`,
    ]) {
      const response = await host.post(CHAT, body);
      t.is(response.status, 400, await response.text());
    }
  }
});

test.serial("a body in single bytes, characters split among packets, is read whole", async (t) => {
  const body = Buffer.from(JSON.stringify({ messages: [user("Grüße 🦜")], max_tokens: 1 }));
  const socket = connect(Number(new URL(host.url).port), "127.0.0.1").setNoDelay(true);
  socket.write(
    `POST ${CHAT} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n`,
  );
  for (const byte of body) {
    socket.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
  let answer = "";
  for await (const chunk of socket) answer += String(chunk);
  t.regex(answer, /^HTTP\/1\.1 200 /u);
});

test.serial("an error before the first token of a stream is a status, not an event", async (t) => {
  const response = await host.post(CHAT, { messages: [user("x y ".repeat(2 ** 17))], stream: true });
  t.is(response.status, 400);
});

test.serial("a stream ends with [DONE]", async (t) => {
  const events = await eventsOf(await host.post(CHAT, { messages, stream: true, max_tokens: 2 }));
  t.is(events.at(-1), "[DONE]");
});
