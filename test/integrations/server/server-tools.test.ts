// Tools of the server, metrics, and questions for the embedded head.
import test from "ava";
import { defineTool, mathTools, ToolHead } from "../../../src/index.js";
import { startServer } from "../../support/server.js";

const CHAT = "/v1/chat/completions";

test("the server's tools are executed, a request's tools are returned, and of one name the request's is meant", async (t) => {
  let executed = 0;
  const clock = defineTool({
    name: "clock",
    description: "The time.",
    inputSchema: { type: "object", properties: {}, additionalProperties: false },
    execute: () => {
      executed++;
      return "12:00";
    },
  });
  const host = await startServer({ tools: [clock] });
  t.teardown(host.close);
  const messages = [{ role: "user", content: "What time is it?" }];
  const choice = (name: string): object => ({ tool_choice: { type: "function", function: { name } } });
  interface Body {
    choices: {
      finish_reason: string;
      message: { content: string; tool_calls?: { function: { name: string } }[] };
    }[];
  }
  const own = await host.post(CHAT, { messages, max_tokens: 20, ...choice("clock") });
  const [answer] = ((await own.json()) as Body).choices;
  t.true(executed >= 1);
  t.is(answer!.message.tool_calls, undefined);
  const before = executed;
  const tool = (name: string): object => ({ type: "function", function: { name } });
  for (const name of ["clock", "other"]) {
    const response = await host.post(CHAT, { messages, tools: [tool(name)], ...choice(name) });
    const [returned] = ((await response.json()) as Body).choices;
    t.is(returned!.finish_reason, "tool_calls");
    t.is(returned!.message.tool_calls![0]!.function.name, name);
  }
  t.is(executed, before);
  const metrics = await (await fetch(`${host.url}/metrics`)).text();
  t.regex(metrics, /^toolken_requests_running 0$/mu);
  t.regex(metrics, /^toolken_requests_waiting 0$/mu);
  t.regex(metrics, /^toolken_kv_cache_usage_ratio 0\.\d+$/mu);
  t.regex(metrics, /^toolken_requests_total\{route="\/v1\/chat\/completions",status="200"\} 3$/mu);
  t.regex(metrics, /^toolken_request_duration_seconds_count 3$/mu);
});

test("a question without tools is the head's, in chat and in completions", async (t) => {
  const head = await ToolHead.load("nano");
  const tools = mathTools.filter(({ name }) => head.has(name));
  const host = await startServer({ head, tools, contextSize: undefined });
  t.teardown(host.close);
  const question = "What is 13,289 plus 7,899?";
  const chat = await host.post(CHAT, { messages: [{ role: "user", content: question }], max_tokens: 100 });
  const { choices } = (await chat.json()) as { choices: { message: { content: string } }[] };
  const completion = await host.post("/v1/completions", { prompt: [question, question], max_tokens: 100 });
  const { choices: texts } = (await completion.json()) as { choices: { text: string }[] };
  t.regex(choices[0]!.message.content, /21,?188/u);
  t.deepEqual(
    texts.map(({ text }) => text),
    [choices[0]!.message.content, choices[0]!.message.content],
  );
});
