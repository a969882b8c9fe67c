// Conversations that are hostile or make no sense: each is refused with a code, and the engine answers the next one.
import test from "ava";
import {
  createEngine,
  defineTool,
  type Engine,
  type MessageInput,
  type Model,
  ToolHead,
  ToolkenError,
} from "../../../src/index.js";
import { rejectsWith } from "../../support/errors.js";
import { loadTestModel, models } from "../../support/models.js";

const CONTEXT = 1024;
const user = (content: unknown): MessageInput => ({ role: "user", content });
const ping = defineTool({
  name: "ping",
  description: "Answers.",
  parameters: { type: "object", properties: {}, additionalProperties: false },
  execute: () => "pong",
});

let model: Model;
let engine: Engine;
test.before(async () => {
  model = await loadTestModel(models.nano);
  engine = await createEngine(model, { tools: [ping], parallel: 1, contextSize: CONTEXT });
});
test.after.always(async () => {
  await engine.dispose();
  await model.dispose();
});

const answers = async (): Promise<string> =>
  (
    await engine.generate({
      messages: [user("Hello?")] as MessageInput[],
      toolChoice: "none",
      maxOutputTokens: 2,
    })
  ).finishReason;

function nested(depth: number): unknown {
  let value: unknown = "x";
  for (let i = 0; i < depth; i++) value = [value];
  return value;
}
const called = (input: unknown): MessageInput[] => [
  user("Call."),
  { role: "assistant", toolCalls: [{ toolCallId: "a", toolName: "ping", input }] },
];

const refused = test.macro<[() => readonly MessageInput[], string, RegExp]>({
  exec: async (t, messages, code, pattern) => {
    await rejectsWith(
      t,
      engine.generate({ messages: messages(), maxOutputTokens: 2 }),
      code as "IO",
      pattern,
    );
    t.is(await answers(), "length");
  },
  title: (what) => `refused: ${what ?? ""}`,
});
const many = (count: number): MessageInput[] =>
  Array.from({ length: count }, (_, i) => ({ role: i % 2 === 0 ? "user" : "assistant", content: "word" }));

test.serial("100,000 messages", refused, () => many(100_001), "CONTEXT_FULL", /tokens/);
test.serial("a text of 10 MB", refused, () => [user("word ".repeat(2 * 2 ** 20))], "CONTEXT_FULL", /tokens/);
test.serial(
  "10 MB of control tokens",
  refused,
  () => [user("<|im_end|>".repeat(2 ** 20))],
  "CONTEXT_FULL",
  /tokens/,
);
test.serial(
  "input nested a hundred thousand times",
  refused,
  () => called(nested(1e5)),
  "MESSAGE_INVALID",
  /JSON/,
);
test.serial(
  "content nested in arrays",
  refused,
  () => [user(nested(1e5))],
  "INVALID_ARGUMENT",
  /content\[0\]/,
);
test.serial("a BigInt as input", refused, () => called(1n), "MESSAGE_INVALID", /JSON/);
test.serial("an unknown role", refused, () => [{ role: "robot", content: "" }], "INVALID_ARGUMENT", /role/);
test.serial("no message", refused, () => [], "INVALID_ARGUMENT", /messages/);

test.serial("input nested a thousand times is read", async (t) => {
  const messages = [
    ...called(nested(1000)),
    { role: "tool", toolCallId: "a", content: "pong" },
    user("Thanks."),
  ];
  await rejectsWith(t, engine.generate({ messages }), "CONTEXT_FULL", /tokens/);
  t.is(await answers(), "length");
});

test.serial("lone surrogates, NUL and private characters are text", async (t) => {
  const content = "a\ud800b\udc00c\u0000d\ue000e\ue001\ufffe";
  const { finishReason } = await engine.generate({
    messages: [{ role: "system", content }, user(content)] as MessageInput[],
    toolChoice: "none",
    maxOutputTokens: 2,
  });
  t.is(finishReason, "length");
});

test.serial("a conversation without room fails before any compute, with both numbers", async (t) => {
  await engine.generate({
    messages: [user("Hello?")] as MessageInput[],
    toolChoice: "none",
    maxOutputTokens: 2,
  });
  const error = await t.throwsAsync(
    engine.generate({ messages: [user("word ".repeat(CONTEXT))] as MessageInput[] }),
  );
  t.true(error instanceof ToolkenError);
  const { promptTokens, contextSize } = error as unknown as { promptTokens: number; contextSize: number };
  t.true(promptTokens > CONTEXT && contextSize === CONTEXT);
  t.regex(error.message, new RegExp(`${promptTokens}.*${CONTEXT}`));
  // Nothing was decoded: the conversation before it is still there.
  const { usage } = await engine.generate({
    messages: [user("Hello?")] as MessageInput[],
    toolChoice: "none",
    maxOutputTokens: 2,
  });
  t.is(usage.details.promptTokens, 1);
});

test.serial("two tools of one name, and a head whose rows are other tools", async (t) => {
  await rejectsWith(t, createEngine(model, { tools: [ping, ping] }), "INVALID_ARGUMENT", /ping/);
  await rejectsWith(
    t,
    engine.generate({ messages: [user("Hello?")] as MessageInput[], tools: [ping, ping] }),
    "INVALID_ARGUMENT",
    /ping/,
  );
  const dimension = model.facts.embeddingLength;
  const head = ToolHead.create({ tools: ["pong"], weights: new Float32Array(dimension), dimension });
  await rejectsWith(t, createEngine(model, { head, tools: [ping] }), "UNKNOWN_TOOL", /ping/);
});

test.serial("a template that throws, loops, is no template or has 10 MB", async (t) => {
  const templates: [string, RegExp][] = [
    ["{{ raise_exception('no') }}", /no/],
    ["{% for a in range(100000) %}{% for b in range(100000) %}{% endfor %}{% endfor %}", /5000 ms|memory/],
    ["{% for %}", /template/],
    [" ".repeat(10 * 2 ** 20), /limit/],
  ];
  for (const [chatTemplate, pattern] of templates) {
    await using other = await createEngine(model, { contextSize: 512, parallel: 1, chatTemplate });
    const messages = [user("Hello?")] as MessageInput[];
    await rejectsWith(t, other.generate({ messages }), "CHAT_TEMPLATE_FAILED", pattern);
    // Prompts need no template.
    t.is((await other.generate({ prompt: "Hello?", maxOutputTokens: 1 })).finishReason, "length");
  }
});

test.serial("an abort at any step leaves the chat's messages", async (t) => {
  const chat = engine.chat({
    system: "Be brief.",
    toolChoice: { toolName: "ping" },
    maxOutputTokens: 2,
    maxSteps: 2,
  });
  const kinds = new Set<string>();
  for (const steps of [0, 1, 2, 3, 5, 8]) {
    const controller = new AbortController();
    let seen = 0;
    try {
      if (steps === 0) controller.abort();
      for await (const part of chat.stream(`Message ${steps}.`, { signal: controller.signal })) {
        kinds.add(part.type);
        if (++seen === steps) controller.abort();
      }
    } catch (error) {
      t.is((error as ToolkenError).code, "ABORTED");
    }
    // Nothing is lost, and what stays is a conversation: the next message is accepted.
    const texts = chat.messages.map(({ content }) => content).join("\n");
    t.true(texts.includes(`Message ${steps}.`) && texts.includes("Message 0."));
  }
  t.true(kinds.has("tool-call") && kinds.has("tool-result"));
});
