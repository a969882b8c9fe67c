// Reranking on the CPU, and what does not depend on the backend.
import test from "ava";
import { Context } from "../../src/model/context.js";
import {
  createEngine,
  defineTool,
  mathTools,
  Reranker,
  ToolHead,
  type Model,
  type CallSettings,
  type Engine,
  type ToolkenErrorCode,
  type EngineOptions,
} from "../../src/index.js";
import { REJECT } from "../../src/reranker/reranker.js";
import { rerankPrompt } from "../../src/reranker/prompt.js";
import { toolSet } from "../../src/tools/index.js";
import type { HeadModelFacts } from "../../src/head/model-identity.js";
import type { Rerank } from "../../src/generation/events.js";
import { encodeRerankPrompt, type EncodedRerankPrompt } from "../../src/reranker/encode.js";
import { rejectsWith } from "../support/errors.js";
import { models, loadTestModel } from "../support/models.js";
import { along, hiddenStateOf, mixedRows, rerankerWith } from "../support/rerankers.js";
import { testRerankingOn } from "./rerank-suite.js";

await testRerankingOn("cpu");

const QUESTION = "A reader reads 67 pages a day for 253 days. How many pages is that?";
const names = mathTools.map(({ name }) => name);

/** Tokens of drafts that were wrong. */
const WRONG_DRAFTS = 24;

let model: Model;
let head: ToolHead;
let reranker: Reranker;
test.before(async () => {
  model = await loadTestModel(models.nano);
  head = await ToolHead.load("nano");
  reranker = rerankerWith(names, mixedRows(names, model.facts.embeddingLength));
});
test.after.always(() => model.dispose());

function create(options: EngineOptions = {}): Promise<Engine> {
  return createEngine(model, { head, tools: mathTools, reranker, parallel: 1, ...options });
}

async function firstRerank(engine: Engine, options: CallSettings = {}): Promise<Rerank | undefined> {
  return (await engine.generate({ prompt: QUESTION, ...options })).reranks[0];
}

// Serial: it counts the decodes of the whole process.
test.serial(
  "usage counts rerank prompts; of the same candidates only what is after the documentation",
  async (t) => {
    const decode = Reflect.get<Context, "decode">(Context.prototype, "decode");
    let decoded = 0;
    Context.prototype.decode = function (...args) {
      decoded += args[0].tokens.length;
      return decode.apply(this, args);
    };
    try {
      // Multiplication wins wherever it is a candidate, and there is one call: one rerank prompt per run.
      const rows = { multiply: await hiddenState(QUESTION, " It makes 253*67=") };
      await using engine = await create({ reranker: rerankerWith(names, rows) });
      decoded = 0;
      const options = { maxOutputTokens: 20, stopSequences: [] };
      const { usage, reranks } = await engine.generate({ prompt: QUESTION, ...options });
      t.is(reranks.length, 1);
      t.is(usage.details.decodedTokens, decoded);
      const parts =
        usage.details.promptTokens +
        usage.details.toolPromptTokens +
        usage.details.argumentTokens +
        usage.details.rerankTokens;
      // The last token that the model chose is not needed as an input.
      const needed = parts + usage.details.resultTokens + usage.details.textTokens - 1;
      t.true(decoded >= needed && decoded < needed + WRONG_DRAFTS, `${decoded} of ${needed}`);
      const candidates = reranks[0]!.candidates.map(({ tool }) => tool);
      const prompt = (question: string, text: string): EncodedRerankPrompt =>
        encodeRerankPrompt(model.tokenizer, rerankPrompt(toolSet(mathTools), { candidates, question, text }));
      const { prefix, tokens } = prompt(QUESTION, " It makes 253*67=");
      t.is(usage.details.rerankTokens, tokens.length);
      t.is(usage.details.cachedRerankTokens, 0);

      decoded = 0;
      const again = await engine.generate({ prompt: QUESTION, ...options });
      t.is(again.usage.details.decodedTokens, decoded);
      // One token is read again for its scores.
      t.is(again.usage.details.rerankTokens, 1);
      t.is(again.usage.details.cachedRerankTokens, tokens.length - 1);

      const other = "A reader reads 31 pages a day for 412 days. How many pages is that?";
      const third = await engine.generate({ prompt: other, ...options });
      const [rerank] = third.reranks;
      t.deepEqual(
        rerank!.candidates.map(({ tool }) => tool),
        candidates,
      );
      const after = prompt(other, third.text.slice(0, rerank!.at)).tokens;
      t.is(third.usage.details.rerankTokens + third.usage.details.cachedRerankTokens, after.length);
      t.true(third.usage.details.cachedRerankTokens >= prefix.length);
    } finally {
      Context.prototype.decode = decode;
    }
  },
);

