// MCP servers to test with: two published ones and one with many tools.
import { fileURLToPath } from "node:url";
import type { McpServer } from "../../src/integrations/mcp/index.js";

function program(url: string, ...args: readonly string[]): McpServer {
  return { command: process.execPath, args: [fileURLToPath(url), ...args] };
}

export const everything = program(
  import.meta.resolve("@modelcontextprotocol/server-everything/dist/index.js"),
  "stdio",
);

export function filesystem(folder: string): McpServer {
  return program(import.meta.resolve("@modelcontextprotocol/server-filesystem/dist/index.js"), folder);
}

export function manyTools(count: number): McpServer {
  return program(import.meta.resolve("./many-tools-server.js"), String(count));
}
