// The reranker on one backend: hand-made rows after the embedded model's own head, with exact expected events.
import test, { type ExecutionContext } from "ava";
import {
  createEngine,
  defineTool,
  mathTools,
  ToolHead,
  type GenerateResult,
  type Model,
  type Reranker,
  type StreamPart,
  type CallSettings,
  type Tool,
  type Engine,
  type EngineOptions,
} from "../../src/index.js";
import { REJECT } from "../../src/reranker/reranker.js";
import { toolSet } from "../../src/tools/index.js";
import { loadAddon } from "../../src/native/load.js";
import { models, loadTestModel } from "../support/models.js";
import { along, hiddenStateOf, mixedRows, rerankerWith } from "../support/rerankers.js";

const QUESTION = "A reader reads 67 pages a day for 253 days. How many pages is that?";
const BEFORE_CALL = " It makes 253*67=";
const names = mathTools.map(({ name }) => name);
const tools = toolSet(mathTools);

type RerankEvent = Extract<StreamPart, { type: "rerank" }>;

/** Declares the tests for a backend; they are skipped where it has no device. */
export async function testRerankingOn(gpu: "cpu" | "vulkan"): Promise<void> {
  const devices = (await loadAddon()).devices();
  const check = devices.some(({ backend }) => backend === gpu) ? test.serial : test.serial.skip;
  const tolerance = gpu === "cpu" ? 0.02 : 0.1;
  let model: Model;
  let head: ToolHead;
  /** The three most probable tools of the call in {@link QUESTION}'s answer. */
  let best: readonly string[];
  /** h after their rerank prompt. */
  let h: Float32Array;
  if (check === test.serial) {
    test.before(async () => {
      model = await loadTestModel(models.nano, { gpu });
      head = await ToolHead.load("nano", { for: await model.identity() });
      best = await bestTools();
      h = await hiddenStateOf(model, tools, { candidates: best, question: QUESTION, text: BEFORE_CALL });
    });
    test.after.always(() => model.dispose());
  }

  const create = (reranker: Reranker | undefined, options: EngineOptions = {}): Promise<Engine> =>
    createEngine(model, { head, tools: mathTools, reranker, parallel: 1, ...options });

  const eventsOf = async (
    engine: Engine,
    options: CallSettings = {},
  ): Promise<{ events: StreamPart[]; reranks: RerankEvent[]; answer: GenerateResult }> => {
    const events: StreamPart[] = [];
    for await (const event of engine.stream({ prompt: QUESTION, ...options })) events.push(event);
    const reranks = events.filter((event): event is RerankEvent => event.type === "rerank");
    const last = events.at(-1);
    if (last?.type !== "finish") throw new Error("a run ends with its answer");
    return { events, reranks, answer: last.result };
  };

  /** Types and tools of the events that are not tokens. */
  const told = (events: readonly StreamPart[]): string[] =>
    events.flatMap((event) => {
      if (event.type === "rerank") return [`rerank ${event.tentative} → ${event.decision}`];
      if (event.type === "tool-call" || event.type === "tool-error")
        return [`${event.type} ${event.toolName}`];
      return event.type === "tool-result" ? [`tool-result ${event.toolName}`] : [];
    });

  async function bestTools(): Promise<string[]> {
    await using engine = await create(undefined);
    let outcomes: readonly string[] = [];
    for await (const event of engine.stream({ prompt: QUESTION, topCandidates: 64 })) {
      if (event.type === "candidates") outcomes = event.candidates.flatMap(({ tool }) => tool ?? []);
      if (event.type === "tool-call") return outcomes.slice(0, 3);
    }
    throw new Error("the golden question has a call");
  }

  const agree = (t: ExecutionContext, received: number, expected: number): void => {
    t.true(
      Math.abs(received - expected) < tolerance * Math.max(1, Math.abs(expected)),
      `${received}, ${expected}`,
    );
  };

  for (const placement of ["graph", "host"] as const) {
    check(`${gpu}: ${placement}, scores are those of the prompt decoded alone`, async (t) => {
      const reranker = rerankerWith(names, mixedRows(names, model.facts.embeddingLength));
      await using engine = await create(reranker, { advanced: { placement } });
      t.is(engine.headInGraph, placement === "graph");
      const { reranks, answer } = await eventsOf(engine);
      t.true(reranks.length >= 1);
      t.deepEqual(
        answer.reranks.map((rerank) => ({ type: "rerank", ...rerank })),
        reranks,
      );
      const [first] = reranks;
      t.is(first!.at, BEFORE_CALL.length);
      t.is(first!.tentative, "multiply");
      t.deepEqual(
        first!.candidates.map(({ tool }) => tool),
        best,
      );
      const expected = reranker.score(h, best);
      for (const [i, { score }] of first!.candidates.entries()) agree(t, score, expected[i]!);
      agree(t, first!.reject.score, expected[3]!);
      const winner = expected.indexOf(expected.reduce((high, score) => Math.max(high, score)));
      t.is(first!.decision, [...best, REJECT][winner]!);
    });
  }

  check(`${gpu}: candidates and their probabilities are the step's`, async (t) => {
    await using engine = await create(rerankerWith(names, { multiply: along(h, 50) }), { rerankTopK: 5 });
    const { events } = await eventsOf(engine, { topCandidates: 64 });
    const at = events.findIndex(({ type }) => type === "rerank");
    const [step, rerank] = [events[at - 1]!, events[at]!];
    if (step.type !== "candidates" || rerank.type !== "rerank") return t.fail("no step before the reranking");
    const fields = step.candidates.flatMap(({ tool, logit, probability }) =>
      tool === undefined ? [] : [{ tool, logit, probability }],
    );
    t.deepEqual(
      rerank.candidates.map(({ tool, logit, probability }) => ({ tool, logit, probability })),
      fields.slice(0, 5),
    );
    const tokens = step.candidates.filter(({ tool }) => tool === undefined);
    t.true(Math.abs(rerank.reject.probability - tokens.reduce((sum, p) => sum + p.probability, 0)) < 1e-6);
    t.deepEqual(told(events), ["rerank multiply → multiply", "tool-call multiply", "tool-result multiply"]);
  });

  check(`${gpu}: equal scores leave the head's choice`, async (t) => {
    await using plain = await create(undefined);
    await using engine = await create(rerankerWith(names, { add: h.map(() => 0) }));
    const { events, answer } = await eventsOf(engine);
    t.deepEqual(told(events), ["rerank multiply → multiply", "tool-call multiply", "tool-result multiply"]);
    t.is(answer.transcript, (await plain.generate({ prompt: QUESTION })).transcript);
  });

  check(`${gpu}: a rejected call leaves the step to the tokens`, async (t) => {
    await using engine = await create(rerankerWith(names, { [REJECT]: along(h, 100) }));
    const { events, reranks, answer } = await eventsOf(engine, { maxOutputTokens: 40 });
    t.true(reranks.length >= 1);
    t.true(reranks.every(({ decision }) => decision === REJECT));
    // One look per step, and nothing but a token after it.
    t.true(
      events.every(
        ({ type }, i) => type !== "rerank" || ["text-delta", "finish"].includes(events[i + 1]!.type),
      ),
    );
    t.deepEqual(answer.toolCalls, []);
    const alone = await engine.generate({ prompt: QUESTION, toolChoice: "none", maxOutputTokens: 40 });
    t.is(answer.text, alone.text);
    t.deepEqual(alone.reranks, []);
  });

  check(`${gpu}: a better candidate is called instead`, async (t) => {
    await using engine = await create(rerankerWith(names, { [best[1]!]: along(h, 100) }));
    const { events, answer } = await eventsOf(engine, { maxToolCalls: 1 });
    const [second] = [best[1]!];
    t.deepEqual(told(events).slice(0, 3), [
      `rerank multiply → ${second}`,
      `tool-call ${second}`,
      `tool-result ${second}`,
    ]);
    t.is(answer.toolCalls[0]!.toolName, second);
    t.is(answer.toolCalls[0]!.probability, answer.reranks[0]!.candidates[1]!.probability);
  });

  const failing = (...which: readonly string[]): Tool[] =>
    mathTools.map((tool) =>
      which.includes(tool.name)
        ? defineTool({
            name: tool.name,
            description: tool.description,
            parameters: { positional: { min: 1 } },
            execute: () => {
              throw new Error("no");
            },
          })
        : tool,
    );

  check(
    `${gpu}: after a failed call comes the next by score, then the tokens, without another look`,
    async (t) => {
      const [first, second, third] = best as [string, string, string];
      // Documentation as of the tools that work: their texts are part of the prompt.
      const rows = { [second]: along(h, 100), [third]: along(h, 50), [REJECT]: along(h, 25) };
      const reranker = rerankerWith(names, rows);
      const documented = failing(second, third);
      const options = { tools: documented, prompts: "nano" };
      await using engine = await create(reranker, options);
      const { events } = await eventsOf(engine, { maxOutputTokens: 12 });
      t.deepEqual(told(events).slice(0, 5), [
        `rerank ${first} → ${second}`,
        `tool-call ${second}`,
        `tool-error ${second}`,
        `tool-call ${third}`,
        `tool-error ${third}`,
      ]);
      const at = events.findIndex((event) => event.type === "tool-error" && event.toolName === third);
      t.is(events[at + 1]?.type, "text-delta");
    },
  );

  check(`${gpu}: a required call is not undone by rejecting`, async (t) => {
    await using engine = await create(
      rerankerWith(names, { [REJECT]: along(h, 100), [best[1]!]: along(h, 50) }),
    );
    for (const toolChoice of ["required", { toolName: "add" }] as const) {
      const { answer, reranks } = await eventsOf(engine, {
        toolChoice,
        maxOutputTokens: 40,
        maxToolCalls: 1,
      });
      t.is(answer.toolCalls.length, 1);
      if (toolChoice === "required")
        t.is(reranks.find(({ decision }) => decision !== REJECT)?.decision, best[1]);
      else t.is(answer.toolCalls[0]!.toolName, "add");
    }
  });

  check(`${gpu}: sampled, a seed gives the same answer again, and a rejected step a token`, async (t) => {
    await using engine = await create(rerankerWith(names, { [REJECT]: along(h, 100) }));
    const options = { temperature: 1, seed: 3, maxOutputTokens: 40 };
    const { answer, reranks } = await eventsOf(engine, options);
    t.true(reranks.length >= 1);
    t.deepEqual(answer.toolCalls, []);
    t.is((await engine.generate({ prompt: QUESTION, ...options })).text, answer.text);
  });

  // Batches with two heads are tested on every backend in test/head; many runs take a software device minutes.
  const onlyCpu = gpu === "cpu" ? check : test.serial.skip;
  onlyCpu(`${gpu}: runs side by side are reranked as they are alone`, async (t) => {
    const questions = [
      QUESTION,
      "What is the sum of 13,289 and 7,899?",
      "Anna has $120.50 and spends $34.75. How much does she have left?",
      "What is the greatest common divisor of 252 and 1,176?",
    ];
    const reranker = rerankerWith(names, mixedRows(names, model.facts.embeddingLength));
    await using alone = await create(reranker);
    await using together = await create(reranker, { parallel: 3 });
    const expected = [];
    for (const question of questions)
      expected.push(await alone.generate({ prompt: question, maxOutputTokens: 40 }));
    const received = await Promise.all(
      questions.map((question) => together.generate({ prompt: question, maxOutputTokens: 40 })),
    );
    const decisions = ({ transcript, reranks }: GenerateResult): unknown => ({
      transcript,
      decisions: reranks.map(({ decision }) => decision),
    });
    t.deepEqual(received.map(decisions), expected.map(decisions));
  });
}
