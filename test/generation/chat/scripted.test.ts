// What is made of a model's text: calls in other forms than its own, names of tools that there are not, repetitions.
import test from "ava";
import { defineTool, type Message, type Model } from "../../../src/index.js";
import { completionFormat } from "../../../src/prompts/chat/plain-format.js";
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
    const { result, streamed, parts } = await scriptedTurn(model, [weather], planOf(first), {
      maxOutputTokens: 2000,
    });
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
const LONG = "\n\nLet me see.".repeat(60);
test("after a long text", isCall, ` Well.${LONG}\n${json()}`, `Well.${LONG}`);
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
test("of such a tool after the rest of a tag", isText, ` >${json("get_time")}`, PROSE);
test("of such a tool with a name of several words", isText, ` ${json("Cat joke")}`, PROSE);
test("JSON that has a name", isText, ' {"name": "Ada", "age": 36}', ' {"name": "Ada", "age": 36}');
test("code", isText, " ```json\n[1, 2]\n```", " ```json\n[1, 2]\n```");
test("a brace in a line", isText, " a {b} c\n{d}\n\n", " a {b} c\n{d}\n\n");

for (const [name, before, after] of [
  ["after a blank line", " Well.\n\n", "And so on."],
  ["after a line", " Well.\n", "And so on."],
  ["after a sentence of several lines", " One.\nTwo.\n\n", "Three."],
  ["where nothing follows", " Well.", ""],
] as const) {
  test(`what stands before a call that is not made stays, with its tokens: ${name}`, async (t) => {
    // The line's end may be a token of its own, or one with what stands before it.
    const plan = (): string[] => [
      `${before}${json("get_time")}`,
      `${before}${after}`,
      `${before.trimEnd()}\n${after}`,
    ];
    const { result, streamed, parts } = await scriptedTurn(model, [weather], plan, { logprobs: true });
    t.deepEqual(result.toolCalls, []);
    t.is(streamed, result.text);
    t.true(result.text.startsWith(before.trimEnd()) && result.text.endsWith(after), result.text);
    const textOf = (tokens: readonly { readonly text: string }[] = []) =>
      tokens.map(({ text }) => text).join("");
    t.is(textOf(result.logprobs), result.text);
    for (const part of parts) if (part.type === "text-delta") t.is(textOf(part.logprobs), part.text);
  });
}

test("a step that says something beside a repeated call stays", async (t) => {
  const { result, streamed } = await scriptedTurn(model, [weather], (_, text) =>
    text.includes("<tool_response>\nrain") ? [` Again. ${call()}`, ` Again.${ANSWER}`] : [` ${call()}`],
  );
  const contents = result.messages!.map(({ content }) => content);
  t.is(contents.filter((content) => content.includes("Again.")).length, 3);
  t.is(result.text, ` Again.${ANSWER}`);
  t.is(streamed.split("Again.").length, 4);
});

test("repetitions up to the last step still end in an answer", async (t) => {
  const { result } = await scriptedTurn(
    model,
    [weather],
    (_, text) => (text.includes("<tool_response>\nrain") ? [` ${call()}`, ANSWER] : [` ${call()}`]),
    { maxSteps: 3 },
  );
  t.is(result.text, ANSWER);
  t.is(result.finishReason, "stop");
});

test("several calls of one step, or one of them", async (t) => {
  const time = defineTool({
    name: "get_time",
    description: "Time in a city.",
    inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
    execute: () => "noon",
  });
  const calls = [` ${call()}`, call("get_time"), call("get_time", "Rome")].join("\n");
  const plan = (_: string, text: string): string[] =>
    text.includes("<tool_response>\n") && text.includes("rain\n") ? [ANSWER] : [calls];
  const roles = async (parallelToolCalls: boolean): Promise<unknown[]> => {
    const { result } = await scriptedTurn(model, [weather, time], plan, { parallelToolCalls });
    const ids = result.toolCalls.map(({ toolCallId }) => toolCallId);
    t.is(new Set(ids).size, ids.length);
    return result.messages!.map(({ role }) => role);
  };
  t.deepEqual(await roles(true), ["assistant", "tool", "tool", "tool", "assistant"]);
  t.deepEqual(await roles(false), ["assistant", "tool", "assistant"]);
});

test("what was done before an abort stays, and calls that nobody waits for end quietly", async (t) => {
  const controller = new AbortController();
  const slow = (name: string) =>
    defineTool({
      name,
      description: "Takes long.",
      inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
      execute: async () => {
        setTimeout(() => {
          controller.abort();
        }, 50);
        await new Promise(() => undefined);
      },
    });
  const calls = ["get_weather", "slow_a", "slow_b"].map((name) => call(name)).join("\n");
  const turn = scriptedTurn(model, [weather, slow("slow_a"), slow("slow_b")], () => [` ${calls}`], {
    signal: controller.signal,
  });
  const error = await t.throwsAsync<Error & { messages: readonly Message[] }>(turn, { code: "ABORTED" });
  const results = error.messages.filter(({ role }) => role === "tool");
  t.deepEqual(
    results.map(({ content }) => content),
    ["rain", "Error: the call was aborted", "Error: the call was aborted"],
  );
});

