// Text completions through the client of OpenAI: a question for the engine's general prompt.
import test from "ava";
import OpenAI from "openai";
import { mathTools, ToolHead } from "../../../src/index.js";
import { type ErrorBody, startServer, type TestServer } from "../../support/server.js";

const prompt = "What is 13,289 plus 7,899?";
const model = "any";
const max_tokens = 60;

let host: TestServer;
let client: OpenAI;
test.before(async () => {
  const head = await ToolHead.load("nano");
  const tools = mathTools.filter(({ name }) => head.has(name));
  host = await startServer({ head, tools, contextSize: undefined }, { maxOutputTokens: 60 });
  client = new OpenAI({ baseURL: `${host.url}/v1`, apiKey: "none", maxRetries: 0 });
});
test.after.always(() => host.close());

test.serial("an answer whose calls were made, with usage", async (t) => {
  const { object, choices, usage } = await client.completions.create({ model, prompt, max_tokens });
  t.is(object, "text_completion");
  const [choice] = choices;
  t.regex(choice!.text, /21,?188/u);
  t.is(choice!.finish_reason, "stop");
  t.is(choice!.logprobs, null);
  t.is(usage!.total_tokens, usage!.prompt_tokens + usage!.completion_tokens);
});

test.serial("a stream gives the same text, and usage in a last chunk without choices", async (t) => {
  const whole = await client.completions.create({ model, prompt, max_tokens });
  const stream = await client.completions.create({
    ...{ model, prompt, max_tokens },
    stream: true,
    stream_options: { include_usage: true },
  });
  const chunks = [];
  for await (const chunk of stream) chunks.push(chunk);
  t.is(chunks.map(({ choices }) => choices[0]?.text ?? "").join(""), whole.choices[0]!.text);
  t.is(new Set(chunks.map(({ id }) => id)).size, 1);
  const last = chunks.at(-1)!;
  t.deepEqual(last.choices, []);
  t.is(last.usage!.completion_tokens, whole.usage!.completion_tokens);
  t.deepEqual(
    chunks
      .flatMap(({ choices }) => choices.map((choice) => choice.finish_reason as string | null))
      .filter(Boolean),
    ["stop"],
  );
});

test.serial("n answers to each of several prompts, repeated by their seed", async (t) => {
  const request = {
    model,
    prompt: [prompt, "What is 2 plus 3?"],
    max_tokens: 8,
    n: 2,
    temperature: 2,
    seed: 5,
  };
  const [a, b] = [await client.completions.create(request), await client.completions.create(request)];
  t.deepEqual(
    a.choices.map(({ index }) => index),
    [0, 1, 2, 3],
  );
  t.deepEqual(
    a.choices.map(({ text }) => text),
    b.choices.map(({ text }) => text),
  );
});

test.serial("a stop sequence is cut off, and the prompt comes first where it shall", async (t) => {
  const { choices } = await client.completions.create({ model, prompt, max_tokens });
  const text = choices[0]!.text;
  const stop = text.slice(4, 8);
  const stopped = await client.completions.create({ model, prompt, max_tokens, stop, echo: true });
  t.is(stopped.choices[0]!.text, prompt + text.slice(0, text.indexOf(stop)));
});

test.serial("what has no effect is refused", async (t) => {
  for (const [field, value] of [
    ["logprobs", 2],
    ["suffix", "end"],
    ["best_of", 3],
  ] as const) {
    const response = await host.post("/v1/completions", { prompt, [field]: value });
    t.is(response.status, 400);
    t.is(((await response.json()) as ErrorBody).error.param, field);
  }
});
