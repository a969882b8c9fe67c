import { z } from "zod";
import { integerField } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, type ResolvedOptions, resolveOptions } from "../../utils/options.js";
import type * as Sdk from "@modelcontextprotocol/client";
import { abortError, ToolkenError } from "../../errors.js";
import { importOptional } from "../../utils/optional-package.js";
import { type McpTools, mcpTools, mcpToolsFields } from "./mcp-tools.js";
import { type McpServer, type McpServersConfig, readMcpServers } from "./servers-file.js";

const openOptions = defineOptions({
  ...mcpToolsFields,
  startTimeout: integerField(1).default(30_000).describe("Milliseconds that a server may take to start"),
  stderr: z.enum(["ignore", "inherit"]).default("ignore").describe("What servers write to standard error"),
});
export type OpenMcpServersOptions = OptionsOf<typeof openOptions>;

/**
 * Starts or reaches the servers of an `mcpServers` file, and gives their tools. `close()` (or `await using`) ends
 * them.
 *
 * Throws `PACKAGE_MISSING` (@modelcontextprotocol/client), `FILE_NOT_FOUND`, `FILE_INVALID`, `INVALID_ARGUMENT`,
 * `IO` (a server that does not start or answer), `ABORTED`.
 *
 * @param source path of the file, or its content
 *
 * @example
 * await using tools = await openMcpServers("mcp.json");
 * const chat = engine.chat({ tools });
 */
export async function openMcpServers(
  source: string | McpServersConfig,
  given: OpenMcpServersOptions = {},
): Promise<McpTools> {
  const { startTimeout, stderr, ...options } = resolveOptions(openOptions, given, "openMcpServers");
  const servers = await readMcpServers(source);
  const opened = await Promise.allSettled(
    [...servers].map(
      async ([name, server]) =>
        [name, await connect(name, server, { startTimeout, stderr, signal: options.signal })] as const,
    ),
  );
  const clients = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  try {
    for (const one of opened) if (one.status === "rejected") throw one.reason;
    return await mcpTools(Object.fromEntries(clients), options);
  } catch (error) {
    await Promise.allSettled(clients.map(([, client]) => client.close()));
    throw error;
  }
}

type ConnectOptions = Pick<ResolvedOptions<typeof openOptions>, "startTimeout" | "stderr" | "signal">;

async function connect(name: string, server: McpServer, options: ConnectOptions): Promise<Sdk.Client> {
  const { signal, startTimeout } = options;
  const load = (): Promise<typeof Sdk> => import("@modelcontextprotocol/client");
  const sdk = await importOptional("@modelcontextprotocol/client", "MCP servers need", load);
  const client = new sdk.Client(
    { name: "toolken", version: "1" },
    // Servers that were not seen before may be of any version; `mcpTools` bounds the pages.
    { versionNegotiation: { mode: "auto", probe: { timeoutMs: PROBE_TIMEOUT } }, listMaxPages: 0 },
  );
  try {
    await client.connect(await transportOf(server, options, sdk), {
      timeout: startTimeout,
      ...(signal === undefined ? {} : { signal }),
    });
    return client;
  } catch (cause) {
    await client.close().catch(() => undefined);
    if (signal?.aborted === true) throw abortError(signal);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ToolkenError("IO", `The MCP server ${name} does not answer: ${reason}`, {
      cause,
      hint:
        "command" in server ? `It is started by: ${commandLine(server)}` : `It is reached at ${server.url}`,
      facts: { server: name },
    });
  }
}

/** Milliseconds after which a server that does not know the newest handshake is greeted by the older one. */
const PROBE_TIMEOUT = 3000;

async function transportOf(
  server: McpServer,
  { stderr }: ConnectOptions,
  sdk: typeof Sdk,
): Promise<Parameters<Sdk.Client["connect"]>[0]> {
  if (!("command" in server)) {
    const { url, headers = {} } = server;
    return new sdk.StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
  }
  const { StdioClientTransport, getDefaultEnvironment } = await import("@modelcontextprotocol/client/stdio");
  const { command, args = [], env = {}, cwd } = server;
  return new StdioClientTransport({
    command,
    args,
    env: { ...getDefaultEnvironment(), ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stderr,
  });
}

function commandLine({ command, args = [] }: Extract<McpServer, { command: string }>): string {
  return [command, ...args].join(" ");
}
