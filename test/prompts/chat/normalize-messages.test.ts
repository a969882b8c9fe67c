import test from "ava";
import { normalizeMessages } from "../../../src/prompts/chat/normalize-messages.js";
import { ToolkenError, type MessageInput } from "../../../src/index.js";

const user = { role: "user", content: "Weather in Oslo?" } as const;
const call = { toolCallId: "call_0", toolName: "weather", input: { city: "Oslo" } };
const expected = [
  user,
  { role: "assistant", content: "", toolCalls: [call] },
  { role: "tool", toolCallId: "call_0", toolName: "weather", content: '{"sky":"rain"}' },
];

const same = test.macro<[readonly MessageInput[], unknown?]>({
  exec: (t, messages, result = expected) => {
    t.deepEqual(normalizeMessages(messages), result as never);
  },
  title: (what) => `read: ${what ?? ""}`,
});

test("its own form", same, expected as MessageInput[]);
test("AI SDK's content parts", same, [
  { role: "user", content: [{ type: "text", text: "Weather in Oslo?" }] },
  { role: "assistant", content: [{ type: "tool-call", ...call }] },
  {
    role: "tool",
    content: [
      {
        type: "tool-result",
        toolCallId: "call_0",
        toolName: "weather",
        output: { type: "json", value: { sky: "rain" } },
      },
    ],
  },
]);
test("OpenAI's fields", same, [
  user,
  {
    role: "assistant",
    content: null,
    tool_calls: [
      { id: "call_0", type: "function", function: { name: "weather", arguments: '{"city":"Oslo"}' } },
    ],
  } as MessageInput,
  { role: "tool", tool_call_id: "call_0", content: '{"sky":"rain"}' } as MessageInput,
]);
test(
  "an empty list of calls, null arguments",
  same,
  [
    user,
    { role: "assistant", content: "Hello.", tool_calls: [] } as MessageInput,
    { role: "user", content: "And now?" },
    {
      role: "assistant",
      tool_calls: [{ id: "a", function: { name: "now", arguments: null } }],
    } as MessageInput,
  ],
  [
    user,
    { role: "assistant", content: "Hello." },
    { role: "user", content: "And now?" },
    { role: "assistant", content: "", toolCalls: [{ toolCallId: "a", toolName: "now", input: {} }] },
  ],
);
test(
  "two system messages, two user messages in a row",
  same,
  [
    { role: "system", content: "A" },
    user,
    { role: "user", content: "Please." },
    { role: "developer", content: "B" },
  ],
  [
    { role: "system", content: "A\n\nB" },
    { role: "user", content: "Weather in Oslo?\n\nPlease." },
  ],
);

test(
  "several results in one message, outputs of AI SDK",
  same,
  [
    user,
    {
      role: "assistant",
      content: [
        { type: "reasoning", text: "Two cities." },
        { type: "text", text: "I look." },
        { type: "tool-call", ...call },
        { type: "tool-call", ...call, toolCallId: "call_1" },
      ],
    },
    {
      role: "tool",
      content: [
        {
          type: "tool-result",
          toolCallId: "call_1",
          toolName: "weather",
          output: { type: "error-text", value: "no" },
        },
        {
          type: "tool-result",
          toolCallId: "call_0",
          toolName: "weather",
          output: { type: "content", value: [{ type: "text", text: "rain" }] },
        },
      ],
    },
  ],
  [
    user,
    { role: "assistant", content: "I look.", toolCalls: [call, { ...call, toolCallId: "call_1" }] },
    { role: "tool", toolCallId: "call_1", toolName: "weather", content: "no" },
    { role: "tool", toolCallId: "call_0", toolName: "weather", content: "rain" },
  ],
);
test("results by name, calls without ids, and OpenAI's first form", same, [
  user,
  {
    role: "assistant",
    content: null,
    function_call: { name: "weather", arguments: '{"city":"Oslo"}' },
  } as MessageInput,
  { role: "function", name: "weather", content: '{"sky":"rain"}' } as MessageInput,
]);
test("the same call id in two turns", same, [...expected, ...expected.slice(1)] as MessageInput[], [
  ...expected,
  ...expected.slice(1),
]);
test(
  "assistant messages in a row",
  same,
  [user, { role: "assistant", content: "I look." }, ...expected.slice(1)] as MessageInput[],
  [user, { role: "assistant", content: "I look.", toolCalls: [call] }, expected[2]],
);
test("a value as output", same, [
  ...expected.slice(0, 2),
  { role: "tool", toolCallId: "call_0", output: { sky: "rain" } },
] as MessageInput[]);

const refused = test.macro<[unknown, string, RegExp]>({
  exec: (t, messages, code, message) => {
    t.throws(() => normalizeMessages(messages as MessageInput[]), {
      instanceOf: ToolkenError,
      code,
      message,
    });
  },
  title: (what) => `refused: ${what ?? ""}`,
});

test("an empty conversation", refused, [], "INVALID_ARGUMENT", /messages/);
test("no array", refused, "Hello", "INVALID_ARGUMENT", /messages/);
test(
  "a system message alone",
  refused,
  [{ role: "system", content: "A" }],
  "INVALID_ARGUMENT",
  /user message/,
);
test(
  "an unknown role",
  refused,
  [{ role: "robot", content: "A" }],
  "INVALID_ARGUMENT",
  /messages\[0\]\.role/,
);
test("a message that is no object", refused, [null], "INVALID_ARGUMENT", /messages\[0\]/);
test("an image", refused, [{ role: "user", content: [{ type: "image" }] }], "INVALID_ARGUMENT", /text part/);
test(
  "a result without a call",
  refused,
  [user, { role: "tool", toolCallId: "x", content: "1" }],
  "MESSAGE_INVALID",
  /x/,
);
test(
  "arguments cut off",
  refused,
  [user, { role: "assistant", tool_calls: [{ id: "a", function: { name: "now", arguments: "{" } }] }],
  "MESSAGE_INVALID",
  /JSON/,
);
test(
  "a call id twice",
  refused,
  [user, { role: "assistant", toolCalls: [call, call] }],
  "MESSAGE_INVALID",
  /twice/,
);
test(
  "a second result of a call",
  refused,
  [...expected, { role: "tool", toolCallId: "call_0", content: "1" }],
  "MESSAGE_INVALID",
  /call_0/,
);
test(
  "a result after the user's next message",
  refused,
  [...expected.slice(0, 2), user, expected[2]],
  "MESSAGE_INVALID",
  /messages\[3\]/,
);
test("a part that is null", refused, [{ role: "tool", content: [null] }], "MESSAGE_INVALID", /messages\[0\]/);
test(
  "a call in a user's message",
  refused,
  [{ role: "user", content: [{ type: "tool-call", ...call }] }],
  "INVALID_ARGUMENT",
  /text part/,
);
const cycle: Record<string, unknown> = {};
cycle.self = cycle;
test(
  "a cycle as output",
  refused,
  [...expected.slice(0, 2), { role: "tool", toolCallId: "call_0", output: cycle }],
  "MESSAGE_INVALID",
  /JSON/,
);
test(
  "a cycle as input",
  refused,
  [user, { role: "assistant", toolCalls: [{ ...call, input: cycle }] }],
  "MESSAGE_INVALID",
  /JSON/,
);
