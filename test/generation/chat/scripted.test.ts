// What is made of a model's text: calls in other forms than its own, names of tools that there are not, repetitions.
import test from "ava";
import { defineTool, type Model } from "../../../src/index.js";
import { loadTestModel, models } from "../../support/models.js";
import { scriptedTurn } from "../../support/scripted-turn.js";

const weather = defineTool({
  name: "get_weather",
  description: "Current weather of a city.",
  inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  execute: () => "rain",
});
const call = (name = "get_weather", city = "Oslo"): string =>
  `<tool_call>\n{"name": "${name}", "arguments": {"city": "${city}"}}\n</tool_call>`;
const json = (name = "get_weather"): string => `{"name": "${name}", "arguments": {"city": "Oslo"}}`;
const ANSWER = " It rains.";
const PROSE = " I can't say.";

let model: Model;
test.before(async () => {
  model = await loadTestModel(models.nano);
});
test.after.always(() => model.dispose());

/** A model that writes `first`, goes on in its own syntax where that is begun, and answers the result. */
const planOf =
  (first: string, name = "get_weather") =>
  (turn: string, text: string): readonly string[] => {
    if (text.includes("<tool_response>\nrain")) return [ANSWER];
    const at = turn.indexOf("<tool_call>");
    return at < 0 ? [first, PROSE] : [turn.slice(0, at) + call(name)];
  };

const isCall = test.macro<[first: string, before?: string]>({
  async exec(t, first, before = "") {
    const { result, streamed, parts } = await scriptedTurn(model, [weather], planOf(first));
    t.deepEqual(
      result.toolCalls.map(({ toolName, input }) => [toolName, input]),
      [["get_weather", { city: "Oslo" }]],
    );
    t.is(result.text.trim(), ANSWER.trim());
    t.is(result.messages?.[0]?.content.trim(), before);
    t.is(streamed.replace(ANSWER, "").trim(), before);
    t.true(parts.some(({ type }) => type === "tool-input-delta"));
  },
  title: (form) => `a call: ${form!}`,
});

test("in its own syntax", isCall, ` ${call()}`);
test("without the tags", isCall, ` ${json()}`);
test("in a code block", isCall, ` \`\`\`json\n${json()}\n\`\`\``);
test("with the braces of a template's example", isCall, ` {${json()}}`);
test("in a list", isCall, ` [${json()}]`);
test(
  "in OpenAI's form",
  isCall,
  ' {"type": "function", "function": {"name": "get_weather", "arguments": {}}}',
);
test("in other tags", isCall, ` <tools>\n${json()}\n</tools>`);
test("after a text", isCall, ` Let me see.\n\`\`\`json\n${json()}\n\`\`\``, "Let me see.");

const isText = test.macro<[first: string, text: string]>({
  async exec(t, first, text) {
    const { result, streamed } = await scriptedTurn(model, [weather], planOf(first, "get_time"));
    t.deepEqual(result.toolCalls, []);
    t.deepEqual(result.toolErrors, []);
    t.is(result.text, text);
    t.is(streamed, text);
    t.is(result.usage.details.argumentTokens, 0);
  },
  title: (form) => `no call: ${form!}`,
});

test("of a tool that there is not", isText, ` ${call("get_time")}`, PROSE);
test("of such a tool without the tags", isText, ` ${json("get_time")}`, PROSE);
test("JSON that has a name", isText, ' {"name": "Ada", "age": 36}', ' {"name": "Ada", "age": 36}');
test("code", isText, " ```json\n[1, 2]\n```", " ```json\n[1, 2]\n```");
test("a brace in a line", isText, " a {b} c\n{d}\n\n", " a {b} c\n{d}\n\n");

test("an identical call is rejected once, and ends tool use the second time", async (t) => {
  const { result, streamed } = await scriptedTurn(model, [weather], (_, text) => {
    const results = text.split("<tool_response>\n").length - 1;
    // Once tool use has ended, the model still writes calls in every form.
    return results < 3
      ? [` ${call()}`]
      : [` ${call()}`, ` ${json()}`, ` Here:\n${json()}`, " Here:\nIt rains."];
  });
  t.is(result.toolCalls.length, 1);
  t.deepEqual(
    result.toolErrors.map(({ code }) => code),
    ["TOOL_REPEATED", "TOOL_REPEATED"],
  );
  t.is(result.text, " Here:\nIt rains.");
  t.is(streamed.trim(), result.text.trim());
  t.is(result.finishReason, "stop");
});
