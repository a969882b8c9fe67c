// A server with 300 tools of all kinds of schemas, and one in this process.
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { InMemoryTransport as InMemoryV1 } from "@modelcontextprotocol/sdk/inMemory.js";
import { McpServer as ServerV1 } from "@modelcontextprotocol/sdk/server/mcp.js";
import { Client, InMemoryTransport } from "@modelcontextprotocol/client";
import { McpServer } from "@modelcontextprotocol/server";
import test from "ava";
import { defineTool } from "../../../src/index.js";
import { mcpTools, openMcpServers } from "../../../src/integrations/mcp/index.js";
import { executeTool, toolSet } from "../../../src/tools/index.js";
import { rejectsWith } from "../../support/errors.js";
import { manyTools } from "../../support/mcp-servers.js";

test("300 tools in pages, of any JSON Schema", async (t) => {
  await using tools = await openMcpServers({ mcpServers: { many: manyTools(300) } });
  t.is(tools.size, 305);
  const all = toolSet(tools);
  t.is(all.size, 305);
  t.is(all.get("a_b_c").description, "Odd name");
  for (let index = 0; index < 8; index++) {
    const tool = all.get(`tool_${index}`);
    const { text } = await executeTool(tool, '{"id":1,"a":"1"}').catch((error: unknown) => ({
      text: String(error),
    }));
    // One schema, of draft 4, wants a number.
    t.regex(text, index === 4 ? /a must be number/u : new RegExp(`"name":"tool_${index}"`, "u"));
  }
  // Schemas that are documented as they are, though no grammar decodes them.
  t.like(all.get("tool_5").parameters, { schema: { properties: { a: { $ref: "#/nowhere" } } } });
});

test("calls end by signal, by time, and with the server; long texts are cut", async (t) => {
  await using tools = await openMcpServers({ mcpServers: { many: manyTools(1) } }, { timeout: 400 });
  const all = toolSet(tools);
  const aborted = executeTool(all.get("wait"), "{}", { signal: AbortSignal.timeout(100) });
  await rejectsWith(t, aborted, "ABORTED");
  await rejectsWith(t, executeTool(all.get("wait"), "{}"), "TOOL_TIMEOUT");
  const { text } = await executeTool(all.get("long"), "{}");
  t.is(text.length, 2000);
  t.true(text.endsWith("[cut after 2000 of 10000 characters]"));
  await rejectsWith(t, executeTool(all.get("exit"), "{}"), "TOOL_FAILED");
  await rejectsWith(t, executeTool(all.get("long"), "{}"), "TOOL_FAILED");
});

test("tools follow the server's list", async (t) => {
  let changed: () => void = () => undefined;
  const change = new Promise<void>((resolve) => (changed = resolve));
  await using tools = await openMcpServers({ mcpServers: { many: manyTools(50) } }, { onChange: changed });
  const before = toolSet(tools);
  await executeTool(before.get("grow"), "{}");
  await change;
  t.is(before.has("tool_50"), false);
  t.is(toolSet(tools).get("tool_50").name, "tool_50");
});

for (const version of [1, 2] as const) {
  test(`a client of version ${version} of the SDK`, async (t) => {
    const { client, add } = await connected(version);
    let changed: () => void = () => undefined;
    const change = new Promise<void>((resolve) => (changed = resolve));
    await using tools = await mcpTools(client, { onChange: changed, reserved: ["one"] });
    t.deepEqual(
      [...tools].map(({ name }) => name),
      ["one_2"],
    );
    t.is((await executeTool([...tools][0]!, "{}")).text, "1");
    add();
    await change;
    t.deepEqual(
      [...tools].map(({ name }) => name),
      ["one_2", "two"],
    );
    const own = defineTool({ name: "one", description: "Own", inputSchema: { type: "object" } });
    t.is(toolSet([own, ...tools]).size, 3);
  });
}

test("names of servers stand before all names on request", async (t) => {
  const { client } = await connected(2);
  const tools = await mcpTools(
    { first: client, "second one": (await connected(2)).client },
    { prefix: "always" },
  );
  t.deepEqual(
    [...tools].map(({ name }) => name),
    ["first_one", "second_one_one"],
  );
  await tools.close();
  await rejectsWith(t, mcpTools({ none: {} as never }), "INVALID_ARGUMENT", /clients\.none/u);
});

async function connected(
  version: 1 | 2,
): Promise<{ readonly client: Client | ClientV1; readonly add: () => void }> {
  const answer = (text: string) => () => ({ content: [{ type: "text" as const, text }] });
  const about = { name: "test", version: "1" };
  const config = { description: "A tool" };
  if (version === 1) {
    const [here, there] = InMemoryV1.createLinkedPair();
    const server = new ServerV1(about);
    server.registerTool("one", config, answer("1"));
    const client = new ClientV1(about);
    await Promise.all([server.connect(there), client.connect(here)]);
    return { client, add: () => server.registerTool("two", config, answer("2")) };
  }
  const [here, there] = InMemoryTransport.createLinkedPair();
  const server = new McpServer(about);
  server.registerTool("one", config, answer("1"));
  const client = new Client(about);
  await Promise.all([server.connect(there), client.connect(here)]);
  return { client, add: () => server.registerTool("two", config, answer("2")) };
}
