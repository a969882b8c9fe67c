import type * as Sdk from "@modelcontextprotocol/server";
import { z } from "zod";
import { inputSchemaOf, type Tool, toolSet } from "../../tools/index.js";
import { importOptional } from "../../utils/optional-package.js";
import type { ToolFinder } from "./tool-finder.js";

/** What a host reads before it asks. */
const DESCRIPTION =
  "Finds the tools for a request among many. Say in one sentence what shall be done; " +
  "the answer lists the tools that fit, the most probable first, with what they do and take.";

/**
 * A server of MCP with one tool, `find_tool`, for hosts with too many tools. Connect it to a transport.
 *
 * @param tools definitions that answers contain; a tool of the head without one is given by its name
 * @throws ToolkenError `PACKAGE_MISSING` (@modelcontextprotocol/server)
 */
export async function findToolServer(finder: ToolFinder, tools: Iterable<Tool>): Promise<Sdk.McpServer> {
  const load = (): Promise<typeof Sdk> => import("@modelcontextprotocol/server");
  const { McpServer } = await importOptional("@modelcontextprotocol/server", "An MCP server needs", load);
  const server = new McpServer({ name: "toolken", version: "1" });
  const inputSchema = z.object({
    request: z.string().min(1).max(20_000).describe("What shall be done, in one sentence"),
    limit: z.int().min(1).max(50).default(5).describe("Most tools of the answer"),
  });
  const annotations = { title: "Find the right tool", readOnlyHint: true, openWorldHint: false };
  const config = { description: DESCRIPTION, inputSchema, annotations };
  server.registerTool("find_tool", config, async ({ request, limit }, { mcpReq }) => {
    const found = await finder.find(request, limit, mcpReq.signal);
    const known = toolSet(tools);
    const listed = found.map(({ name, probability }) => ({
      name,
      probability: Number(probability.toFixed(4)),
      ...(known.has(name) ? definitionOf(known.get(name)) : {}),
    }));
    return {
      content: [{ type: "text", text: JSON.stringify(listed) }],
      structuredContent: { tools: listed },
    };
  });
  return server;
}

function definitionOf(tool: Tool): { readonly description: string; readonly inputSchema?: unknown } {
  const { description, parameters } = tool;
  const isOpaque = parameters.kind === "object" && parameters.schema === null;
  return isOpaque ? { description } : { description, inputSchema: inputSchemaOf(tool) };
}
