// A head that decides on requests, behind clients that know nothing of it: it is used where it has a row for each of
// a request's tools, and no tool is listed in the prompt then.
import { generateText, jsonSchema, stepCountIs, tool, type ToolSet } from "ai";
import test from "ava";
import { createEngine, defineTool, type Model, type ToolHead, trainHead } from "../../src/index.js";
import { toolken } from "../../src/integrations/ai-sdk/index.js";
import { createServer } from "../../src/integrations/server/index.js";
import { loadTestModel, models } from "../support/models.js";

const inputSchema = {
  type: "object" as const,
  properties: { city: { enum: ["Oslo", "Paris"] } },
  required: ["city"],
  additionalProperties: false,
};
const RAIN = "Will it rain in Oslo?";
const JOKE = "Tell me a joke.";

let model: Model;
let head: ToolHead;
test.before(async () => {
  model = await loadTestModel(models.nano);
  const weather = defineTool({ name: "get_weather", description: "Weather of a city", inputSchema });
  const alarm = defineTool({ name: "set_alarm", description: "Sets an alarm", inputSchema });
  head = await trainHead(model, {
    tools: [weather, alarm],
    data: [
      { id: "1", question: RAIN, tool: "get_weather" },
      { id: "2", question: "Wake me at 7.", tool: "set_alarm" },
    ],
    noTool: [JOKE, "Thank you."],
    writer: false,
    threads: 1,
    advanced: { weights: { real: 20, "no-tool": 20, "follow-up": 20 }, l2: 1e-6, folds: 0 },
  });
});
test.after.always(() => model.dispose());

test("AI SDK", async (t) => {
  await using engine = await createEngine(model, { head, parallel: 1, contextSize: 4096 });
  const of = (...names: string[]): ToolSet =>
    Object.fromEntries(
      names.map((name) => [name, tool({ description: name, inputSchema: jsonSchema(inputSchema) })]),
    );
  const ask = (prompt: string, tools: ToolSet) =>
    generateText({
      model: toolken(engine),
      stopWhen: stepCountIs(1),
      maxOutputTokens: 8,
      prompt,
      tools,
    });
  const called = await ask(RAIN, of("get_weather", "set_alarm"));
  t.deepEqual(
    called.toolCalls.map(({ toolName }) => toolName),
    ["get_weather"],
  );
  const silent = await ask(JOKE, of("get_weather", "set_alarm"));
  t.deepEqual(silent.toolCalls, []);
  const listed = await ask(JOKE, of("get_weather", "other"));
  t.true(listed.usage.inputTokens! > 2 * silent.usage.inputTokens!);
});

test("the server", async (t) => {
  await using engine = await createEngine(model, { head, parallel: 1, contextSize: 4096 });
  const server = createServer(engine, { maxOutputTokens: 8 });
  const tools = ["get_weather", "set_alarm"].map((name) => ({
    type: "function",
    function: { name, parameters: inputSchema },
  }));
  const ask = async (content: string): Promise<unknown> => {
    const body = JSON.stringify({ messages: [{ role: "user", content }], tools });
    const headers = { "content-type": "application/json" };
    const request = new Request("http://localhost/v1/chat/completions", { method: "POST", headers, body });
    const { choices } = (await (await server.fetch(request)).json()) as {
      choices: { message: { tool_calls?: { function: { name: string } }[] } }[];
    };
    return choices[0]!.message.tool_calls?.map((one) => one.function.name);
  };
  t.deepEqual(await ask(RAIN), ["get_weather"]);
  t.is(await ask(JOKE), undefined);
  await server.close();
});
