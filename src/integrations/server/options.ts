import { z } from "zod";
import type { Tool } from "../../tools/index.js";
import { value } from "../../utils/option-fields.js";
import { defineOptions, type OptionsOf, type ResolvedOptions } from "../../utils/options.js";

export const serverOptions = defineOptions({
  tools: value<Iterable<Tool>>("an iterable of tools", isIterable)
    .optional()
    .describe("Tools that the server executes, read at each request. Default: the engine's"),
  modelId: z.string().min(1).optional().describe("Name of the model for clients. Default: the model's own"),
  apiKeys: z
    .array(z.string().min(1))
    .default([])
    .describe("Keys of which a request must have one; none: open"),
  corsOrigins: z.array(z.string().min(1)).default([]).describe("Origins whose pages may call the server"),
  maxBodySize: z
    .int()
    .min(1)
    .default(4 * 2 ** 20)
    .describe("Maximum bytes of a request's body"),
  maxQueue: z
    .int()
    .min(0)
    .default(256)
    .describe("Requests that wait for their turn; more are refused with 429"),
  requestTimeout: z
    .int()
    .min(1)
    .max(2 ** 31 - 1)
    .default(600_000)
    .describe("Milliseconds of a request, waiting included"),
  shutdownTimeout: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(30_000)
    .describe("Milliseconds that running requests get on close"),
  maxOutputTokens: z
    .int()
    .min(1)
    .default(1024)
    .describe("Maximum tokens of an answer whose request sets none"),
  onError: z
    .custom<(error: unknown) => void>((value) => typeof value === "function", "a function")
    .optional()
    .describe("Called with every error that is answered by a status of 500 or above"),
});

export type ServerOptions = OptionsOf<typeof serverOptions>;
export type ResolvedServerOptions = ResolvedOptions<typeof serverOptions>;

function isIterable(given: unknown): boolean {
  return typeof given === "object" && given !== null && Symbol.iterator in given;
}