async function hiddenState(question: string, text: string): Promise<Float32Array> {
  const candidates = ["multiply", "add", "subtract"];
  return hiddenStateOf(model, toolSet(mathTools), { candidates, question, text });
}

test("more sets of candidates than are kept: the least recently used makes room", async (t) => {
  // A context of this size keeps a single documentation.
  await using small = await create({ contextSize: 1024 });
  await using large = await create();
  const questions = [QUESTION, "What is the greatest common divisor of 252 and 1,176?", QUESTION];
  for (const question of questions) {
    const [expected, received] = [
      await large.generate({ prompt: question }),
      await small.generate({ prompt: question }),
    ];
    t.is(received.transcript, expected.transcript);
    t.deepEqual(
      received.reranks.map(({ decision }) => decision),
      expected.reranks.map(({ decision }) => decision),
    );
  }
});

test("rerankBelow: only calls that the head is not sure of", async (t) => {
  await using engine = await create();
  const { candidates, reject } = (await firstRerank(engine))!;
  const { probability } = candidates[0]!;
  t.true(probability > reject.probability);
  const looks = async (rerankBelow: CallSettings["rerankBelow"]): Promise<boolean> =>
    (await firstRerank(engine, { rerankBelow, maxToolCalls: 0 })) !== undefined;
  t.false(await looks({ probability }));
  t.true(await looks({ probability: Math.min(1, probability * 1.001) }));
  t.true(await looks({ margin: Infinity }));
  t.false(await looks({ margin: -Infinity, probability: 0 }));
  t.true(await looks({ margin: Infinity, probability: 0 }));
});

test("rerankWeight: scores and the head's log-probabilities together", async (t) => {
  await using first = await create();
  const { candidates: seen, at } = (await firstRerank(first))!;
  const { text } = await first.generate({ prompt: QUESTION, rerank: false });
  const [best, second] = seen.map(({ tool }) => tool) as [string, string];
  const candidates = seen.map(({ tool }) => tool);
  const call = { candidates, question: QUESTION, text: text.slice(0, at) };
  const h = await hiddenStateOf(model, toolSet(mathTools), call);
  await using engine = await create({ reranker: rerankerWith(names, { [second]: along(h, 100) }) });
  const decisions = [];
  for (const rerankWeight of [0, 0.02, 0.1, 0.3, 0.6, 1]) {
    const { candidates, reject, decision } = (await firstRerank(engine, { rerankWeight }))!;
    const worth = [...candidates, { tool: REJECT, ...reject }].map(({ tool, score, probability }) => ({
      tool,
      worth: rerankWeight * score + (1 - rerankWeight) * Math.log(probability),
    }));
    t.is(decision, worth.reduce((most, next) => (next.worth > most.worth ? next : most)).tool);
    decisions.push(decision);
  }
  t.deepEqual(decisions, [best, best, second, second, second, second]);
});

