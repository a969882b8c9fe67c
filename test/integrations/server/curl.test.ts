// What curl sees: headers, a body, a stream, and an error's status.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import test from "ava";
import { type ErrorBody, startServer, type TestServer } from "../../support/server.js";

const run = promisify(execFile);
const messages = [{ role: "user", content: "Say hello." }];

let host: TestServer;
test.before(async () => {
  host = await startServer();
});
test.after.always(() => host.close());

async function curl(path: string, body: object, ...flags: string[]): Promise<string> {
  const json = ["-H", "Content-Type: application/json", "-d", JSON.stringify(body)];
  const { stdout } = await run("curl", ["--silent", "--show-error", ...flags, ...json, `${host.url}${path}`]);
  return stdout;
}

test.serial("an answer", async (t) => {
  const text = await curl("/v1/chat/completions", { messages, max_tokens: 6 });
  const { choices } = JSON.parse(text) as { choices: { message: { content: string } }[] };
  t.is(typeof choices[0]!.message.content, "string");
});

test.serial("a stream, event by event", async (t) => {
  const text = await curl(
    "/v1/chat/completions",
    { messages, max_tokens: 6, stream: true },
    "--no-buffer",
    "-i",
  );
  t.regex(text, /^HTTP\/1\.1 200/u);
  t.regex(text, /^content-type: text\/event-stream/imu);
  const events = text.slice(text.indexOf("\r\n\r\n") + 4).split("\n\n");
  t.is(events.at(-2), "data: [DONE]");
  for (const event of events.slice(0, -2))
    t.notThrows(() => JSON.parse(event.slice("data: ".length)) as unknown);
});

test.serial("an error has its status and OpenAI's shape", async (t) => {
  const text = await curl("/v1/chat/completions", { messages: "hello" }, "-w", "\n%{http_code}");
  const [body, status] = text.split("\n");
  t.is(status, "400");
  t.is((JSON.parse(body!) as ErrorBody).error.param, "messages");
});
