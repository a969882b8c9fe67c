// Plans on the embedded model: tools alone, in the order of their groups, as training had them.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import {
  createEngine,
  defineTool,
  mathTools,
  type Model,
  ToolHead,
  trainHead,
  type Engine,
  type ToolkenErrorCode,
  type EngineOptions,
} from "../../../src/index.js";
import type { TrainingExample } from "../../../src/training/index.js";
import { evaluate } from "../../../src/lab/evaluation/index.js";
import type { PlanForm } from "../../../src/lab/plans/plan.js";
import { planStrategy } from "../../../src/lab/plans/plan-strategy.js";
import { toolken as program } from "../../cli/spawn.js";
import { rejectsWith } from "../../support/errors.js";
import { loadTestModel, models } from "../../support/models.js";

const plan: PlanForm = {
  groups: { action: ["WALK", "FIND", "SIT"], object: ["desk", "chair", "lamp"] },
  order: [
    { group: "action", then: " " },
    { group: "object", then: "\n" },
  ],
  end: "END",
};
const strategy = planStrategy(plan);
const text = (name: string): string => (name === name.toUpperCase() ? `[${name}]` : `<${name}>`);
const names = ["WALK", "FIND", "SIT", "desk", "chair", "lamp", "END"];
const tools = names.map((name) => defineTool({ name, description: `Says ${name}.`, text: text(name) }));
const prompts = { general: "[QUESTION]\nPlan:\n" };

const TASKS = [
  ["Work with desk, chair and lamp.", ["WALK", "desk", "FIND", "chair", "SIT", "chair", "END"]],
  ["Rest with chair and lamp.", ["FIND", "chair", "SIT", "chair", "END"]],
  ["Read with lamp and desk.", ["WALK", "lamp", "FIND", "lamp", "FIND", "desk", "END"]],
] as const;

/** `[WALK] <desk>\n[END]` of the names. */
function planText(steps: readonly string[]): string {
  return steps.map((name, i) => text(name) + (name === "END" ? "" : i % 2 === 0 ? " " : "\n")).join("");
}

function example(question: string, steps: readonly string[]): TrainingExample {
  const opening = `${question}\nPlan:\n`;
  let start = opening.length;
  const calls = steps.map((tool) => {
    const result = text(tool);
    const call = { tool, start, end: start + result.length, args: "", result };
    start = call.end + 1;
    return call;
  });
  return { text: opening + planText(steps), questionEnd: opening.length, calls };
}

let model: Model;
let head: ToolHead;
test.before(async () => {
  model = await loadTestModel(models.nano);
  const examples = TASKS.map(([question, steps]) => example(question, steps));
  head = await trainHead(model, {
    examples,
    tools,
    prompts,
    validationSplit: 0,
    advanced: { l2: 1e-5 },
    threads: 1,
  });
});
test.after.always(() => model.dispose());

function create(options: EngineOptions = {}): Promise<Engine> {
  return createEngine(model, { head, tools, prompts, contextSize: 2048, parallel: 2, ...options });
}

test("plans that were learnt are written again, tool by tool", async (t) => {
  await using engine = await create();
  const answers = await Promise.all(
    TASKS.map(([question]) => engine.generate({ prompt: question, strategy })),
  );
  for (const [i, [question, steps]] of TASKS.entries()) {
    const { text: written, toolCalls: calls, finishReason, usage } = answers[i]!;
    t.is(written, planText(steps), question);
    t.deepEqual(
      calls.map(({ toolName: tool }) => tool),
      steps,
    );
    for (const { start, end, outputText: result } of calls) t.is(written.slice(start, end), result);
    t.is(finishReason, "stop");
    t.is(usage.details.textTokens, 0);
  }
});

