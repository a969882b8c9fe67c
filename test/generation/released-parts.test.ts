// Streams whose consumer asks for nothing more, without returning them: their run ends and frees its slot.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import test from "ava";
import { createEngine, defineTool, type Engine, type Model } from "../../src/index.js";
import { rejectsWith } from "../support/errors.js";
import { loadTestModel, models } from "../support/models.js";

const messages = [{ role: "user", content: "What is the sum of 17 and 5?" }] as const;
const ping = defineTool({
  name: "ping",
  description: "Answers.",
  inputSchema: { type: "object", properties: {}, additionalProperties: false },
  execute: () => "pong",
});

let model: Model;
let engine: Engine;
test.before(async () => {
  model = await loadTestModel(models.nano);
  engine = await createEngine(model, { tools: [ping], parallel: 1, contextSize: 4096 });
});
test.after.always(async () => {
  await engine.dispose();
  await model.dispose();
});

const answers = async (): Promise<string> =>
  (await engine.generate({ messages, toolChoice: "none", maxOutputTokens: 2 })).finishReason;

for (const request of [{ messages }, { prompt: "What is the sum of 17 and 5?" }]) {
  const form = "prompt" in request ? "prompt" : "messages";

  test.serial(`${form}: an abort frees the slot of a stream that nobody asks any more`, async (t) => {
    const controller = new AbortController();
    const stream = engine.stream({ ...request, toolChoice: "none", signal: controller.signal });
    t.false((await stream.next()).done);
    controller.abort();
    t.is(await answers(), "length");
    // Whoever asks later reads how it ended.
    await rejectsWith(
      t,
      (async () => {
        for await (const part of stream) t.not(part.type, "finish");
      })(),
      "ABORTED",
    );
    t.true((await stream.next()).done);
  });

  test.serial(`${form}: a stream that was dropped frees its slot when it is collected`, async (t) => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    await (async () => {
      await engine.stream({ ...request, toolChoice: "none" }).next();
    })();
    const next = answers();
    const ended = new AbortController();
    void next.finally(() => {
      ended.abort();
    });
    for (let turn = 0; turn < 1000 && !ended.signal.aborted; turn++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    t.is(await next, "length");
  });
}

test.serial("an aborted chat keeps its finished steps, and answers again", async (t) => {
  const controller = new AbortController();
  const chat = engine.chat({ toolChoice: { toolName: "ping" }, maxOutputTokens: 4, maxSteps: 3 });
  const stream = chat.stream("Ping.", { signal: controller.signal });
  for (;;) {
    const next = await stream.next();
    if (next.done === true) return t.fail("no result");
    if (next.value.type === "tool-result") break;
  }
  await stream.next();
  controller.abort();
  t.is(await answers(), "length");
  t.deepEqual(chat.messages.map(({ role }) => role).slice(0, 3), ["user", "assistant", "tool"]);
  t.truthy(await chat.send("Again.", { toolChoice: "none" }));
});
