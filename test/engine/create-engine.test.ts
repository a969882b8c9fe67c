import { readdir } from "node:fs/promises";
import test from "ava";
import { createEngine, defineTool, type Model } from "../../src/index.js";
import { NO_TOOL } from "../../src/training/index.js";
import { rejectsWith } from "../support/errors.js";
import { loadTestModel, models } from "../support/models.js";
import { scratchFolder } from "../utils/scratch.js";

const inputSchema = { type: "object", properties: {}, additionalProperties: false };
const [weather, alarm, mail] = ["get_weather", "set_alarm", "send_mail"].map((name) =>
  defineTool({ name, description: `Does what ${name} says.`, inputSchema, execute: () => "done" }),
);

let model: Model;
test.before(async () => {
  model = await loadTestModel(models.nano);
});
test.after.always(async () => {
  await model.dispose();
});

test("a head is trained once, found again, and extended for another tool", async (t) => {
  const folder = await scratchFolder(t);
  const phases: string[] = [];
  const open = async (tools: object) => {
    phases.length = 0;
    const settings = {
      folder,
      writer: false as const,
      onProgress: ({ phase }: { phase: string }) => phases.push(phase),
    };
    const engine = await createEngine(model, {
      tools: tools as never,
      head: "auto",
      autoHead: settings,
      parallel: 1,
    });
    const { head } = engine;
    await engine.dispose();
    return head!;
  };
  const first = await open([weather, alarm]);
  t.deepEqual(first.tools, ["get_weather", "set_alarm", NO_TOOL]);
  t.true(phases.includes("features"));

  const again = await open([alarm, weather]);
  t.deepEqual(phases, []);
  t.deepEqual(again.tools, ["set_alarm", "get_weather", NO_TOOL]);
  t.deepEqual(again.row("set_alarm"), first.row("set_alarm"));

  const more = await open([weather, alarm, mail]);
  t.deepEqual(more.tools, ["get_weather", "set_alarm", "send_mail", NO_TOOL]);
  t.deepEqual(more.row("get_weather"), first.row("get_weather"));

  const changed = defineTool({
    name: "get_weather",
    description: "Says how cold it is outside.",
    inputSchema,
    execute: () => "done",
  });
  const other = await open([changed, alarm, mail]);
  t.deepEqual(other.row("set_alarm"), first.row("set_alarm"));
  t.notDeepEqual(other.row("get_weather"), first.row("get_weather"));
  const [ofModel] = await readdir(folder);
  t.is((await readdir(`${folder}/${ofModel}`)).filter((file) => file.endsWith(".safetensors")).length, 3);
});

test("without tools there is nothing to train", async (t) => {
  await rejectsWith(t, createEngine(model, { head: "auto" }), "INVALID_ARGUMENT");
  await rejectsWith(t, createEngine(model, { tools: [weather!], autoHead: {} }), "INVALID_ARGUMENT");
});