/** The slow reference: the whole text through the model again for every tool, and the best row of those allowed. */
async function planByHand(rows: ToolHead, question: string, most: number): Promise<string[]> {
  const { tokenizer } = model;
  const bos = tokenizer.addsBos && tokenizer.bos !== null ? [tokenizer.bos] : [];
  const steps: string[] = [];
  while (steps.length < most && steps.at(-1) !== "END") {
    // Read is what stays the same whatever tool follows: a space may be part of the next tool's first token.
    const isObject = steps.length % 2 === 1;
    const before = `${question}\nPlan:\n${planText(steps)}`;
    const alone = tokenizer.encode(before);
    const followed = tokenizer.encode(before + (isObject ? "<desk>" : "[WALK]"));
    const differs = alone.findIndex((token, i) => token !== followed[i]);
    const read = differs < 0 ? alone : alone.subarray(0, differs);
    await using context = await model.createContext({ contextSize: 512, hiddenStates: true });
    const { hiddenState } = await context.prefill(0, [...bos, ...read], { hiddenState: true });
    const allowed = isObject
      ? plan.groups.object!
      : [...plan.groups.action!, ...(steps.length > 0 ? ["END"] : [])];
    const logit = (name: string): number => {
      const k = rows.tools.indexOf(name);
      const row = rows.weights.subarray(k * rows.dimension, (k + 1) * rows.dimension);
      return row.reduce((sum, weight, j) => sum + weight * hiddenState![j]!, rows.bias[k]!);
    };
    steps.push(allowed.toSorted((a, b) => logit(b) - logit(a))[0]!);
  }
  return steps;
}

test("any head's plan is the best allowed row at every step, and alternates", async (t) => {
  const { dimension } = head;
  // Rows that know nothing of plans: without the mask tokens and other groups would win.
  const weights = Float32Array.from(
    { length: names.length * dimension },
    (_, i) => Math.sin(i * 1.7 + 1) / 8,
  );
  const rows = ToolHead.create({ tools: names, weights, dimension });
  await using engine = await create({ head: rows });
  for (const [question] of TASKS) {
    const { toolCalls: calls, finishReason } = await engine.generate({
      prompt: question,
      strategy,
      maxToolCalls: 8,
    });
    const steps = calls.map(({ toolName: tool }) => tool);
    t.deepEqual(steps, await planByHand(rows, question, 8));
    t.is(finishReason, steps.at(-1) === "END" ? "stop" : "tool-calls");
    for (const [i, step] of steps.entries()) {
      const group = i % 2 === 0 ? [...plan.groups.action!, "END"] : plan.groups.object!;
      t.true(group.includes(step));
    }
    t.not(steps[0], "END");
  }
});

test("a bias switches a tool off, an abort ends the plan, and a run without a plan goes on as ever", async (t) => {
  await using engine = await create({ parallel: 1 });
  const [question, steps] = TASKS[0];
  const { toolCalls: calls } = await engine.generate({
    prompt: question,
    strategy,
    toolBias: { SIT: -Infinity },
    maxToolCalls: 20,
  });
  t.false(calls.some(({ toolName: tool }) => tool === "SIT"));
  await rejectsWith(
    t,
    engine.generate({ prompt: question, strategy, signal: AbortSignal.abort() }),
    "ABORTED",
  );
  const none = await engine.generate({ prompt: question, toolChoice: "none", maxOutputTokens: 4 });
  t.deepEqual(none.toolCalls, []);
  t.is((await engine.generate({ prompt: question, strategy })).text, planText(steps));
  const short = await engine.generate({ prompt: question, strategy, maxOutputTokens: 6 });
  t.is(short.finishReason, "length");
});

test("of a named group only the tools that the question names are taken", async (t) => {
  await using engine = await create();
  const { toolCalls: calls } = await engine.generate({
    prompt: "Work with lamp.",
    strategy: planStrategy({ ...plan, named: ["object"] }),
    maxToolCalls: 6,
  });
  const objects = calls.filter(({ toolName: tool }) => plan.groups.object!.includes(tool));
  t.true(objects.length > 0);
  t.true(objects.every(({ toolName: tool }) => tool === "lamp"));
  const unnamed = engine.generate({
    prompt: "Work.",
    strategy: planStrategy({ ...plan, named: ["object"] }),
  });
  await rejectsWith(t, unnamed, "INVALID_ARGUMENT", /names a tool of object/);
});

test("a text tool writes without tool mode outside of plans too", async (t) => {
  await using engine = await create({ parallel: 1 });
  const { toolCalls: calls, usage } = await engine.generate({
    prompt: TASKS[0][0],
    maxToolCalls: 1,
    toolBias: 40,
    maxOutputTokens: 16,
  });
  t.is(calls[0]?.toolName, "WALK");
  t.is(calls[0]?.outputText, "[WALK]");
  t.is(usage.details.toolPromptTokens, 0);
});

const refused = test.macro<[unknown, ToolkenErrorCode, RegExp, EngineOptions?]>({
  exec: async (t, form, code, message, options) => {
    await using engine = await create(options);
    await rejectsWith(
      t,
      (async () => engine.generate({ prompt: "Work.", strategy: planStrategy(form as PlanForm) }))(),
      code,
      message,
    );
  },
  title: (what) => `refused: ${what ?? ""}`,
});

