// Keys, the queue, timeouts, disconnects, the end.
import test from "ava";
import { request } from "node:http";
import { connect } from "node:net";
import { type ErrorBody, eventsOf, startServer } from "../../support/server.js";

const CHAT = "/v1/chat/completions";
const messages = [{ role: "user", content: "Tell me a long story." }];
/** Nano ends no answer by itself under this grammar before its limit. */
const long = {
  messages,
  max_tokens: 2000,
  response_format: {
    type: "json_schema",
    json_schema: { schema: { type: "array", minItems: 900, items: { type: "integer" } } },
  },
};

test("a key is asked for, but not for the health", async (t) => {
  const host = await startServer({}, { apiKeys: ["a", "secret"] });
  t.teardown(host.close);
  t.is((await fetch(`${host.url}/health`)).status, 200);
  for (const authorization of [undefined, "Bearer wrong", "Basic secret", "Bearer "]) {
    const headers = {
      "content-type": "application/json",
      ...(authorization === undefined ? {} : { authorization }),
    };
    const response = await host.post(CHAT, { messages }, { headers });
    t.is(response.status, 401);
    t.is(((await response.json()) as ErrorBody).error.code, "invalid_api_key");
  }
  const response = await fetch(`${host.url}/v1/models`, { headers: { authorization: "Bearer secret" } });
  t.is(response.status, 200);
});

test("pages of other sites, and other names of this machine, are refused", async (t) => {
  const host = await startServer({}, { corsOrigins: ["https://friend.example"] });
  t.teardown(host.close);
  const headers = { "content-type": "application/json", origin: "https://evil.example" };
  const foreign = await host.post(CHAT, { messages }, { headers });
  t.is(foreign.status, 403);
  t.is(foreign.headers.get("access-control-allow-origin"), null);
  const friend = await host.post(
    CHAT,
    { messages, max_tokens: 1 },
    { headers: { ...headers, origin: "https://friend.example" } },
  );
  t.is(friend.status, 200);
  t.is(friend.headers.get("access-control-allow-origin"), "https://friend.example");
  const { port } = new URL(host.url);
  const status = await new Promise((resolve) => {
    request(
      { port, host: "127.0.0.1", path: "/v1/models", headers: { host: "evil.example" } },
      ({ statusCode }) => {
        resolve(statusCode);
      },
    ).end();
  });
  t.is(status, 403);
});

test("a health check without a host, as balancers send it in HTTP/1.0, is answered", async (t) => {
  const host = await startServer();
  t.teardown(host.close);
  const socket = connect(Number(new URL(host.url).port), "127.0.0.1");
  socket.end("GET /health HTTP/1.0\r\n\r\n");
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  t.regex(text, /^HTTP\/1\.1 200 OK\r\n/u);
});

test("no header allows other origins by default", async (t) => {
  const host = await startServer();
  t.teardown(host.close);
  const response = await fetch(`${host.url}/v1/models`, {
    method: "OPTIONS",
    headers: { origin: host.url, "access-control-request-method": "POST" },
  });
  t.is(response.headers.get("access-control-allow-origin"), null);
});

test("a full queue refuses with 429 and Retry-After, and takes requests again when it has emptied", async (t) => {
  const host = await startServer({ parallel: 1 }, { maxQueue: 1 });
  t.teardown(host.close);
  const controller = new AbortController();
  const running = [0, 1].map(() =>
    host
      .post(CHAT, long, { signal: controller.signal, headers: { "content-type": "application/json" } })
      .catch(() => undefined),
  );
  let response = await host.post(CHAT, { messages, max_tokens: 1 });
  // The two before it may not have arrived yet.
  while (response.status === 200) response = await host.post(CHAT, { messages, max_tokens: 1 });
  t.is(response.status, 429);
  t.true(Number(response.headers.get("retry-after")) >= 1);
  const { error } = (await response.json()) as ErrorBody;
  t.is(error.code, "queue_full");
  t.is(error.type, "rate_limit_error");
  controller.abort();
  await Promise.all(running);
  do response = await host.post(CHAT, { messages, max_tokens: 1 });
  while (response.status === 429);
  t.is(response.status, 200);
});

test("a request that takes too long ends with 504, in a stream with an error event", async (t) => {
  const host = await startServer({}, { requestTimeout: 300 });
  t.teardown(host.close);
  const response = await host.post(CHAT, long);
  t.is(response.status, 504);
  t.is(((await response.json()) as ErrorBody).error.code, "timeout");
  const streamed = await host.post(CHAT, { ...long, stream: true });
  // On a busy machine the time is over before the first token.
  const last = streamed.status === 200 ? (await eventsOf(streamed)).at(-1)! : await streamed.text();
  t.is((JSON.parse(last) as ErrorBody).error.code, "timeout");
});

for (const stream of [false, true]) {
  test(`a client that goes frees its place (stream: ${stream})`, async (t) => {
    const host = await startServer({ parallel: 1 });
    t.teardown(host.close);
    const controller = new AbortController();
    const headers = { "content-type": "application/json" };
    const gone = host.post(
      CHAT,
      { ...long, max_tokens: 100_000, stream },
      { signal: controller.signal, headers },
    );
    if (stream) {
      const reader = (await gone).body!.getReader();
      await reader.read();
      controller.abort();
      await t.throwsAsync(reader.read(), { any: true });
    } else {
      setTimeout(() => {
        controller.abort();
      }, 200);
      await t.throwsAsync(gone, { any: true });
    }
    // The only slot is free again, or this would wait for 100,000 tokens.
    const response = await host.post(CHAT, { messages, max_tokens: 1 });
    t.is(response.status, 200);
  });
}

test("a client that does not read holds up nobody", async (t) => {
  const host = await startServer({ parallel: 1 });
  t.teardown(host.close);
  const slow = await host.post(CHAT, { ...long, max_tokens: 200, stream: true });
  t.is((await host.post(CHAT, { messages, max_tokens: 1 })).status, 200);
  t.is((await eventsOf(slow)).at(-1), "[DONE]");
});

test("the end waits for running requests and refuses new ones", async (t) => {
  const host = await startServer();
  t.teardown(host.close);
  const running = await host.post(CHAT, { ...long, max_tokens: 50, stream: true });
  const closed = host.server.close();
  t.is((await host.server.fetch(new Request("http://127.0.0.1/health"))).status, 503);
  t.is((await eventsOf(running)).at(-1), "[DONE]");
  await closed;
  await t.throwsAsync(fetch(`${host.url}/health`));
});

test("the end does not wait for ever", async (t) => {
  const host = await startServer({}, { shutdownTimeout: 50 });
  t.teardown(host.close);
  const running = await host.post(CHAT, { ...long, max_tokens: 100_000, stream: true });
  await host.server.close();
  const last = (await eventsOf(running)).at(-1)!;
  t.is((JSON.parse(last) as ErrorBody).error.code, "shutting_down");
});
