// 5,000 bodies made by changing good ones: the server answers each in the right shape, and goes on.
import test from "ava";
import { seededRandom } from "../../../src/utils/random.js";
import { type ErrorBody, startServer } from "../../support/server.js";

const BODIES = 5000;
const CHAT = "/v1/chat/completions";
const good: readonly (readonly [string, object])[] = [
  [
    CHAT,
    {
      model: "m",
      messages: [
        { role: "system", content: "Be." },
        { role: "user", content: [{ type: "text", text: "Hi" }] },
        {
          role: "assistant",
          content: null,
          tool_calls: [{ id: "a", type: "function", function: { name: "f", arguments: "{}" } }],
        },
        { role: "tool", tool_call_id: "a", content: "1" },
      ],
      tools: [
        {
          type: "function",
          function: {
            name: "f",
            description: "d",
            parameters: {
              type: "object",
              properties: { a: { type: "string", pattern: "^a$" } },
              required: ["a"],
            },
          },
        },
      ],
      tool_choice: "none",
      response_format: {
        type: "json_schema",
        json_schema: { name: "n", schema: { type: "object", properties: {} } },
      },
      stop: ["x"],
      seed: 1,
      temperature: 0,
      top_p: 1,
      n: 1,
      logprobs: true,
      top_logprobs: 1,
      stream_options: { include_usage: true },
    },
  ],
  ["/v1/completions", { prompt: "Hi", echo: false, stop: "x", n: 1, seed: 3 }],
  [
    "/v1/responses",
    {
      input: [
        { role: "user", content: [{ type: "input_text", text: "Hi" }] },
        { type: "function_call", call_id: "a", name: "f", arguments: "{}" },
        { type: "function_call_output", call_id: "a", output: "1" },
      ],
      tools: [{ type: "function", name: "f", parameters: { type: "object", properties: {} } }],
      tool_choice: "none",
      text: { format: { type: "json_object" } },
    },
  ],
];
const strange: readonly unknown[] = [
  null,
  true,
  -1,
  0,
  1.5,
  1e308,
  2 ** 53,
  "",
  " ",
  "{",
  "\u0000",
  "\ud800",
  "a".repeat(1000),
  [],
  {},
  [[]],
  [null],
  { type: "object" },
  { type: "function" },
  { $ref: "#" },
  { role: "user" },
  { __proto__: null },
  "__proto__",
];

test("5,000 changed bodies", async (t) => {
  // Answers are not the matter: no token is decoded where the context is full at once.
  const host = await startServer({ parallel: 1, contextSize: 256 }, { maxOutputTokens: 1 });
  t.teardown(host.close);
  const random = seededRandom(19);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const statuses = new Map<number, number>();
  for (let i = 0; i < BODIES; i++) {
    const [path, body] = pick(good);
    let text = JSON.stringify(changed(body, random, pick));
    if (random() < 0.05) text = text.slice(0, Math.floor(random() * text.length));
    const request = new Request(`http://127.0.0.1${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: text,
    });
    const response = await host.server.fetch(request);
    statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    const answer = await response.text();
    if (response.status === 200) continue;
    const { error } = JSON.parse(answer) as ErrorBody;
    const isShaped =
      response.status >= 400 && response.status < 500 && error.message !== "" && error.type !== "";
    if (!isShaped) return t.fail(`${response.status} for ${text}: ${answer}`);
  }
  t.log(Object.fromEntries(statuses));
  t.true((statuses.get(400) ?? 0) > BODIES / 4);
});

/** One to three fields at random places take another value, or go. */
function changed(body: object, random: () => number, pick: <T>(values: readonly T[]) => T): unknown {
  const copy = structuredClone(body);
  const count = 1 + Math.floor(random() * 3);
  for (let n = 0; n < count; n++) {
    const places: [holder: Record<string, unknown>, key: string][] = [];
    const walk = (value: unknown): void => {
      if (typeof value !== "object" || value === null) return;
      for (const key of Object.keys(value)) {
        places.push([value as Record<string, unknown>, key]);
        walk((value as Record<string, unknown>)[key]);
      }
    };
    walk(copy);
    if (places.length === 0) break;
    const [holder, key] = pick(places);
    if (random() < 0.2) Reflect.deleteProperty(holder, key);
    else holder[key] = structuredClone(pick(strange));
  }
  return copy;
}
