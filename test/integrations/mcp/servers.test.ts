// Published MCP servers, started as programs.
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import type { Tool } from "../../../src/index.js";
import { openMcpServers } from "../../../src/integrations/mcp/index.js";
import { executeTool } from "../../../src/tools/index.js";
import { rejectsWith } from "../../support/errors.js";
import { everything, filesystem } from "../../support/mcp-servers.js";

function byName(
  tools: Iterable<Tool>,
): (name: string, input?: unknown) => Promise<{ value: unknown; text: string }> {
  return async (name, input = {}) => {
    const tool = [...tools].find((one) => one.name === name);
    if (tool === undefined) throw new Error(`No tool ${name}`);
    return executeTool(tool, JSON.stringify(input));
  };
}

test("server-everything: text, structured content, placeholders, errors, annotations", async (t) => {
  await using tools = await openMcpServers({ mcpServers: { everything } });
  const call = byName(tools);
  const sum = [...tools].find(({ name }) => name === "get-sum")!;
  t.like(sum.parameters, { kind: "object", schema: { required: ["a", "b"] } });
  t.is(sum.grammar, true);
  t.is(sum.annotations?.readOnlyHint, true);
  t.is(typeof sum.annotations?.title, "string");

  t.is((await call("echo", { message: "Grüße 🌧" })).text, "Echo: Grüße 🌧");
  t.regex((await call("get-sum", { a: 2, b: 40 })).text, /42/u);
  t.deepEqual((await call("get-structured-content", { location: "Chicago" })).value, {
    temperature: 36,
    conditions: "Light rain / drizzle",
    humidity: 82,
  });
  t.regex((await call("get-tiny-image")).text, /\[image image\/png, \d{3,} bytes\]/u);
  t.regex((await call("get-resource-links", { count: 2 })).text, /\n\[resource Blob Resource 1: \S+\]\n/u);
  t.regex(
    (await call("get-resource-reference", { resourceType: "Blob", resourceId: 1 })).text,
    /\[resource \S+ \S+, \d+ bytes\]/u,
  );
  await rejectsWith(t, call("get-sum", { a: "two" }), "TOOL_ARGUMENTS_INVALID");
  await rejectsWith(
    t,
    call("get-resource-reference", { resourceType: "Blob", resourceId: -1 }),
    "TOOL_FAILED",
  );
});

test("server-filesystem: reads and writes within its folder alone", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "toolken-mcp-"));
  await writeFile(join(folder, "note.txt"), "buy milk");
  await using tools = await openMcpServers({ mcpServers: { files: filesystem(folder) } });
  const call = byName(tools);
  t.true(tools.size > 10);
  t.true([...tools].every(({ grammar }) => grammar));
  t.regex((await call("read_text_file", { path: join(folder, "note.txt") })).text, /buy milk/u);
  await call("write_file", { path: join(folder, "new.txt"), content: "a\nb" });
  t.is(await readFile(join(folder, "new.txt"), "utf8"), "a\nb");
  const denied = await rejectsWith(t, call("read_text_file", { path: "/etc/passwd" }), "TOOL_FAILED");
  t.regex(denied!.message, /denied/iu);
});

test("servers of a file: variables, disabled ones, and the same names in two of them", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "toolken-mcp-"));
  process.env.TOOLKEN_TEST_FOLDER = folder;
  const path = join(folder, "mcp.json");
  const files = filesystem("${TOOLKEN_TEST_FOLDER}");
  const mcpServers = { a: files, b: files, c: { command: "/nowhere", disabled: true } };
  await writeFile(path, JSON.stringify({ mcpServers }));
  await using tools = await openMcpServers(path);
  const names = [...tools].map(({ name }) => name);
  t.is(new Set(names).size, names.length);
  t.true(names.includes("a_read_text_file") && names.includes("b_read_text_file"));
  t.regex((await byName(tools)("b_list_directory", { path: folder })).text, /mcp\.json/u);
});

test("what cannot be read or started is said", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "toolken-mcp-"));
  const path = join(folder, "mcp.json");
  await rejectsWith(t, openMcpServers(path), "FILE_NOT_FOUND");
  await writeFile(path, "{");
  await rejectsWith(t, openMcpServers(path), "FILE_INVALID", /Expected JSON/u);
  await writeFile(path, '{"mcpServers":{"a":{"args":[]}}}');
  await rejectsWith(t, openMcpServers(path), "FILE_INVALID", /mcpServers/u);
  const none = { mcpServers: { none: { command: join(folder, "no-program") } } };
  const error = await rejectsWith(t, openMcpServers(none), "IO", /MCP server none does not answer/u);
  t.regex(error!.hint!, /no-program/u);
  const silent = {
    mcpServers: { cat: { command: process.execPath, args: ["-e", "process.stdin.resume()"] } },
  };
  await rejectsWith(t, openMcpServers(silent, { startTimeout: 300 }), "IO", /cat does not answer/u);
  await rejectsWith(t, openMcpServers(silent, { signal: AbortSignal.timeout(200) }), "ABORTED");
  const url = { mcpServers: { web: { url: "http://127.0.0.1:9/mcp" } } };
  await rejectsWith(t, openMcpServers(url), "IO", /web does not answer/u);
});
