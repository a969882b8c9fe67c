// An MCP server over stdio with many tools, schemas of all kinds, pages, and a list that changes on request.
import { setTimeout as delay } from "node:timers/promises";
import { McpServer } from "@modelcontextprotocol/server";
import { StdioServerTransport } from "@modelcontextprotocol/server/stdio";

const PAGE = 40;

const SCHEMAS: readonly Record<string, unknown>[] = [
  { type: "object", properties: { id: { type: "integer" } }, required: ["id"] },
  { type: "object" },
  { type: "object", allOf: [{ required: ["a"] }], properties: { a: { type: "string" } } },
  { type: "object", oneOf: [{ required: ["a"] }, { required: ["b"] }], properties: { a: {}, b: {} } },
  {
    $schema: "http://json-schema.org/draft-04/schema#",
    type: "object",
    properties: { a: { type: "number" } },
  },
  { type: "object", properties: { a: { $ref: "#/nowhere" } } },
  { type: "object", patternProperties: { "^x-": { type: "string" } } },
  { type: "object", properties: { name: { type: ["string", "null"], pattern: "\\S" } }, if: {}, then: {} },
];

const { server } = new McpServer(
  { name: "many", version: "1" },
  { capabilities: { tools: { listChanged: true } } },
);

let count = Number(process.argv[2] ?? 300);

function tool(index: number): Record<string, unknown> {
  return {
    name: `tool_${index}`,
    description: `Tool number ${index}`,
    inputSchema: SCHEMAS[index % SCHEMAS.length],
  };
}

const special = [
  { name: "grow", description: "Adds a tool", inputSchema: { type: "object" } },
  { name: "wait", description: "Waits", inputSchema: { type: "object" } },
  { name: "long", description: "Gives a long text", inputSchema: { type: "object" } },
  { name: "exit", description: "Ends the server", inputSchema: { type: "object" } },
  { name: "a/b c", title: "Odd name", inputSchema: { type: "object" }, annotations: { readOnlyHint: true } },
];

server.setRequestHandler("tools/list", ({ params }) => {
  const all = [...special, ...Array.from({ length: count }, (_, index) => tool(index))];
  const start = Number(params?.cursor ?? 0);
  const end = start + PAGE;
  return {
    tools: all.slice(start, end) as never,
    ...(end < all.length ? { nextCursor: String(end) } : {}),
  };
});

server.setRequestHandler("tools/call", async ({ params: { name, arguments: input } }, { mcpReq }) => {
  if (name === "grow") {
    count++;
    await server.sendToolListChanged();
  }
  if (name === "wait") {
    await delay(60_000, undefined, { signal: mcpReq.signal }).catch(() => undefined);
    process.stderr.write("cancelled\n");
  }
  if (name === "exit") process.exit(3);
  const text = name === "long" ? "x".repeat(10_000) : JSON.stringify({ name, input });
  return { content: [{ type: "text", text }] };
});

await server.connect(new StdioServerTransport());
