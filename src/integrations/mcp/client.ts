import { z } from "zod";
import { ToolkenError } from "../../errors.js";

/** A tool in a server's list. */
export interface McpTool {
  readonly name: string;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly inputSchema?: unknown;
  readonly annotations?: Readonly<Record<string, unknown>> | undefined;
}

interface ToolPage {
  readonly tools: readonly McpTool[];
  readonly nextCursor?: string | undefined;
}

interface RequestOptions {
  readonly signal?: AbortSignal;
  readonly timeout?: number;
}

/**
 * A connected `Client` of `@modelcontextprotocol/client` (version 2) or of `@modelcontextprotocol/sdk` (version 1).
 * Their methods differ in parameters, so they are described loosely here.
 */
export interface McpClient {
  listTools(params?: never, options?: never): Promise<ToolPage>;
  callTool(params: never, second?: never, third?: never): Promise<unknown>;
  setNotificationHandler(method: never, handler: never): void;
  /** Only in version 2. */
  listen?(filter: never, options?: never): Promise<unknown>;
  getProtocolEra?(): string | undefined;
  close(): Promise<void>;
}

/** The same with parameters that both versions take. */
interface AnyClient {
  listTools(params: { readonly cursor: string } | undefined, options: RequestOptions): Promise<ToolPage>;
  callTool(...params: readonly unknown[]): Promise<unknown>;
  setNotificationHandler(method: unknown, handler: () => void): void;
  listen?(filter: { readonly toolsListChanged: boolean }): Promise<unknown>;
  getProtocolEra?(): string | undefined;
}

/** A server that never ends its pages would otherwise fill the memory. */
const MAX_PAGES = 10_000;

/** All pages of a server's tools. */
export async function listAllTools(client: McpClient, signal: AbortSignal | undefined): Promise<McpTool[]> {
  const server = client as unknown as AnyClient;
  const options = signal === undefined ? {} : { signal };
  const tools: McpTool[] = [];
  const cursors = new Set<string>();
  let cursor: string | undefined;
  for (;;) {
    const page = await server.listTools(cursor === undefined ? undefined : { cursor }, options);
    tools.push(...page.tools);
    cursor = page.nextCursor;
    if (cursor === undefined) return tools;
    if (cursors.has(cursor) || cursors.size >= MAX_PAGES) {
      throw new ToolkenError("IO", `The MCP server repeats page ${JSON.stringify(cursor)} of its tools`);
    }
    cursors.add(cursor);
  }
}

/** A call's result as the server gave it. */
export function callTool(
  client: McpClient,
  name: string,
  input: unknown,
  options: Required<RequestOptions>,
): Promise<unknown> {
  const server = client as unknown as AnyClient;
  const params = { name, arguments: input };
  // Version 1 has a schema of the result as second parameter.
  return "listen" in server ? server.callTool(params, options) : server.callTool(params, undefined, options);
}

const LIST_CHANGED = "notifications/tools/list_changed";

/** Calls `onChange` whenever the server says that its tools have changed. */
export async function watchTools(client: McpClient, onChange: () => void): Promise<void> {
  const server = client as unknown as AnyClient;
  if (server.listen === undefined) {
    server.setNotificationHandler(z.object({ method: z.literal(LIST_CHANGED) }), onChange);
    return;
  }
  server.setNotificationHandler(LIST_CHANGED, onChange);
  // Servers of 2026-07-28 notify only those who have subscribed.
  if (server.getProtocolEra?.() === "modern") await server.listen({ toolsListChanged: true });
}
