// An agent of LangChain, callbacks, aborts, and a trained head's place in it.
import { HumanMessage, ToolMessage } from "@langchain/core/messages";
import { tool } from "@langchain/core/tools";
import test from "ava";
import { createAgent } from "langchain";
import { z } from "zod";
import { createEngine, type Engine, type Model } from "../../../src/index.js";
import { ChatToolken } from "../../../src/integrations/langchain/index.js";
import { Recorder } from "../../support/langchain-recorder.js";
import { loadTestModel, models } from "../../support/models.js";

let model: Model;
let engine: Engine;
test.before(async () => {
  model = await loadTestModel(models.nano);
  engine = await createEngine(model, { parallel: 1, contextSize: 4096 });
});
test.after.always(async () => {
  await engine.dispose();
  await model.dispose();
});

test.serial("createAgent calls a tool and answers", async (t) => {
  const asked: unknown[] = [];
  const weather = tool(
    (input) => {
      asked.push(input);
      return "rain";
    },
    { name: "weather", description: "The weather", schema: z.object({ city: z.enum(["Oslo", "Paris"]) }) },
  );
  const chat = new OneCall({ engine, maxTokens: 12 });
  const agent = createAgent({ model: chat, tools: [weather] });
  const { messages } = await agent.invoke({ messages: [new HumanMessage("Weather in Oslo?")] });
  t.deepEqual(
    messages.map(({ type }) => type),
    ["human", "ai", "tool", "ai"],
  );
  t.is(asked.length, 1);
  t.is((messages[2] as ToolMessage).content, "rain");
  t.not(messages[3]!.text, "");
});

/** The embedded model calls no tool by itself: the first answer has to, those after a result must not. */
class OneCall extends ChatToolken {
  override _generate(
    ...[messages, options]: Parameters<ChatToolken["_generate"]>
  ): ReturnType<ChatToolken["_generate"]> {
    const tool_choice = messages.some((message) => ToolMessage.isInstance(message)) ? "none" : "any";
    return super._generate(messages, { ...options, tool_choice });
  }
}

test.serial("callbacks get each token and the usage", async (t) => {
  const recorder = new Recorder();
  const callbacks = [recorder];
  await new ChatToolken({ engine, maxTokens: 8 }).invoke("Hello", { callbacks });
  const whole = recorder.usage as { readonly totalTokens: number };
  t.true(whole.totalTokens > 8);
  let text = "";
  for await (const chunk of await new ChatToolken({ engine, maxTokens: 8 }).stream("Hello", { callbacks })) {
    text += chunk.text;
  }
  t.is(recorder.tokens.join(""), text);
  t.deepEqual(recorder.usage, whole);
});

test.serial("an abort ends a call, and a left stream ends its run", async (t) => {
  const chat = new ChatToolken({ engine, maxTokens: 400, maxRetries: 0 });
  await t.throwsAsync(chat.invoke("Hello", { signal: AbortSignal.abort() }));
  const controller = new AbortController();
  await t.throwsAsync(
    async () => {
      for await (const chunk of await chat.stream("Hello", { signal: controller.signal })) {
        if (chunk.text !== "") controller.abort();
      }
    },
    { any: true },
  );
  for await (const chunk of await chat.stream("Hello")) if (chunk.text !== "") break;
  // The engine has one run at a time: it is free again.
  t.not((await new ChatToolken({ engine, maxTokens: 4 }).invoke("Hello")).text, "");
});

test("what a call is traced as", (t) => {
  const chat = new ChatToolken({ engine, model: "mine", temperature: 0.5 });
  t.like(chat.getLsParams({}), { ls_provider: "toolken", ls_model_name: "mine", ls_temperature: 0.5 });
  t.is(chat.getName(), "ChatToolken");
});
