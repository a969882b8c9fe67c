import { readdir } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { type Model, ToolHead, trainHead } from "../../../src/index.js";
import { formatDefinitionReport, updateHead, NO_TOOL } from "../../../src/training/index.js";
import { textStates } from "../../../src/training/definitions/labelled-states.js";
import { rejectsWith } from "../../support/errors.js";
import { loadTestModel, models } from "../../support/models.js";
import { scratchFolder } from "../../utils/scratch.js";
import { officeTools } from "./tools.js";
import { listWriter } from "./writer.js";

const common = { tools: officeTools, perTool: 5, synthesis: { roundTrip: false as const }, threads: 1 };

let model: Model;
test.before(async () => {
  model = await loadTestModel(models.nano);
});
test.after.always(async () => {
  await model.dispose();
});

/** What the head says of a text. */
async function decide(head: ToolHead, text: string): Promise<string> {
  const { states } = await textStates(model, [text], head.decision!, { threads: 1 });
  const logits = head.tools.map((_, k) =>
    states.reduce((sum, h, j) => sum + h * head.weights[k * head.dimension + j]!, head.bias[k]!),
  );
  return head.tools[logits.indexOf(Math.max(...logits))]!;
}

test("definitions alone give a head with a row per tool and one for none", async (t) => {
  const head = await trainHead(model, { ...common, writer: false });
  t.deepEqual(head.tools, [...officeTools.map(({ name }) => name), NO_TOOL]);
  t.is(head.decision.form, "completion");
  t.is(head.training.synthesis, null);
  t.is(head.training.texts.definition, 12);
  t.is(head.training.texts["no-tool"], 120);
  t.is(head.training.top1, null);
});

test("written requests are learned and measured", async (t) => {
  const phases = new Set<string>();
  const head = await trainHead(model, {
    ...common,
    writer: listWriter(),
    onProgress: ({ phase }) => phases.add(phase),
  });
  t.deepEqual([...phases], ["generation", "features", "solve", "evaluation"]);
  const { training } = head;
  t.is(training.texts.synthetic, 30);
  t.is(training.tools.length, 6);
  t.true(training.top1! > 1 / 6);
  t.true(training.top5! >= training.top1!);
  t.true(training.calibration.falsePositiveRate! <= 0.05);
  t.is(await decide(head, "forty euros in yen"), "convertCurrency");
  t.is(await decide(head, "tell me a joke"), NO_TOOL);
  const text = formatDefinitionReport(training);
  t.regex(text, /30 of 36 written ones are usable; dropped: 6 names the tool/u);
});

test("equal input gives equal weights, and files keep the decision", async (t) => {
  const path = join(await scratchFolder(t), "head.safetensors");
  const [one, two] = [
    await trainHead(model, { ...common, writer: listWriter() }),
    await trainHead(model, { ...common, writer: listWriter() }),
  ];
  t.deepEqual(one.weights, two.weights);
  await one.save(path);
  const loaded = await ToolHead.load(path);
  t.deepEqual(loaded.decision, one.decision);
  t.deepEqual(loaded.tools, one.tools);
});

test("a tool joins a head, another leaves it, the others keep their rows", async (t) => {
  const folder = await scratchFolder(t);
  const states = join(folder, "states");
  const requests = join(folder, "requests.jsonl");
  const options = { ...common, states, requests };
  const head = await trainHead(model, { ...options, tools: officeTools.slice(0, 5), writer: listWriter() });
  const before = (await readdir(states)).length;
  const tools = officeTools.filter(({ name }) => name !== "delete_mail");
  const updated = await updateHead(model, head, { ...options, tools, writer: listWriter() });
  t.deepEqual(updated.tools, [...tools.map(({ name }) => name), NO_TOOL]);
  for (const name of ["get_weather", "send_mail", NO_TOOL]) t.deepEqual(updated.row(name), head.row(name));
  t.is(await decide(updated, "diagonal of 5 by 12"), "hypotenuse");
  t.is(await decide(updated, "forty euros in yen"), "convertCurrency");
  t.true((await readdir(states)).length > before);

  const removed = await updateHead(model, updated, { ...options, tools: tools.slice(0, 2), writer: false });
  t.deepEqual(removed.tools, ["get_weather", "convertCurrency", NO_TOOL]);
});

test("real requests and given no-tool texts count", async (t) => {
  const data = [{ id: "1", question: "grab my coat", tool: "get_weather" }];
  const head = await trainHead(model, {
    ...common,
    writer: false,
    data,
    noTool: ["hi", "thanks a lot", "why?"],
  });
  t.is(head.training.texts.real, 1);
  t.is(head.training.texts["no-tool"], 3);
  t.is(await decide(head, "grab my coat"), "get_weather");
});

test("what does not fit is refused", async (t) => {
  const options = { ...common, writer: false as const };
  await rejectsWith(t, trainHead(model, { ...options, tools: [] }), "INVALID_ARGUMENT");
  await rejectsWith(t, trainHead(model, { ...options, falsePositiveRate: 2 }), "INVALID_ARGUMENT");
  await rejectsWith(
    t,
    trainHead(model, { ...options, advanced: { weights: { real: -1 } } }),
    "INVALID_ARGUMENT",
  );
  const data = [{ id: "1", question: "x y z", tool: "unknown" }];
  await rejectsWith(t, trainHead(model, { ...options, data }), "UNKNOWN_TOOL");
  await rejectsWith(t, trainHead(model, { ...options, signal: AbortSignal.abort() }), "ABORTED");
  const plain = ToolHead.create({ tools: ["a"], weights: new Float32Array(model.facts.embeddingLength) });
  await rejectsWith(t, updateHead(model, plain, options), "INVALID_ARGUMENT");
});
