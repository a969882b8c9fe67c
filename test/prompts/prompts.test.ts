// A folder of prompts says by its files' names whose they are.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import test from "ava";
import { defineTool, type Tool } from "../../src/index.js";
import { loadPrompts, resolvePrompts } from "../../src/prompts/prompts.js";
import { scratchFolder } from "../utils/scratch.js";
import { rejectsWith } from "../support/errors.js";

const tool = (name: string): Tool =>
  defineTool({ name, description: "Adds.", parameters: { positional: 2 }, execute: () => 1 });

test("a text per tool, whatever its name is made of", async (t) => {
  const folder = join(await scratchFolder(t), "prompts");
  await mkdir(folder);
  const texts = {
    general: "Q: [QUESTION]\nA:",
    add_money: "money [QUESTION]",
    "x_<get_weather>_2": "w [QUESTION]",
  };
  for (const [name, text] of Object.entries(texts)) await writeFile(join(folder, `${name}.txt`), text);
  await writeFile(join(folder, "notes.txt"), "No tool's, and without a slot.");
  const { general, tools } = await loadPrompts(folder);
  t.is(general, texts.general);
  t.is(tools?.add_money, "money [QUESTION]");
  t.is(tools?.get_weather, "w [QUESTION]");

  const resolved = await resolvePrompts(folder, [tool("add_money"), tool("get_weather"), tool("other")]);
  t.is(resolved.tools.add_money, "money [QUESTION]");
  t.true(resolved.tools.other!.includes("[QUESTION]"));
  // What is a tool's after all needs a slot.
  await rejectsWith(t, resolvePrompts(folder, [tool("notes")]), "INVALID_ARGUMENT", /notes/u);
});
