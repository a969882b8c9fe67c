// The reranker on one backend: hand-made rows behind the embedded model's own head, with exact expected events.
import test, { type ExecutionContext } from "ava";
import {
  createToolken,
  defineTool,
  mathTools,
  REJECT,
  ToolHead,
  toolSet,
  type Answer,
  type Model,
  type Reranker,
  type RunEvent,
  type RunOptions,
  type Tool,
  type Toolken,
  type ToolkenOptions,
} from "../../src/index.js";
import { loadAddon } from "../../src/native/load.js";
import { models, loadTestModel } from "../support/models.js";
import { along, hiddenStateOf, mixedRows, rerankerWith } from "../support/rerankers.js";

const QUESTION = "A reader reads 67 pages a day for 253 days. How many pages is that?";
const BEFORE_CALL = " It makes 253*67=";
const names = mathTools.map(({ name }) => name);
const tools = toolSet(mathTools);

type RerankEvent = Extract<RunEvent, { type: "rerank" }>;

/** Declares the tests for a backend; they are skipped where it has no device. */
export async function testRerankingOn(gpu: "cpu" | "vulkan"): Promise<void> {
  const devices = (await loadAddon()).devices();
  const check = devices.some(({ backend }) => backend === gpu) ? test.serial : test.serial.skip;
  const tolerance = gpu === "cpu" ? 0.02 : 0.1;
  let model: Model;
  let head: ToolHead;
  /** The three most probable tools of the call in {@link QUESTION}'s answer. */
  let best: readonly string[];
  /** h behind their rerank prompt. */
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

  const create = (reranker: Reranker | undefined, options: ToolkenOptions = {}): Promise<Toolken> =>
    createToolken(model, { head, tools: mathTools, reranker, parallel: 1, ...options });

  const eventsOf = async (
    toolken: Toolken,
    options: RunOptions = {},
  ): Promise<{ events: RunEvent[]; reranks: RerankEvent[]; answer: Answer }> => {
    const events: RunEvent[] = [];
    for await (const event of toolken.stream(QUESTION, options)) events.push(event);
    const reranks = events.filter((event): event is RerankEvent => event.type === "rerank");
    const last = events.at(-1);
    if (last?.type !== "done") throw new Error("a run ends with its answer");
    return { events, reranks, answer: last.answer };
  };

  /** Types and tools of the events that are not tokens. */
  const told = (events: readonly RunEvent[]): string[] =>
    events.flatMap((event) => {
      if (event.type === "rerank") return [`rerank ${event.tentative} → ${event.decision}`];
      if (event.type === "call" || event.type === "backtrack") return [`${event.type} ${event.tool}`];
      return event.type === "result" ? [`result ${event.call.tool}`] : [];
    });

  async function bestTools(): Promise<string[]> {
    await using toolken = await create(undefined);
    let outcomes: readonly string[] = [];
    for await (const event of toolken.stream(QUESTION, { candidates: 64 })) {
      if (event.type === "candidates") outcomes = event.outcomes.flatMap(({ tool }) => tool ?? []);
      if (event.type === "call") return outcomes.slice(0, 3);
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
      await using toolken = await create(reranker, { placement });
      t.is(toolken.headInGraph, placement === "graph");
      const { reranks, answer } = await eventsOf(toolken);
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
    await using toolken = await create(rerankerWith(names, { multiply: along(h, 50) }), { topK: 5 });
    const { events } = await eventsOf(toolken, { candidates: 64 });
    const at = events.findIndex(({ type }) => type === "rerank");
    const [step, rerank] = [events[at - 1]!, events[at]!];
    if (step.type !== "candidates" || rerank.type !== "rerank") return t.fail("no step before the reranking");
    const fields = step.outcomes.flatMap(({ tool, logit, probability }) =>
      tool === undefined ? [] : [{ tool, logit, probability }],
    );
    t.deepEqual(
      rerank.candidates.map(({ tool, logit, probability }) => ({ tool, logit, probability })),
      fields.slice(0, 5),
    );
    const tokens = step.outcomes.filter(({ tool }) => tool === undefined);
    t.true(Math.abs(rerank.reject.probability - tokens.reduce((sum, p) => sum + p.probability, 0)) < 1e-6);
    t.deepEqual(told(events), ["rerank multiply → multiply", "call multiply", "result multiply"]);
  });

  check(`${gpu}: equal scores leave the head's choice`, async (t) => {
    await using plain = await create(undefined);
    await using toolken = await create(rerankerWith(names, { add: h.map(() => 0) }));
    const { events, answer } = await eventsOf(toolken);
    t.deepEqual(told(events), ["rerank multiply → multiply", "call multiply", "result multiply"]);
    t.is(answer.transcript, (await plain.run(QUESTION)).transcript);
  });

  check(`${gpu}: a rejected call leaves the step to the tokens`, async (t) => {
    await using toolken = await create(rerankerWith(names, { [REJECT]: along(h, 100) }));
    const { events, reranks, answer } = await eventsOf(toolken, { maxTokens: 40 });
    t.true(reranks.length >= 1);
    t.true(reranks.every(({ decision }) => decision === REJECT));
    // One look per step, and nothing but a token behind it.
    t.true(
      events.every(({ type }, i) => type !== "rerank" || ["token", "done"].includes(events[i + 1]!.type)),
    );
    t.deepEqual(answer.calls, []);
    const alone = await toolken.run(QUESTION, { toolChoice: "none", maxTokens: 40 });
    t.is(answer.text, alone.text);
    t.deepEqual(alone.reranks, []);
  });

  check(`${gpu}: a better candidate is called instead`, async (t) => {
    await using toolken = await create(rerankerWith(names, { [best[1]!]: along(h, 100) }));
    const { events, answer } = await eventsOf(toolken, { maxCalls: 1 });
    const [second] = [best[1]!];
    t.deepEqual(told(events).slice(0, 3), [
      `rerank multiply → ${second}`,
      `call ${second}`,
      `result ${second}`,
    ]);
    t.is(answer.calls[0]!.tool, second);
    t.is(answer.calls[0]!.probability, answer.reranks[0]!.candidates[1]!.probability);
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
    `${gpu}: behind a failed call comes the next by score, then the tokens, without another look`,
    async (t) => {
      const [first, second, third] = best as [string, string, string];
      // Documentation as of the tools that work: their texts are part of the prompt.
      const rows = { [second]: along(h, 100), [third]: along(h, 50), [REJECT]: along(h, 25) };
      const reranker = rerankerWith(names, rows);
      const documented = failing(second, third);
      const options = { tools: documented, prompts: "nano" };
      await using toolken = await create(reranker, options);
      const { events } = await eventsOf(toolken, { maxTokens: 12 });
      t.deepEqual(told(events).slice(0, 5), [
        `rerank ${first} → ${second}`,
        `call ${second}`,
        `backtrack ${second}`,
        `call ${third}`,
        `backtrack ${third}`,
      ]);
      const at = events.findIndex((event) => event.type === "backtrack" && event.tool === third);
      t.is(events[at + 1]?.type, "token");
    },
  );

  check(`${gpu}: a required call is not undone by rejecting`, async (t) => {
    await using toolken = await create(
      rerankerWith(names, { [REJECT]: along(h, 100), [best[1]!]: along(h, 50) }),
    );
    for (const toolChoice of ["required", { tool: "add" }] as const) {
      const { answer, reranks } = await eventsOf(toolken, { toolChoice, maxTokens: 40, maxCalls: 1 });
      t.is(answer.calls.length, 1);
      if (toolChoice === "required")
        t.is(reranks.find(({ decision }) => decision !== REJECT)?.decision, best[1]);
      else t.is(answer.calls[0]!.tool, "add");
    }
  });

  check(`${gpu}: sampled, a seed gives the same answer again, and a rejected step a token`, async (t) => {
    await using toolken = await create(rerankerWith(names, { [REJECT]: along(h, 100) }));
    const options = { temperature: 1, seed: 3, maxTokens: 40 };
    const { answer, reranks } = await eventsOf(toolken, options);
    t.true(reranks.length >= 1);
    t.deepEqual(answer.calls, []);
    t.is((await toolken.run(QUESTION, options)).text, answer.text);
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
    for (const question of questions) expected.push(await alone.run(question, { maxTokens: 40 }));
    const received = await Promise.all(
      questions.map((question) => together.run(question, { maxTokens: 40 })),
    );
    const decisions = ({ transcript, reranks }: Answer): unknown => ({
      transcript,
      decisions: reranks.map(({ decision }) => decision),
    });
    t.deepEqual(received.map(decisions), expected.map(decisions));
  });
}
