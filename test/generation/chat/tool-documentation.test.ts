// How much of a tool a conversation's prompt says, and what it makes of results that are no plain values.
import test from "ava";
import { createEngine, defineTool, type Engine, type Model, type Tool } from "../../../src/index.js";
import { loadTestModel, models } from "../../support/models.js";

const messages = [{ role: "user", content: "Go on." }] as const;
const inputSchema = { type: "object", properties: {}, additionalProperties: false };
const circular: Record<string, unknown> = {};
circular.self = circular;

let model: Model;
test.before(async () => {
  model = await loadTestModel(models.nano);
});
test.after.always(() => model.dispose());

test.serial("documentation: the prompt gets shorter, the call stays the same", async (t) => {
  const weather = defineTool({
    name: "get_weather",
    description: "Current weather of a city, with the sky and the temperature.",
    inputSchema: {
      type: "object",
      properties: { city: { enum: ["Oslo"], description: "Name of the city" }, unit: { enum: ["C", "F"] } },
      required: ["city"],
      additionalProperties: false,
    },
    execute: () => "rain",
  });
  const engine = await createEngine(model, { tools: [weather] });
  const tokens: number[] = [];
  for (const documentation of ["prompt", "signature", "none"] as const) {
    const { usage, toolCalls } = await engine.generate({
      messages,
      documentation,
      toolChoice: "required",
      maxSteps: 1,
    });
    tokens.push(usage.inputTokens);
    t.is((toolCalls[0]!.input as { city: string }).city, "Oslo");
  }
  t.true(tokens[0]! > tokens[1]! && tokens[1]! > tokens[2]!, tokens.join());
  await engine.dispose();
});

/** What comes of a call of a tool that returns, or does, something odd. */
const outcome = test.macro<[execute: () => unknown, expected: RegExp, code?: string, timeout?: number]>({
  async exec(t, execute, expected, code, timeout = 10_000) {
    const odd: Tool = defineTool({
      name: "odd",
      description: "Does odd things.",
      inputSchema,
      timeout,
      execute,
    });
    const engine: Engine = await createEngine(model, { tools: [odd], contextSize: 4096 });
    try {
      const answer = await engine.generate({
        messages,
        toolChoice: { toolName: "odd" },
        maxSteps: 1,
        maxOutputTokens: 40,
      });
      t.is(answer.toolErrors[0]?.code, code as never);
      const said = answer.messages?.find(({ role }) => role === "tool")?.content ?? "";
      t.regex(said, expected);
      t.true(said.length < 2100);
    } finally {
      await engine.dispose();
    }
  },
  title: (given) => `a tool ${given ?? ""}`,
});

const broken = (): never => {
  throw new Error("out of order");
};
const hangs = (): Promise<never> => new Promise(() => undefined);

test.serial("that throws", outcome, broken, /^Error: odd failed: out of order$/, "TOOL_FAILED");
test.serial("that hangs", outcome, hangs, /^Error: odd took longer than 50 ms$/, "TOOL_TIMEOUT", 50);
test.serial("of a megabyte", outcome, () => "x".repeat(2 ** 20), /… \[cut: 2000 of 1048576 characters\]$/);
test.serial("of undefined", outcome, () => undefined, /^null$/);
test.serial("of a Buffer", outcome, () => Buffer.from("bytes"), /^bytes$/);
test.serial("of a cycle", outcome, () => circular, /circular/, "TOOL_RESULT_INVALID");
test.serial("of a BigInt", outcome, () => 2n ** 64n, /^18446744073709551616$/);
