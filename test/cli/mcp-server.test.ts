import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import test from "ava";
import { toolken } from "./spawn.js";

const TOOLS = `export default [
  ["get_weather", "Current weather of a city: rain, sun, temperature."],
  ["send_mail", "Sends an e-mail message to a person."],
  ["play_song", "Plays a song or music by an artist."],
].map(([name, description]) => ({ name, description, inputSchema: { type: "object" }, execute: () => "" }));`;

test("toolken mcp finds tools of a trained head for an MCP client", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "toolken-find-"));
  const [tools, head] = [join(folder, "tools.mjs"), join(folder, "head.safetensors")];
  await writeFile(tools, TOOLS);
  const compute = ["--gpu", "cpu", "--threads", "1"];
  const trained = await toolken(["train", "--tools", tools, "--writer", "none", "--out", head, ...compute]);
  t.is(trained.exitCode, 0, trained.stderr);

  const program = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));
  const args = [program, "mcp", "--head", head, "--tools", tools, ...compute];
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: "ignore" }));
  const { tools: listed } = await client.listTools();
  t.deepEqual(
    listed.map(({ name }) => name),
    ["find_tool"],
  );
  const request = "Current weather of a city: rain, sun, temperature.";
  const result = await client.callTool({ name: "find_tool", arguments: { request } });
  const found = (result.structuredContent as { tools: { name: string; probability: number }[] }).tools;
  t.like(found[0], { name: "get_weather", description: request, inputSchema: { type: "object" } });
  t.true(found[0]!.probability > 0 && found[0]!.probability <= 1);
  const invalid = await client
    .callTool({ name: "find_tool", arguments: {} })
    .catch(() => ({ isError: true }));
  t.is(invalid.isError, true);
  await client.close();
});
