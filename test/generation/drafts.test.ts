// Arguments decoded with drafts are those of plain greedy decoding, one token after the other.
import test from "ava";
import { Batcher } from "../../src/generation/batcher.js";
import { createEngine, defineTool, mathTools, ToolHead, type Engine, type Model } from "../../src/index.js";
import { generateWordProblems } from "../../src/lab/word-problems/index.js";
import { loadTestModel, models } from "../support/models.js";

const room = Object.getOwnPropertyDescriptor(Batcher.prototype, "room")!;
/** Tokens of drafts that were right, of all calls. */
let decodes = 0;
const decodeAll = Reflect.get<Batcher, "decodeAll">(Batcher.prototype, "decodeAll");

let model: Model;
test.before(async () => {
  model = await loadTestModel(models.nano);
});
test.after.always(() => model.dispose());

/** Runs with and without drafts; the number of decodes of both. */
async function both<T>(run: () => Promise<T>): Promise<{ drafted: T; plain: T; decodes: [number, number] }> {
  Batcher.prototype.decodeAll = function (...args) {
    decodes++;
    return decodeAll.apply(this, args);
  };
  const counted = async (): Promise<[T, number]> => {
    decodes = 0;
    const result = await run();
    return [result, decodes];
  };
  try {
    const [drafted, few] = await counted();
    Object.defineProperty(Batcher.prototype, "room", { configurable: true, get: () => 0 });
    const [plain, many] = await counted();
    return { drafted, plain, decodes: [few, many] };
  } finally {
    Object.defineProperty(Batcher.prototype, "room", room);
    Batcher.prototype.decodeAll = decodeAll;
  }
}

test.serial("calls of word problems are the same, from fewer decodes", async (t) => {
  await using engine = await createEngine(model, { head: await ToolHead.load("nano"), tools: mathTools });
  const problems = generateWordProblems({ count: 80, seed: 11, split: "held-out" });
  const answers = async (): Promise<{ text: string; calls: number }[]> => {
    const all = [];
    for (const { question } of problems) {
      const { text, toolCalls } = await engine.generate({ prompt: question });
      all.push({ text, calls: toolCalls.length });
    }
    return all;
  };
  const { drafted, plain, decodes } = await both(answers);
  t.deepEqual(drafted, plain);
  t.true(plain.reduce((sum, { calls }) => sum + calls, 0) >= 80);
  t.log(`${decodes[0]} decodes with drafts, ${decodes[1]} without`);
  t.true(decodes[0] < decodes[1]);
});

const weather = defineTool({
  name: "get_weather",
  description: "Weather of a city.",
  parameters: {
    type: "object",
    properties: {
      city: { type: "string", maxLength: 6 },
      days: { type: "integer", minimum: 1, maximum: 300 },
      unit: { enum: ["celsius", "fahrenheit"] },
    },
    required: ["city", "days", "unit"],
    additionalProperties: false,
  },
  execute: () => "rain",
});

const CITIES = ["Oslo", "Paris", "New York", "Buenos Aires", "Köln", "São Paulo"];

async function inputs(engine: Engine): Promise<string[]> {
  const all = [];
  for (let i = 0; i < 120; i++) {
    const content = `What is the weather in ${CITIES[i % CITIES.length]} for the next ${i + 2} days?`;
    const { toolCalls } = await engine.generate({
      messages: [{ role: "user", content }],
      toolChoice: { toolName: "get_weather" },
      maxSteps: 1,
    });
    all.push(JSON.stringify(toolCalls.map(({ input }) => input)));
  }
  return all;
}

test.serial("calls with JSON are the same, from half of the decodes", async (t) => {
  await using engine = await createEngine(model, { tools: [weather], contextSize: 4096 });
  const { drafted, plain, decodes } = await both(() => inputs(engine));
  t.deepEqual(drafted, plain);
  t.log(`${decodes[0]} decodes with drafts, ${decodes[1]} without`);
  t.true(decodes[0] < 0.75 * decodes[1]);
});

test("a grammar's draft has what must come, a copy as far as it is accepted, and the end of a value", (t) => {
  const grammar = model.createGrammar(
    String.raw`root ::= "{\"city\":" " "? "\"" [A-Z] [a-z]{0,5} "\"" "," " "? "\"days\":" " "? [0-9]+ "}"`,
  );
  t.is(grammar.draft(true), '{"city": "');
  t.is(grammar.draft(false), '{"city":"');
  t.is(grammar.draft(true, "Oslo"), '{"city": "Oslo", "days": ');
  t.is(grammar.draft(true, "oslo"), '{"city": "');
  t.is(grammar.draft(false, ""), '{"city":"');
  t.is(grammar.draft(false, "Oslo!"), '{"city":"Oslo","days":');
  grammar.dispose();
});

test("drafts end where the text may end, and at a choice", (t) => {
  const grammar = model.createGrammar('root ::= "ab" ("cd" | "ce") "f"?');
  t.is(grammar.draft(true), "abc");
  t.is(grammar.draft(true, ""), "abc");
  grammar.dispose();
});