test("a plan that is no object", refused, "plan", "INVALID_ARGUMENT", /an object for plan/);
test(
  "an empty group",
  refused,
  { ...plan, groups: { action: [] } },
  "INVALID_ARGUMENT",
  /plan\.groups\.action/,
);
test(
  "a tool in two groups",
  refused,
  { ...plan, groups: { ...plan.groups, other: ["desk"] } },
  "INVALID_ARGUMENT",
  /not of object/,
);
test(
  "an order of other groups",
  refused,
  { ...plan, order: [{ group: "place", then: "" }] },
  "INVALID_ARGUMENT",
  /action, object/,
);
test(
  "an order without texts",
  refused,
  { ...plan, order: [{ group: "action" }] },
  "INVALID_ARGUMENT",
  /then/,
);
test("an end of a group", refused, { ...plan, end: "SIT" }, "INVALID_ARGUMENT", /plan\.end/);
test("a tool that the head lacks", refused, { ...plan, end: "STOP" }, "UNKNOWN_TOOL", /STOP/);
test("a named group that is none", refused, { ...plan, named: ["place"] }, "INVALID_ARGUMENT", /plan\.named/);
test("a plan without a head", refused, plan, "INVALID_ARGUMENT", /a head/, { head: undefined });
test(
  "a tool that computes",
  refused,
  { groups: { all: ["add"] }, order: [{ group: "all", then: "\n" }] },
  "INVALID_ARGUMENT",
  /that is a text/,
  {
    head: ToolHead.create({ tools: ["add"], weights: new Float32Array(256), dimension: 256 }),
    tools: mathTools.slice(0, 1),
  },
);

test("definitions of text tools are checked", (t) => {
  t.is(tools[0]!.text, "[WALK]");
  t.is(mathTools[0]!.text, undefined);
  const bad = [{ text: " " }, { text: 7 as never }, { text: "a", execute: () => 1 } as never];
  for (const one of bad) {
    t.throws(() => defineTool({ name: "A", description: "d", ...one }), {
      code: "INVALID_ARGUMENT",
    });
  }
});

test("evaluation counts actions and plans", async (t) => {
  await using engine = await create();
  const questions = TASKS.map(([question, steps], i) => ({
    id: String(i),
    question,
    answer: planText(steps),
  }));
  const wrong = { id: "w", question: TASKS[0][0], answer: planText(["WALK", "lamp", "SIT", "chair", "END"]) };
  const { plans, ...rest } = await evaluate(engine, [...questions, wrong], { strategy });
  t.is(rest.questions, 0);
  t.is(rest.withoutGold, 0);
  // 4 + 3 + 4 actions are right; of the wrong plan's WALK, SIT, END only the first.
  t.deepEqual(plans, {
    questions: 4,
    steps: 14,
    actionMatch: 12 / 14,
    planMatch: 3 / 4,
    stepMatch: 11 / 14,
    fullPlanMatch: 3 / 4,
    unanswered: 0,
  });
});

test("toolken run and eval take a file with the form", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "toolken-test-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const file = (name: string): string => join(folder, name);
  await head.save(file("head.safetensors"));
  await writeFile(file("plan.json"), JSON.stringify(plan));
  await writeFile(
    file("tools.mjs"),
    `export default ${JSON.stringify(names.map((name) => ({ name, description: name, text: text(name) })))};`,
  );
  await writeFile(file("general.txt"), prompts.general);
  const [question, steps] = TASKS[1];
  const shared = ["--head", file("head.safetensors"), "--tools", file("tools.mjs"), "--prompts", folder];
  const flags = [...shared, "--gpu", "cpu", "--threads", "1", "--json"];
  const run = await program(["run", question, ...flags, "--plan", file("plan.json")]);
  t.is((JSON.parse(run.stdout) as { text: string }).text, planText(steps));
  await writeFile(file("questions.jsonl"), JSON.stringify({ question, answer: planText(steps) }));
  const evaluated = await program([
    "eval",
    ...flags,
    "--plan",
    file("plan.json"),
    "--data",
    file("questions.jsonl"),
  ]);
  t.is((JSON.parse(evaluated.stdout) as { plans: { planMatch: number } }).plans.planMatch, 1);
  await writeFile(file("bad.json"), "{");
  const bad = await program(["run", question, ...flags, "--plan", file("bad.json")]);
  t.is(bad.exitCode === 0, false);
  t.regex(bad.stderr, /bad\.json/);
});
