// The `mcpServers` file of MCP hosts.
import { z } from "zod";
import { ToolkenError } from "../../errors.js";
import { readTextFile } from "../../utils/open-file.js";

const stdio = z.object({
  command: z.string().min(1),
  args: z.array(z.string()).optional(),
  env: z.record(z.string(), z.string()).optional(),
  cwd: z.string().optional(),
  disabled: z.boolean().optional(),
});

const http = z.object({
  url: z.url({ protocol: /^https?$/u }),
  type: z.enum(["http", "streamable-http", "streamableHttp"]).optional(),
  headers: z.record(z.string(), z.string()).optional(),
  disabled: z.boolean().optional(),
});

const server = z.union([stdio, http]);

const file = z.looseObject({ mcpServers: z.record(z.string().min(1), server) });

/** How a server is reached: a program that is started, or a URL. */
export type McpServer = z.output<typeof server>;

/** The content of an `mcpServers` file. */
export interface McpServersConfig {
  readonly mcpServers: Readonly<Record<string, McpServer>>;
}

/**
 * Servers of a file or of its content; disabled ones are left out. `${NAME}` and `${env:NAME}` in values are
 * environment variables, `${NAME:-text}` has a default.
 *
 * @throws ToolkenError `FILE_NOT_FOUND`, `FILE_INVALID`, `INVALID_ARGUMENT`
 */
export async function readMcpServers(source: string | McpServersConfig): Promise<Map<string, McpServer>> {
  const parsed = file.safeParse(typeof source === "string" ? await readJson(source) : source);
  if (!parsed.success) {
    const where = typeof source === "string" ? source : "servers";
    throw new ToolkenError(
      typeof source === "string" ? "FILE_INVALID" : "INVALID_ARGUMENT",
      `Expected { "mcpServers": { name: { command } or { url } } } in ${where}: ${z.prettifyError(parsed.error)}`,
      { cause: parsed.error },
    );
  }
  const servers = Object.entries(parsed.data.mcpServers).filter(([, { disabled }]) => disabled !== true);
  return new Map(servers.map(([name, entry]) => [name, expand(entry) as McpServer]));
}

async function readJson(path: string): Promise<unknown> {
  const text = await readTextFile(path);
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ToolkenError("FILE_INVALID", `Expected JSON in ${path}: ${reason}`, { cause });
  }
}

function expand(value: unknown): unknown {
  if (typeof value === "string") {
    return value.replaceAll(
      /\$\{(?:env:)?([A-Za-z_]\w*)(?::-([^}]*))?\}/gu,
      (_, name: string, other?: string) => {
        return process.env[name] ?? other ?? "";
      },
    );
  }
  if (Array.isArray(value)) return value.map(expand);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, expand(inner)]));
}
