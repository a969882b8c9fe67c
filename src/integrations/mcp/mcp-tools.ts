import { z } from "zod";
import { setTimeout as delay } from "node:timers/promises";
import { invalidArgument } from "../../errors.js";
import type { Tool, ToolAnnotations } from "../../tools/index.js";
import { callback, integerField, signalField, value } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, type ResolvedOptions, resolveOptions } from "../../utils/options.js";
import { foreignTool } from "../shared/foreign-tool.js";
import { callTool, listAllTools, type McpClient, type McpTool, watchTools } from "./client.js";
import { nameTools, type NamedTool } from "./names.js";
import { readToolResult } from "./result.js";

/** Longest result that a model reads. */
const MAX_RESULT = 2000;

export const mcpToolsFields = {
  timeout: integerField(1).default(60_000).describe("Milliseconds of one call"),
  maxResultLength: integerField(1, MAX_RESULT)
    .default(MAX_RESULT)
    .describe("Longest result that a model reads, in UTF-16 units; what is longer is cut"),
  prefix: z
    .enum(["collisions", "always"])
    .default("collisions")
    .describe(
      "Whose names begin with the server's: those that several servers have, or all, `<server>_<name>`",
    )
    .meta({
      more: '"always": all names stay the same when another server is added; a trained head\'s rows go by names.',
    }),
  reserved: value<Iterable<string>>("names").optional().describe("Names that other tools have"),
  onChange: callback<(error?: Error) => void>()
    .optional()
    .describe("Called after the tools have changed, and with the error where they could not be read"),
  signal: signalField,
};
const mcpToolsOptions = defineOptions(mcpToolsFields);
export type McpToolsOptions = OptionsOf<typeof mcpToolsOptions>;
type Resolved = ResolvedOptions<typeof mcpToolsOptions>;

/** Clients by the names of their servers. */
export type McpClients = McpClient | Readonly<Record<string, McpClient>>;

/** Tools of MCP servers: iterates those of now. Create it with {@link mcpTools} or `openMcpServers`. */
export class McpTools implements Iterable<Tool>, AsyncDisposable {
  readonly #clients: readonly (readonly [string, McpClient])[];
  readonly #options: Resolved;
  readonly #listed = new Map<string, readonly McpTool[]>();
  #tools: readonly Tool[] = [];
  #closed = false;

  /** Use {@link mcpTools}. */
  constructor(clients: readonly (readonly [string, McpClient])[], options: Resolved) {
    this.#clients = clients;
    this.#options = options;
  }

  [Symbol.iterator](): Iterator<Tool> {
    return this.#tools[Symbol.iterator]();
  }

  get size(): number {
    return this.#tools.length;
  }

  /** Reads the lists of all servers. Throws what the clients throw; the tools stay as they were then. */
  async refresh(): Promise<void> {
    const lists = await Promise.all(
      this.#clients.map(([, client]) => listAllTools(client, this.#options.signal)),
    );
    this.#clients.forEach(([server], i) => this.#listed.set(server, lists[i]!));
    this.#convert();
  }

  /** Reads the lists from now on whenever a server says that its tools have changed. */
  async watch(): Promise<void> {
    await Promise.all(
      this.#clients.map(([server, client]) => {
        let version = 0;
        return watchTools(client, () => {
          void this.#readAgain(server, client, () => version, ++version);
        });
      }),
    );
  }

  /** Closes the clients, and with them the servers that were started for them. Idempotent. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.allSettled(this.#clients.map(([, client]) => client.close()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #readAgain(server: string, client: McpClient, latest: () => number, version: number): Promise<void> {
    try {
      // Servers that register many tools notify for each.
      await delay(CHANGE_PAUSE);
      if (version !== latest() || this.#closed) return;
      const tools = await listAllTools(client, this.#options.signal);
      if (version !== latest()) return;
      this.#listed.set(server, tools);
      this.#convert();
      this.#options.onChange?.();
    } catch (error) {
      if (this.#closed) return;
      this.#options.onChange?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #convert(): void {
    const { prefix, reserved = [] } = this.#options;
    const servers = this.#clients.map(([server]) => ({ server, tools: this.#listed.get(server) ?? [] }));
    const clients = new Map(this.#clients);
    const named = nameTools(servers, { prefix, reserved: new Set(reserved) });
    this.#tools = named.map((tool) => convert(tool, clients.get(tool.server)!, this.#options));
  }
}

/** Milliseconds in which further notifications of a change are awaited. */
const CHANGE_PAUSE = 50;

/**
 * The tools of connected MCP clients, as tools of an engine; they follow the servers' changes.
 *
 * Throws `INVALID_ARGUMENT`, `IO` (a list without end), and what the clients throw.
 *
 * @example
 * const tools = await mcpTools(client);
 * const { text } = await engine.generate({ messages, tools });
 */
export async function mcpTools(clients: McpClients, options: McpToolsOptions = {}): Promise<McpTools> {
  const resolved = resolveOptions(mcpToolsOptions, options, "mcpTools");
  const named = isClient(clients) ? [["", clients] as const] : Object.entries(clients);
  for (const [server, client] of named) {
    if (!isClient(client)) throw invalidArgument("a connected MCP client", `clients.${server}`, client);
  }
  const tools = new McpTools(named, resolved);
  await tools.watch();
  await tools.refresh();
  return tools;
}

function isClient(value: unknown): value is McpClient {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as McpClient).listTools === "function" &&
    typeof (value as McpClient).callTool === "function"
  );
}

function convert(
  { name, tool }: NamedTool<McpTool>,
  client: McpClient,
  { timeout, maxResultLength }: Resolved,
): Tool {
  const { title, annotations } = tool;
  return foreignTool({
    name,
    description: tool.description ?? title ?? "",
    inputSchema: tool.inputSchema,
    ...(annotations === undefined && title === undefined
      ? {}
      : { annotations: { ...(title === undefined ? {} : { title }), ...(annotations as ToolAnnotations) } }),
    timeout,
    execute: async (input, { signal }) => {
      const result = await callTool(client, tool.name, input, { signal, timeout });
      return readToolResult(name, result, maxResultLength);
    },
  });
}