test("batch-invariant runs side by side have the scores that they have alone, to the last bit", async (t) => {
  const questions = [QUESTION, "What is the sum of 13,289 and 7,899?", "What is 1,728 divided by 12?"];
  const answers = async (parallel: number): Promise<unknown> => {
    await using engine = await create({ parallel, batchInvariant: true });
    const running = questions.map((question) => engine.generate({ prompt: question, maxOutputTokens: 24 }));
    return (await Promise.all(running)).map(({ transcript, reranks }) => ({ transcript, reranks }));
  };
  t.deepEqual(await answers(3), await answers(1));
});

test("rerank: false calls what the head proposes", async (t) => {
  await using engine = await create();
  await using plain = await create({ reranker: undefined });
  const answer = await engine.generate({ prompt: QUESTION, rerank: false });
  t.deepEqual(answer.reranks, []);
  t.is(answer.usage.details.rerankTokens, 0);
  t.is(answer.transcript, (await plain.generate({ prompt: QUESTION })).transcript);
});

test("top-k is the reranker's own, or less where the head has fewer tools", async (t) => {
  await using three = await create();
  t.is(three.topK, 3);
  await using one = await create({ rerankTopK: 1 });
  t.is((await firstRerank(one))!.candidates.length, 1);
  await using all = await create({ rerankTopK: 13, advanced: { topTools: 2 } });
  t.is((await firstRerank(all))!.candidates.length, 13);
  const two = ["multiply", "add"];
  await using few = await create({
    head: head.select(two),
    tools: mathTools.filter(({ name }) => two.includes(name)),
  });
  t.is(few.topK, 2);
  t.deepEqual((await firstRerank(few))!.candidates.map(({ tool }) => tool).sort(), ["add", "multiply"]);
});

test("the reranker's own documentation stands in its prompts", async (t) => {
  const documentation = Object.fromEntries(names.map((name) => [name, `${name}: Something else.`]));
  const { tools, weights, topK } = reranker;
  await using engine = await create({ reranker: Reranker.of({ tools, weights, topK, documentation }) });
  const { candidates, at } = (await firstRerank(engine))!;
  const { text } = await engine.generate({ prompt: QUESTION, rerank: false });
  const call = {
    candidates: candidates.map(({ tool }) => tool),
    question: QUESTION,
    text: text.slice(0, at),
  };
  await using context = await model.createContext({ contextSize: 1024, hiddenStates: true });
  const { tokens } = encodeRerankPrompt(
    model.tokenizer,
    rerankPrompt(toolSet(mathTools), call, documentation),
  );
  const { hiddenState: h } = await context.prefill(0, tokens, { hiddenState: true });
  const expected = reranker.score(h!, call.candidates);
  for (const [i, { score }] of candidates.entries()) {
    // Kernels of different processors round differently: about half a percent of these scores.
    t.true(Math.abs(score - expected[i]!) < 0.02 * (5 + Math.abs(expected[i]!)));
  }
});

