// Prompts with tools and no head, on the embedded model: what is enforced holds all the same.
import test from "ava";
import { createEngine, defineTool, type Engine, type Model } from "../../../src/index.js";
import { rejectsWith } from "../../support/errors.js";
import { loadTestModel, models } from "../../support/models.js";

const prompt = "What is the weather in Oslo?";
const tool = (name: string) =>
  defineTool({
    name,
    description: `Describes ${name}.`,
    parameters: {
      type: "object",
      properties: { city: { enum: ["Oslo", "Paris"] } },
      required: ["city"],
      additionalProperties: false,
    },
    execute: (input) => ({ ...(input as object), sky: "rain" }),
  });
const tools = [tool("get_weather"), tool("get_time")];

let model: Model;
let engine: Engine;
test.before(async () => {
  model = await loadTestModel(models.nano);
  engine = await createEngine(model, { tools, parallel: 1, contextSize: 4096 });
});
test.after.always(async () => {
  await engine.dispose();
  await model.dispose();
});

test.serial("a chosen tool is called, and its result stands in the text", async (t) => {
  const { toolCalls, transcript, text, messages } = await engine.generate({
    prompt,
    toolChoice: { toolName: "get_weather" },
    maxSteps: 1,
  });
  const { toolName, input, output } = toolCalls[0]!;
  t.is(toolName, "get_weather");
  t.true(["Oslo", "Paris"].includes((input as { city: string }).city));
  t.deepEqual(output, { ...(input as object), sky: "rain" });
  t.is(transcript, `<get_weather>(${JSON.stringify(input)})=${JSON.stringify(output)}`);
  t.is(text, "");
  t.is(messages, undefined);
});

test.serial("a required call is one of the tools, and the text goes on after its result", async (t) => {
  const { toolCalls, text, transcript } = await engine.generate({
    prompt,
    toolChoice: "required",
    maxOutputTokens: 12,
    stopSequences: [],
  });
  t.true(toolCalls.length > 0);
  t.true(["get_weather", "get_time"].includes(toolCalls[0]!.toolName));
  t.true(transcript.startsWith(`<${toolCalls[0]!.toolName}>`));
  t.true(transcript.endsWith(text));
});

test.serial("no call where none is allowed", async (t) => {
  const { toolCalls, text } = await engine.generate({ prompt, toolChoice: "none", maxOutputTokens: 12 });
  t.deepEqual(toolCalls, []);
  t.not(text, "");
});

test.serial("what a head alone can do is refused, and so are tools that are unknown", async (t) => {
  await rejectsWith(t, engine.generate({ prompt, toolBias: 1 }), "INVALID_ARGUMENT", /head for toolBias/);
  await rejectsWith(t, engine.generate({ prompt, toolChoice: { toolName: "x" } }), "UNKNOWN_TOOL", /x/);
  await rejectsWith(t, engine.generate({ prompt: " " }), "INVALID_ARGUMENT", /prompt/);
});

const warningsOf = async (run: () => Promise<unknown>): Promise<string[]> => {
  const warnings: string[] = [];
  const listener = (warning: Error & { code?: string }): void => {
    if (warning.code === "TOOL_PROMPT_BUDGET") warnings.push(warning.message);
  };
  process.on("warning", listener);
  try {
    await run();
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    process.off("warning", listener);
  }
  return warnings;
};

test.serial(
  "tools that take more of the prompt than the budget: one warning names the command",
  async (t) => {
    const ask = {
      messages: [{ role: "user", content: prompt }],
      toolChoice: "none",
      maxOutputTokens: 1,
    } as const;
    t.deepEqual(await warningsOf(() => engine.generate(ask)), []);
    await using small = await createEngine(model, {
      tools,
      parallel: 1,
      contextSize: 4096,
      toolPromptBudget: 50,
    });
    const warnings = await warningsOf(async () => {
      await small.generate(ask);
      await small.generate(ask);
    });
    t.is(warnings.length, 1);
    t.regex(warnings[0]!, /list of 2 tools takes \d+ tokens .* \(50\).*toolken train --tools/);
    t.is(
      (await warningsOf(() => small.generate({ prompt, toolChoice: "none", maxOutputTokens: 1 }))).length,
      1,
    );
    await rejectsWith(
      t,
      createEngine(model, { toolPromptBudget: -1 }),
      "INVALID_ARGUMENT",
      /toolPromptBudget/,
    );
  },
);
