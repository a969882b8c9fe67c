import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { defineTool, trainHead } from "../../src/index.js";
import { loadTestModel, models } from "../support/models.js";
import { toolken } from "./spawn.js";

test("a piped chat answers line by line and obeys its commands", async (t) => {
  const lines = [
    "/help",
    "/tools",
    "/why",
    "What is 3 plus 4?",
    "",
    "/reset",
    "/nothing",
    "And 5 plus 6?",
    "/exit",
    "unread",
  ];
  const words = ["chat", "--tools", "math", "--gpu", "cpu", "--threads", "1", "--max-tokens", "8"];
  const { exitCode, stdout, stderr } = await toolken(words, `${lines.join("\n")}\n`);
  t.is(exitCode, 0);
  t.regex(stdout, /^\/tools lists [^\n]*\nadd: The sum[^]*\nNo tool has been chosen in the last answer\.\n/u);
  t.false(stdout.includes("> ") || stdout.includes("\u001B"), stdout);
  t.true(stderr.includes("Unknown command /nothing. /tools lists the tools"), stderr);
});

test("an answer that does not fit is a message, not the end of the chat", async (t) => {
  const words = ["chat", "--gpu", "cpu", "--threads", "1", "--context-size", "256", "--max-tokens", "4"];
  const { exitCode, stderr } = await toolken(words, `${"word ".repeat(600)}\nHello?\n`);
  t.is(exitCode, 0);
  t.regex(stderr, /The conversation has \d+ tokens, the context has room for 256/u);
});

test("/why shows the decision that led to the last call, or that there was none", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "toolken-chat-"));
  t.teardown(() => rm(folder, { recursive: true, force: true }));
  const fields = {
    name: "get_weather",
    description: "Weather of a city",
    inputSchema: {
      type: "object",
      properties: { city: { enum: ["Oslo", "Paris"] } },
      required: ["city"],
      additionalProperties: false,
    },
  };
  const head = join(folder, "head.safetensors");
  await using model = await loadTestModel(models.nano);
  const trained = await trainHead(model, {
    tools: [defineTool(fields)],
    data: [{ id: "1", question: "Will it rain in Oslo?", tool: "get_weather" }],
    noTool: ["Tell me a joke.", "Thank you."],
    writer: false,
    threads: 1,
    advanced: { weights: { real: 20, "no-tool": 20, "follow-up": 20 }, l2: 1e-6, folds: 0 },
  });
  await trained.save(head);
  const tools = join(folder, "tools.mjs");
  await writeFile(tools, `export default [{ ...${JSON.stringify(fields)}, execute: () => "rain" }];\n`);
  const words = [
    "chat",
    "--tools",
    tools,
    "--head",
    head,
    "--gpu",
    "cpu",
    "--threads",
    "1",
    "--max-tokens",
    "4",
  ];
  const lines = ["Will it rain in Oslo?", "/why", "Tell me a joke.", "/why"];
  const { exitCode, stdout, stderr } = await toolken(words, `${lines.join("\n")}\n`);
  t.is(exitCode, 0, stderr);
  const shown = [...stdout.matchAll(/^ *([\d.]+) % {2}(.*)$/gmu)].map(([, percent, name]) => ({
    isLikely: Number(percent) > 50,
    name,
  }));
  t.deepEqual(shown[0], { isLikely: true, name: "get_weather" }, stdout);
  t.deepEqual(shown[2], { isLikely: true, name: "(no tool)" }, stdout);
});
