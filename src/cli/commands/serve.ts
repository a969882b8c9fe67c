import { z } from "zod";
import { ToolHead } from "../../head/tool-head.js";
import { mathTools, type Tool } from "../../tools/index.js";
import { defineCommand } from "../command.js";
import { type McpFlag, mcpFlag, modelFlags, toolkenFlags, type ToolsFlag } from "../flags.js";
import type { Io } from "../io.js";
import { serveEngine } from "../serve-engine.js";
import {
  type HeadOption,
  openEngine,
  openHead,
  openModel,
  openTools,
  openToolsAndServers,
  withEmbeddedHead,
} from "../session.js";

const SERVER = "Server";

/** Tokens of the KV cache. */
const CONTEXT_PER_REQUEST = 2048;
const MIN_CONTEXT = 8192;

/** Tools that the page can score at once. */
const SCORED_TOOLS = 64;

export const serveCommand = defineCommand({
  name: "serve",
  group: "Answering",
  summary: "Serve a model with the API of OpenAI",
  examples: [
    { command: "toolken serve --model model.gguf", does: "clients send their tools, and execute them" },
    {
      command: "toolken serve --model model.gguf --tools tools.mjs",
      does: "the server executes these tools",
    },
    {
      command: "toolken serve --model model.gguf --mcp mcp.json --head auto",
      does: "the tools of MCP servers, and a head that is trained once to choose among them",
    },
    { command: "toolken serve --host 0.0.0.0 --api-key secret", does: "for other machines" },
  ],
  everyday: ["model", "head", "tools", "mcp", "port", "host", "apiKey", "parallel", "contextSize"],
  options: z.object({
    ...modelFlags,
    ...toolkenFlags,
    ...mcpFlag,
    head: toolkenFlags.head.describe(
      "Tool head (safetensors), nano, or auto: trained once from the tools' definitions",
    ),
    parallel: z
      .int()
      .min(1)
      .max(64)
      .default(4)
      .describe("Requests that share each decode")
      .meta({ group: SERVER }),
    host: z.string().min(1).default("127.0.0.1").describe("Address to listen on").meta({ group: SERVER }),
    port: z.int().min(0).max(65535).default(8080).describe("Port; 0: any free one").meta({ group: SERVER }),
    apiKey: z
      .array(z.string().min(1))
      .optional()
      .describe("Keys of which a request must have one")
      .meta({ group: SERVER, defaultText: "TOOLKEN_API_KEY of the environment" }),
    corsOrigin: z
      .array(z.string().min(1))
      .optional()
      .describe("Origins whose pages may call the server")
      .meta({ group: SERVER, defaultText: "none" }),
    modelId: z
      .string()
      .min(1)
      .optional()
      .describe("Name of the model for clients")
      .meta({ group: SERVER, defaultText: "the model's own" }),
    maxTokens: z
      .int()
      .min(1)
      .default(1024)
      .describe("Maximum tokens of an answer whose request sets none")
      .meta({ group: SERVER }),
    maxQueue: z
      .int()
      .min(0)
      .default(256)
      .describe("Requests that wait; more get 429")
      .meta({ group: SERVER }),
    maxBodySize: z
      .int()
      .min(1)
      .default(4 * 2 ** 20)
      .describe("Maximum bytes of a request's body")
      .meta({ group: SERVER }),
    requestTimeout: z
      .number()
      .min(0.001)
      .max(2_000_000)
      .default(600)
      .describe("Seconds of a request, waiting included")
      .meta({ group: SERVER }),
    shutdownTimeout: z
      .number()
      .min(0)
      .max(2_000_000)
      .default(30)
      .describe("Seconds that running requests get at the end")
      .meta({ group: SERVER }),
  }),
  async run(given, io) {
    const named = given.mcp === undefined ? withEmbeddedHead(given) : given;
    const { parallel, contextSize = Math.max(MIN_CONTEXT, CONTEXT_PER_REQUEST * parallel) } = named;
    const options = { ...named, contextSize };
    await using model = await openModel(options, io);
    const head = await openHead(options, model, io);
    await using tools = await openToolsAndServers(options, io, await defaultTools(head, options));
    await using engine = await openEngine(model, options, io, {
      parallel,
      topTools: SCORED_TOOLS,
      head,
      tools: known([...tools], head, options.mcp !== undefined, io),
    });
    const environment = process.env.TOOLKEN_API_KEY;
    await serveEngine(
      engine,
      {
        tools,
        modelId: options.modelId,
        apiKeys: options.apiKey ?? (environment === undefined || environment === "" ? [] : [environment]),
        corsOrigins: options.corsOrigin,
        maxOutputTokens: options.maxTokens,
        maxQueue: options.maxQueue,
        maxBodySize: options.maxBodySize,
        requestTimeout: Math.round(options.requestTimeout * 1000),
        shutdownTimeout: Math.round(options.shutdownTimeout * 1000),
      },
      { host: options.host, port: options.port },
      io,
    );
    return undefined;
  },
});

/** Without `--tools` and `--mcp`: none, or the operators of arithmetic that a head calls within the text. */
async function defaultTools({ head }: HeadOption, flags: ToolsFlag & McpFlag): Promise<readonly Tool[]> {
  if (head === undefined || flags.tools !== undefined || flags.mcp !== undefined) return [];
  if (head === "auto") return mathTools;
  // One that decides on requests is for the tools of the clients.
  return head.decision === null ? openTools(flags, head) : [];
}

/** Tools of the engine: a head file need not have a row for each tool of the MCP servers. */
function known(tools: readonly Tool[], { head }: HeadOption, fromServers: boolean, io: Io): readonly Tool[] {
  if (!fromServers || !(head instanceof ToolHead)) return tools;
  const rows = tools.filter(({ name }) => head.has(name));
  const missing = tools.length - rows.length;
  if (missing > 0) {
    io.note(
      `The head has no row for ${missing} of ${tools.length} tools: where they may be called, the tools are listed in the prompt. \`toolken train --update\` adds rows.`,
    );
  }
  return rows;
}