test("with a response format and tools the model calls, or answers in the format", async (t) => {
  const format = {
    type: "json",
    schema: { type: "object", properties: { sky: { enum: ["rain"] } }, required: ["sky"] },
  } as const;
  const plan = (_: string, text: string): string[] =>
    text.includes("<tool_response>\nrain") ? ['{"sky": "rain"}'] : [` ${call()}`];
  const { result, streamed } = await scriptedTurn(model, [weather], plan, { responseFormat: format });
  t.is(result.toolCalls.length, 1);
  t.deepEqual(JSON.parse(result.text), { sky: "rain" });
  t.is(streamed.trim(), result.text.trim());
  t.true(result.usage.details.textTokens < 24);
});

test("an identical call is rejected once, and ends tool use the second time", async (t) => {
  const given: string[] = [];
  const { result, streamed } = await scriptedTurn(model, [weather], (turn, text) => {
    if (turn === "") given.push(text);
    // Once tool use has ended, the model still writes calls in every form.
    return [` ${call()}`, ` ${json()}`, ` Here:\n${json()}`, " Here:\nIt rains."];
  });
  t.is(result.toolCalls.length, 1);
  t.deepEqual(
    result.toolErrors.map(({ code }) => code),
    ["TOOL_REPEATED", "TOOL_REPEATED"],
  );
  t.is(result.text, " Here:\nIt rains.");
  t.is(streamed.trim(), result.text.trim());
  t.is(result.finishReason, "stop");
  // It reads what was wrong with the first repetition, and answers without either.
  const results = [...new Set(given)].map((text) => text.split("<tool_response>\n").length - 1);
  t.deepEqual(results, [0, 1, 2]);
  t.is(
    given.at(-1),
    given.find((text) => text.includes("rain")),
  );
  t.deepEqual(
    result.messages?.map(({ role }) => role),
    ["assistant", "tool", "assistant"],
  );
});

test("a head that decides for the same call again ends tool use, and nobody hears of it", async (t) => {
  const { result, streamed, parts } = await scriptedTurn(
    model,
    [weather],
    (_, text) => (text.includes("<tool_response>") ? [call(), ANSWER] : [call()]),
    { probe: decidingFor(9) },
  );
  t.deepEqual(
    result.messages?.map(({ role }) => role),
    ["assistant", "tool", "assistant"],
  );
  t.is(parts.filter(({ type }) => type === "tool-call").length, 1);
  t.is(parts.filter(({ type }) => type === "tool-input-start").length, 1);
  t.deepEqual(result.toolErrors, []);
  t.is(streamed, ANSWER);
  t.is(result.finishReason, "stop");
});

test("a head may decide for the same tool with other input", async (t) => {
  const { result } = await scriptedTurn(
    model,
    [weather],
    (_, text) => {
      const results = text.split("<tool_response>").length - 1;
      return results === 0 ? [call()] : results === 1 ? [call("get_weather", "Osaka")] : [call(), ANSWER];
    },
    { probe: decidingFor(9) },
  );
  t.deepEqual(
    result.toolCalls.map(({ input }) => (input as { city: string }).city),
    ["Oslo", "Osaka"],
  );
  t.is(result.text, ANSWER);
});

const STRICT = {
  type: "object",
  properties: { city: { type: "string", not: { const: "Rome" } } },
  required: ["city"],
} as const;
const strict = defineTool({
  name: "get_weather",
  description: "Current weather of a city.",
  inputSchema: STRICT,
  execute: () => "rain",
});
const forms = {
  "conversation without a head": () => ({}),
  "conversation with a head": () => ({ probe: decidingFor(1) }),
  "text to continue": () => ({ format: completionFormat(model), begins: "Question?" }),
};