test("a rerank prompt without room ends the run, and the next one is answered", async (t) => {
  const long = mathTools.map((tool) =>
    defineTool({
      name: tool.name,
      description: tool.description + " It is long.".repeat(100),
      parameters: { positional: { min: 1 } },
      execute: () => 1,
    }),
  );
  await using engine = await create({ tools: long, contextSize: 512, prompts: "nano" });
  const error = await rejectsWith(
    t,
    engine.generate({ prompt: QUESTION }),
    "CONTEXT_FULL",
    /rerank prompt of \d+ tokens \(multiply, .*in a context of 512/u,
  );
  t.regex(error?.hint ?? "", /contextSize/u);
  t.true((await engine.generate({ prompt: QUESTION, rerank: false })).toolCalls.length > 0);
});

test("aborts while a rerank prompt is read", async (t) => {
  await using engine = await create();
  const controller = new AbortController();
  const run = (async () => {
    for await (const event of engine.stream({ prompt: QUESTION, signal: controller.signal })) {
      if (event.type === "text-delta" && event.text.endsWith("=")) controller.abort();
    }
  })();
  await rejectsWith(t, run, "ABORTED");
  t.truthy(await firstRerank(engine));
});

test("another head keeps its reranker", async (t) => {
  await using engine = await create();
  const expected = await firstRerank(engine);
  await engine.setHead(head.reordered([...names].reverse()));
  t.is((await firstRerank(engine))?.decision, expected?.decision);
});

const refuses = test.macro({
  exec: async (t, options: () => EngineOptions, code: ToolkenErrorCode, message: RegExp) => {
    await rejectsWith(t, create(options()), code, message);
  },
  title: (what) => `refuses ${what ?? ""}`,
});

const other = (dimension: number, tools = names, model?: HeadModelFacts): Reranker =>
  Reranker.of({
    tools,
    weights: new Float32Array((tools.length + 1) * dimension),
    topK: Math.min(3, tools.length),
    ...(model === undefined ? {} : { model }),
  });

test(
  "a reranker of another dimension",
  refuses,
  () => ({ reranker: other(8) }),
  "MODEL_MISMATCH",
  /of 8 weights/u,
);
test(
  "a reranker of another model",
  refuses,
  () => {
    const { embeddingLength: d } = model.facts;
    const facts = {
      architecture: "gemma3",
      name: "other",
      embeddingLength: d,
      vocabularySize: 7,
      fingerprint: null,
    };
    return { reranker: other(d, names, facts) };
  },
  "MODEL_MISMATCH",
  /another architecture \(gemma3/u,
);
test(
  "a reranker without a tool's row",
  refuses,
  () => ({ reranker: other(model.facts.embeddingLength, names.slice(1)) }),
  "UNKNOWN_TOOL",
  /no row for "add"/u,
);
test(
  "a reranker without a head",
  refuses,
  () => ({ head: undefined }),
  "INVALID_ARGUMENT",
  /A reranker needs a head/u,
);
test(
  "top-k without a reranker",
  refuses,
  () => ({ reranker: undefined, rerankTopK: 2 }),
  "INVALID_ARGUMENT",
  /rerankTopK/u,
);
for (const [topK, accepted] of [
  [0, "an integer of 1 or more"],
  [14, "an integer from 1 to 13"],
  [2.5, "an integer of 1 or more"],
  [Number.NaN, "an integer of 1 or more"],
] as const) {
  const message = new RegExp(`Expected ${accepted} for rerankTopK`, "u");
  test(`top-k ${topK}`, refuses, () => ({ rerankTopK: topK }), "INVALID_ARGUMENT", message);
}
test(
  "a tool without documentation",
  refuses,
  () => {
    const { tools, weights, topK } = reranker;
    return { reranker: Reranker.of({ tools, weights, topK, documentation: { sqrt: " " } }) };
  },
  "INVALID_ARGUMENT",
  /documentation of tool sqrt/u,
);

test("bad options of a run are refused before it begins", async (t) => {
  await using engine = await create();
  const bad: readonly [string, unknown][] = [
    ["rerank", "no"],
    ["rerankWeight", 1.5],
    ["rerankWeight", Number.NaN],
    ["rerankBelow", 0.5],
    ["rerankBelow", null],
    ["rerankBelow", {}],
    ["rerankBelow", { least: 1 }],
    ["rerankBelow", { margin: Number.NaN }],
    ["rerankBelow", { probability: 2 }],
  ];
  for (const [name, value] of bad) {
    await rejectsWith(
      t,
      engine.generate({ prompt: QUESTION, [name]: value }),
      "INVALID_ARGUMENT",
      new RegExp(name, "u"),
    );
  }
  await using plain = await create({ reranker: undefined });
  for (const options of [{ rerank: true }, { rerankWeight: 0.5 }, { rerankBelow: { margin: 1 } }]) {
    await rejectsWith(
      t,
      plain.generate({ prompt: QUESTION, ...options }),
      "INVALID_ARGUMENT",
      /the engine has none/u,
    );
  }
  t.deepEqual((await plain.generate({ prompt: QUESTION, rerank: false })).reranks, []);
});
