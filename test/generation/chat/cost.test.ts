// What a turn with a call costs where a head decides: counted in tokens, for few tools and for many.
import test, { type ExecutionContext } from "ava";
import { createEngine, defineTool, type Model, type Tool, ToolHead } from "../../../src/index.js";
import { CHAT_FORM } from "../../../src/training/index.js";
import { loadTestModel, models } from "../../support/models.js";

/** Of the decision, and of the call's syntax with the tool's name. */
const MAX_PROBE = 8;
const MAX_SYNTAX = 20;
const messages = [{ role: "user", content: "Will it rain in Oslo?" }] as const;

function catalogue(count: number): Tool[] {
  const named = (name: string): Tool =>
    defineTool({
      name,
      description: `Does what ${name} says, for a city and at a time that are given.`,
      inputSchema: {
        type: "object",
        properties: { city: { enum: ["Oslo", "Paris"] } },
        required: ["city"],
        additionalProperties: false,
      },
    });
  return [named("get_weather"), ...Array.from({ length: count - 1 }, (_, i) => named(`tool_${i + 1}`))];
}

/** A head that always decides for the first tool. */
function headOf(model: Model, tools: readonly Tool[]): ToolHead {
  const { embeddingLength: dimension } = model.facts;
  return ToolHead.create({
    tools: tools.map(({ name }) => name),
    weights: new Float32Array(tools.length * dimension),
    dimension,
    bias: Float32Array.from(tools, (_, i) => (i === 0 ? 100 : 0)),
    decision: { ...CHAT_FORM, falsePositiveRate: null },
  });
}

async function costs(t: ExecutionContext, model: Model, count: number) {
  const tools = catalogue(count);
  await using engine = await createEngine(model, {
    tools,
    head: headOf(model, tools),
    parallel: 1,
    contextSize: 2048,
  });
  await using plain = await createEngine(model, { parallel: 1, contextSize: 2048 });
  const conversation = (await plain.generate({ messages, maxOutputTokens: 1 })).usage.details;
  const { usage, pendingToolCalls, messages: added = [] } = await engine.generate({ messages, maxSteps: 1 });
  t.is(pendingToolCalls?.[0]?.toolName, "get_weather");
  const { probeTokens: probe, argumentTokens, decodedTokens } = usage.details;
  const syntax = decodedTokens - conversation.promptTokens - probe - argumentTokens;
  // What was written is not computed again when the result comes.
  const result = { role: "tool", toolCallId: pendingToolCalls![0]!.toolCallId, content: "rain" };
  const answer = {
    messages: [...messages, ...added, result],
    toolChoice: "none",
    maxOutputTokens: 1,
  } as const;
  const { cachedTokens } = (await engine.generate(answer)).usage.details;
  t.true(cachedTokens >= conversation.promptTokens + syntax + argumentTokens);
  return { probe, syntax, argumentTokens };
}

const cost = test.macro<[path: string | undefined]>({
  async exec(t, path) {
    if (path === undefined) return t.pass("the model is not there");
    await using model = await loadTestModel(path);
    const few = await costs(t, model, 10);
    t.deepEqual(await costs(t, model, 1000), few);
    t.true(few.probe <= MAX_PROBE, `${few.probe} tokens of the decision`);
    t.true(few.syntax <= MAX_SYNTAX, `${few.syntax} tokens of syntax`);
  },
  title: (model) => `a turn with a call costs the same for 10 tools as for 1,000: ${model!}`,
});

test.serial("SmolLM2-135M", cost, models.smollm2);