for (const [form, settingsOf] of Object.entries(forms)) {
  /** Cities of the calls, in order; then the answer. */
  const writing =
    (...cities: readonly string[]) =>
    (turn: string, text: string): readonly string[] => {
      const city = cities[text.split("<tool_response>\n").length - 1];
      const at = Math.max(0, turn.lastIndexOf("<tool_call>"));
      const before = turn.includes("<tool_response>") ? turn : turn.slice(0, at);
      if (form === "text to continue") {
        const start = turn.lastIndexOf("</tool_response>\n") + "</tool_response>\n".length;
        const done = turn.includes("</tool_response>\n") ? turn.slice(0, start) : "";
        return [done + (city === undefined ? ANSWER : call("get_weather", city))];
      }
      return [before + (city === undefined ? ANSWER : call("get_weather", city))];
    };

  test(`${form}: input that the schema rejects is decoded once more, with the error visible`, async (t) => {
    const plan = writing("Rome", "Oslo");
    const { result, parts } = await scriptedTurn(model, [strict], plan, { ...settingsOf(), maxSteps: 2 });
    t.deepEqual(
      result.toolErrors.map(({ code, inputText }) => [code, inputText]),
      [["TOOL_ARGUMENTS_INVALID", '{"city": "Rome"}']],
    );
    const shown = result.messages?.find(({ role }) => role === "tool")?.content ?? "";
    t.regex(shown, /^Error: .*city/u);
    t.deepEqual(
      result.toolCalls.map(({ input }) => input),
      [{ city: "Oslo" }],
    );
    t.is(parts.filter(({ type }) => type === "tool-error").length, 1);
    t.is(result.text, ANSWER);
  });

  test(`${form}: input that is rejected again is an error that the model reads`, async (t) => {
    const plan = writing("Rome", "Rome");
    const { result } = await scriptedTurn(model, [strict], plan, settingsOf());
    t.deepEqual(result.toolCalls, []);
    t.deepEqual(
      result.messages?.map(({ role }) => role),
      ["assistant", "tool", "assistant", "tool", "assistant"],
    );
    t.is(result.text, ANSWER);
  });
}

/** A head that decides for the given number of calls; retries are no decisions. */
function decidingFor(calls: number) {
  let decisions = 0;
  const decide = () =>
    Promise.resolve([{ toolName: decisions++ < calls ? "get_weather" : null, probability: 1 }]);
  return { decide };
}

test("a head that decides for a call whose input was rejected ends tool use", async (t) => {
  const plan = (turn: string): readonly string[] =>
    [call("get_weather", "Rome"), ANSWER].slice(turn === "" ? 1 : 0);
  const { result } = await scriptedTurn(model, [strict], plan, { probe: decidingFor(9) });
  t.is(result.toolErrors.length, 2);
  t.is(result.text, ANSWER);
});

test("input that is decoded once more belongs to the same step, also where the caller executes", async (t) => {
  const given = defineTool({ name: "get_weather", description: "Weather.", inputSchema: STRICT });
  const plan = (_: string, text: string): readonly string[] => [
    call("get_weather", text.includes("<tool_response>") ? "Oslo" : "Rome"),
  ];
  const { result } = await scriptedTurn(model, [given], plan, { maxSteps: 1 });
  t.is(result.finishReason, "tool-calls");
  t.deepEqual(
    result.pendingToolCalls?.map(({ input }) => input),
    [{ city: "Oslo" }],
  );
});

test("with a head a tool's signature is read before its call, and does not stay", async (t) => {
  const read: string[] = [];
  const plan = (turn: string): readonly string[] => {
    read.push(turn);
    if (turn.includes("// Current weather")) return [turn.slice(0, turn.indexOf("<tool_call>")) + call()];
    return [ANSWER];
  };
  const settings = { documentation: "signature", maxSteps: 2 } as const;
  const { result } = await scriptedTurn(model, [weather], plan, { ...settings, probe: decidingFor(1) });
  t.deepEqual(result.toolCalls[0]?.input, { city: "Oslo" });
  t.is(result.text, ANSWER);
  t.true(read.some((turn) => /get_weather\(\{[\s\S]*city: string[\s\S]*\}\)\n<tool_call>/u.test(turn)));
  // The call stands by itself in what the answer is written after.
  t.is(read.filter((turn) => turn.startsWith("<tool_call>")).length, 1);
});

test("with a head no tool is documented unless it is asked for", async (t) => {
  const prompts: string[] = [];
  const plan = (_: string, text: string): readonly string[] => {
    prompts.push(text);
    return [ANSWER];
  };
  for (const documentation of [undefined, "none", "prompt"] as const) {
    const probe = decidingFor(0);
    await scriptedTurn(model, [weather], plan, { ...(documentation && { documentation }), probe });
    t.is(prompts.at(-1)!.includes("Current weather"), documentation === "prompt");
  }
});

test("calls that are taken back do not count, and a result is not repeated as it was read", async (t) => {
  const { result, streamed } = await scriptedTurn(
    model,
    [weather],
    (_, text) =>
      text.includes("<tool_response>\nrain")
        ? [` ${json()}`, json(), "<tool_response>\nrain", ANSWER]
        : [call()],
    { probe: decidingFor(1), maxOutputTokens: 30 },
  );
  t.is(result.text, ANSWER);
  t.is(streamed, ANSWER);
  t.is(result.finishReason, "stop");
  t.true(result.usage.details.textTokens <= 30);
});
