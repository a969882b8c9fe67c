import { once } from "node:events";
import { z } from "zod";
import { ToolHead } from "../../head/tool-head.js";
import { findToolServer, ToolFinder } from "../../integrations/mcp/index.js";
import { importOptional } from "../../utils/optional-package.js";
import { defineCommand } from "../command.js";
import { mcpFlag, modelFlags, toolsFlag } from "../flags.js";
import { openModel, openToolsAndServers } from "../session.js";

export const mcpCommand = defineCommand({
  name: "mcp",
  group: "Answering",
  summary: "Serve a trained head as an MCP server with one tool: find the right tool",
  examples: [
    {
      command: "toolken mcp --model model.gguf --head servers.safetensors --mcp mcp.json",
      does: "over stdio, for a host's mcpServers file",
    },
  ],
  everyday: ["model", "head", "tools", "mcp"],
  options: z.object({
    ...modelFlags,
    head: z
      .string()
      .min(1)
      .describe("Head of `toolken train` (safetensors)")
      .meta({ group: "Head and tools" }),
    ...toolsFlag,
    ...mcpFlag,
  }),
  async run({ head: path, ...flags }, io) {
    const head = await ToolHead.load(path);
    await using tools = await openToolsAndServers(flags, io);
    await using model = await openModel(flags, io);
    await using finder = await ToolFinder.create(model, head);
    const server = await findToolServer(finder, tools);
    const { StdioServerTransport } = await importOptional(
      "@modelcontextprotocol/server",
      "An MCP server needs",
      () => import("@modelcontextprotocol/server/stdio"),
    );
    const ended = Promise.race([once(io.stdin, "close"), once(io.signal, "abort")]);
    await server.connect(new StdioServerTransport());
    io.hint("Waiting for an MCP host on standard input.");
    await ended;
    await server.close();
    return undefined;
  },
});
