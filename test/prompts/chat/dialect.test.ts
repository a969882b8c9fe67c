// Templates that take messages in one way alone: each small template here has one such property of published ones.
import test from "ava";
import { defineTool, type Message, type Model } from "../../../src/index.js";
import { conversationFormat } from "../../../src/prompts/chat/conversation-format.js";
import { loadTestModel, models } from "../../support/models.js";

const weather = defineTool({
  name: "get_weather",
  description: "Qzx-described.",
  parameters: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  execute: () => "",
});
const call = (toolCallId: string, city: string) => ({ toolCallId, toolName: "get_weather", input: { city } });
const result = (toolCallId: string, content: string): Message => ({
  role: "tool",
  toolCallId,
  toolName: "get_weather",
  content,
});
const conversation: readonly Message[] = [
  { role: "system", content: "Be brief." },
  { role: "user", content: "Oslo and Rome?" },
  { role: "assistant", content: "", toolCalls: [call("call_0", "Oslo"), call("call_1", "Rome")] },
  result("call_0", "rain"),
  result("call_1", "sun"),
  { role: "assistant", content: "Rain and sun." },
  { role: "user", content: "Thanks." },
];
const PARTS = [
  "Be brief.",
  "Oslo and Rome?",
  "Oslo",
  "Rome",
  "rain",
  "sun",
  "Rain and sun.",
  "Thanks.",
  "described",
];

let model: Model;
test.before(async () => {
  model = await loadTestModel(models.nano);
});
test.after.always(() => model.dispose());

/** Messages with their calls and results, and the tools, as many templates write them. */
const HEAD = "{% for tool in tools or [] %}{{ tool | tojson }}\n{% endfor %}";
const body = (given = ""): string => `{% for m in messages %}${given}<|{{ m.role }}|>{{ m.content or "" }}
{%- for c in m.tool_calls or [] %}<call>{"name": "{{ c.function.name }}", "arguments": {{ c.function.arguments | tojson }}}</call>
{%- endfor %}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}`;
const SYNTAX = ['<call>{"name": "', '", "arguments": ', "}</call>"];
const GENERIC = ['<tool_call>\n{"name": "', '", "arguments": ', "}\n</tool_call>"];

const renders = test.macro<[string, readonly string[], RegExp?]>({
  exec: async (t, template, syntax, pattern) => {
    const format = await conversationFormat(model, template);
    const { open, middle, close } = format.syntax;
    t.deepEqual([open("call_0"), middle("call_0"), close("call_0")], [...syntax]);
    const text = await format.render(conversation, [weather]);
    t.deepEqual(
      PARTS.filter((part) => !text.includes(part)),
      [],
    );
    if (pattern !== undefined) t.regex(text, pattern);
    const question = await format.render(conversation.slice(1, 2), []);
    t.regex(question, /Oslo and Rome\?/u);
    t.notRegex(question, /get_weather|tool/u);
  },
  title: (what) => what ?? "",
});

