import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { everything } from "../support/mcp-servers.js";
import { toolken } from "./spawn.js";

test("chat and train have the tools of MCP servers", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "toolken-mcp-"));
  const config = join(folder, "mcp.json");
  await writeFile(config, JSON.stringify({ mcpServers: { everything } }));
  const compute = ["--gpu", "cpu", "--threads", "1"];
  const chat = await toolken(["chat", "--mcp", config, "--tools", "math", ...compute], "/tools\n/exit\n");
  t.is(chat.exitCode, 0, chat.stderr);
  t.regex(chat.stdout, /^add: [^]*\necho: Echoes/u);

  const head = join(folder, "head.safetensors");
  const words = ["train", "--mcp", config, "--writer", "none", "--out", head, "--json", ...compute];
  const train = await toolken(words);
  t.is(train.exitCode, 0, train.stderr);
  const { tools } = JSON.parse(train.stdout) as { tools: { tool: string }[] };
  const names = tools.map(({ tool }) => tool);
  t.true(names.includes("get-structured-content") && !names.includes("add"), train.stdout);
});
