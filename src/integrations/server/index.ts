export { createServer, type ListenOptions, ToolkenServer } from "./server.js";
export type { ServerOptions } from "./options.js";