test("a template with a place for everything", renders, HEAD + body(), SYNTAX);
test(
  "alternating roles (Gemma): results are the user's",
  renders,
  body(`{% if m.role not in ["user", "assistant"] or (m.role == "user") != (loop.index0 % 2 == 0) %}
{{ raise_exception("Conversation roles must alternate user/assistant/user/assistant/...") }}{% endif %}`),
  GENERIC,
  /<\|user\|>Be brief\.[^]*<tools>[^]*Oslo and Rome\?[^]*<tool_response>\nrain/u,
);
test(
  "no system message (Gemma 2, Mistral): its text opens the first user message",
  renders,
  HEAD + body('{% if m.role == "system" %}{{ raise_exception("System role not supported") }}{% endif %}'),
  SYNTAX,
  /<\|user\|>Be brief\.\n\nOslo and Rome\?<\|end\|>/u,
);
test(
  "a system message that is left out",
  renders,
  HEAD +
    body().replace(
      "<|{{ m.role }}|>",
      '{% if m.role == "system" %}{% continue %}{% endif %}<|{{ m.role }}|>',
    ),
  SYNTAX,
  /<\|user\|>Be brief\./u,
);
test(
  "ids of nine letters and digits (Mistral)",
  renders,
  HEAD +
    body(`{% for c in m.tool_calls or [] %}{% if c.id | length != 9 %}
{{ raise_exception("Tool call IDs should be alphanumeric strings with length 9!") }}{% endif %}{% endfor %}`),
  SYNTAX,
);
test(
  "one call in a message (Llama 3.1)",
  renders,
  HEAD +
    body(`{% if m.tool_calls is defined and m.tool_calls | length != 1 %}
{{ raise_exception("This model only supports single tool-calls at once!") }}{% endif %}`),
  SYNTAX,
  /Oslo"\}[^]*rain[^]*Rome"\}[^]*sun/u,
);
test(
  "the first call of a message alone (GigaChat)",
  renders,
  HEAD + body().replace("m.tool_calls or []", "(m.tool_calls or [])[:1]"),
  SYNTAX,
  /Oslo"\}[^]*rain[^]*Rome"\}[^]*sun/u,
);
test(
  "arguments as JSON text",
  renders,
  HEAD +
    body().replace(
      "{{ c.function.arguments | tojson }}",
      '{% if c.function.arguments is not string %}{{ raise_exception("text") }}{% endif %}{{ c.function.arguments }}',
    ),
  SYNTAX,
);
test(
  "null where a message has calls alone",
  renders,
  HEAD +
    body(
      '{% if m.tool_calls is defined and m.content is not none %}{{ raise_exception("content") }}{% endif %}',
    ),
  SYNTAX,
);
test(
  "tools that are undefined when there are none",
  renders,
  `{% if tools is defined and not tools %}{{ raise_exception("tools") }}{% endif %}${HEAD}${body()}`,
  SYNTAX,
);
test(
  "tools that are always a list",
  renders,
  `{% if tools is not iterable %}{{ raise_exception("tools") }}{% endif %}${HEAD}${body()}`,
  SYNTAX,
);
test(
  "functions and datetime (Firefunction)",
  renders,
  `{{ "Tools: " + functions + ". Today is " + datetime }}${body()}`,
  SYNTAX,
  /Tools: \[\{"type": "function"[^]*Today is \d{4}-\d\d-\d\d/u,
);
test(
  "tools without a place for results",
  renders,
  `${HEAD}${body().replace('{{ m.content or "" }}', '{{ "" if m.role == "tool" else m.content or "" }}')}`,
  GENERIC,
);
test("arguments without JSON", renders, HEAD + body().replace(" | tojson }}}", ".city }}}"), GENERIC);
test(
  "no place for tools at all",
  renders,
  "{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}",
  GENERIC,
);

const everyday = defineTool({
  name: "everyday",
  description: "Schemas as people write them.",
  parameters: {
    type: "object",
    properties: {
      city: { type: "string" },
      kind: { enum: ["a", "b"] },
      when: { type: ["string", "null"] },
      list: { type: "array", items: { type: "number" } },
      either: { anyOf: [{ type: "string" }, { type: "number" }] },
      free: {},
    },
  },
  execute: () => "",
});
const listed = test.macro<[string, RegExp]>({
  exec: async (t, each, pattern) => {
    const list = `{% for tool in tools or [] %}{{ tool | tojson }}
{%- for key, value in (tool.function.parameters.properties | items) %}\n{{ key }}: ${each}{% endfor %}{% endfor %}`;
    const format = await conversationFormat(model, list + body());
    t.regex(await format.render(conversation, [everyday]), pattern);
    t.is(format.syntax.open(""), SYNTAX[0]!);
  },
  title: (what) => what ?? "",
});

test(
  "schemas without type or description, in a template that reads both",
  listed,
  "{{ value.type + value.description | trim }}",
  /kind: string[^]*when: string[^]*list: array[^]*either: string[^]*free: any/u,
);
test(
  "a template that fails at a schema: the tools are listed in the system message, calls keep its syntax",
  listed,
  '{% if value.type == "array" %}{{ raise_exception("array") }}{% endif %}',
  /<\|system\|>Be brief\.[^]*<tools>[^]*everyday[^]*<call>\{"name": "tool name", "arguments": \{/u,
);
