// The templates of published models: a conversation with everything in it comes out whole, and calls are written as the
// model was trained to write them.
import test from "ava";
import { defineTool, type Message, type Model } from "../../../src/index.js";
import type { AssistantMessage } from "../../../src/prompts/chat/messages.js";
import { conversationFormat } from "../../../src/prompts/chat/conversation-format.js";
import { unmarked } from "../../../src/prompts/chat/control-text.js";
import { llamaTemplates } from "../../support/llama-templates.js";
import { loadTestModel, models } from "../../support/models.js";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const tool = (name: string) =>
  defineTool({
    name,
    description: "Qzx-described.",
    parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    execute: () => "",
  });
const tools = [tool("get_weather"), tool("set_alarm")];
const call = (toolCallId: string, toolName: string, city: string) => ({
  toolCallId,
  toolName,
  input: { city },
});
const conversation: readonly Message[] = [
  { role: "system", content: "System-text." },
  { role: "user", content: "First-question?" },
  {
    role: "assistant",
    content: "",
    toolCalls: [call("call_0", "get_weather", "Oslo-input"), call("call_1", "set_alarm", "Rome-input")],
  },
  { role: "tool", toolCallId: "call_0", toolName: "get_weather", content: "First-result" },
  { role: "tool", toolCallId: "call_1", toolName: "set_alarm", content: "Second-result" },
  { role: "assistant", content: "First-answer." },
  { role: "user", content: "Second-question?" },
];
const TEXTS = [
  "System-text.",
  "First-question?",
  "Oslo-input",
  "Rome-input",
  "First-result",
  "Second-result",
].concat(["First-answer.", "Second-question?", "Qzx-described."]);

/** @huggingface/jinja does not know something in them. */
const UNREADABLE = new Set<string>(["ByteDance-Seed-OSS", "tencent-Hy3"]);

const SYNTAX: Readonly<Record<string, readonly [string, string, string]>> = {
  "Qwen-Qwen2.5-7B-Instruct": ['<tool_call>\n{"name": "', '", "arguments": ', "}\n</tool_call>"],
  "NousResearch-Hermes-3-Llama-3.1-8B-tool_use": [
    '<tool_call>\n{"name": "',
    '", "arguments": ',
    "}\n</tool_call>",
  ],
  "meta-llama-Llama-3.1-8B-Instruct": ['{"name": "', '", "parameters": ', "}"],
  "mistralai-Mistral-Nemo-Instruct-2407": [
    '[TOOL_CALLS][{"name": "',
    '", "arguments": ',
    ', "id": "abcdefghi"}]',
  ],
};

let folder: string;
let model: Model;
let templates: ReadonlyMap<string, string>;
test.before(async () => {
  folder = await mkdtemp(join(tmpdir(), "toolken-templates-"));
  templates = await llamaTemplates(folder);
  model = await loadTestModel(models.nano);
});
test.after.always(async () => {
  await model.dispose();
  await rm(folder, { recursive: true, force: true });
});

test("every template renders the whole conversation", async (t) => {
  for (const [name, source] of templates) {
    if (UNREADABLE.has(name)) continue;
    const format = await conversationFormat(model, source);
    const text = unmarked(await format.render(conversation, tools), model.tokenizer);
    t.deepEqual(
      TEXTS.filter((part) => !text.includes(part)),
      [],
      name,
    );
    await t.notThrowsAsync(format.render(conversation.slice(1, 2), []), name);
  }
});

test("calls in the syntax of the model", async (t) => {
  for (const [name, expected] of Object.entries(SYNTAX)) {
    const source = templates.get(name);
    if (source === undefined) continue;
    const { syntax } = await conversationFormat(model, source);
    t.deepEqual(
      [syntax.open("abcdefghi"), syntax.middle("abcdefghi"), syntax.close("abcdefghi")],
      [...expected],
      name,
    );
  }
});

test("a turn goes on where the one before it ended", async (t) => {
  const keeps = [
    "Qwen-Qwen2.5-7B-Instruct",
    "meta-llama-Llama-3.1-8B-Instruct",
    "google-gemma-2-2b-it",
    "microsoft-Phi-3.5-mini-instruct",
  ];
  const [system, user, called, result, , answer, again] = conversation;
  const { toolCalls } = called as AssistantMessage;
  const messages = [
    system!,
    user!,
    { ...called, toolCalls: toolCalls!.slice(0, 1) },
    result!,
    answer!,
    again!,
  ];
  for (const name of keeps) {
    const source = templates.get(name);
    if (source === undefined) continue;
    const format = await conversationFormat(model, source);
    for (const at of [2, 4]) {
      const before = await format.render(messages.slice(0, at) as Message[], tools);
      const after = await format.render(messages.slice(0, at + 2) as Message[], tools);
      t.true(after.startsWith(before), name);
      const rest = after.slice(before.length);
      t.not(format.turnEnd(rest, messages[at] as AssistantMessage), undefined, `${name}: ${rest}`);
    }
  }
});
