export type { McpClient } from "./client.js";
export { mcpTools, type McpClients, type McpTools, type McpToolsOptions } from "./mcp-tools.js";
export { openMcpServers, type OpenMcpServersOptions } from "./open-servers.js";
export type { McpServer, McpServersConfig } from "./servers-file.js";
export { findToolServer } from "./find-server.js";
export { type FoundTool, ToolFinder } from "./tool-finder.js";
