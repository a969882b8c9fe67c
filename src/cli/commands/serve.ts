import { z } from "zod";
import { createServer } from "../../integrations/server/index.js";
import { defineCommand } from "../command.js";
import { modelFlags, toolkenFlags } from "../flags.js";
import { openEngine, openModel, withEmbeddedHead } from "../session.js";

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
    { command: "toolken serve --host 0.0.0.0 --api-key secret", does: "for other machines" },
  ],
  everyday: ["model", "head", "tools", "port", "host", "apiKey", "parallel", "contextSize"],
  options: z.object({
    ...modelFlags,
    ...toolkenFlags,
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
    const named = withEmbeddedHead(given);
    const { parallel, contextSize = Math.max(MIN_CONTEXT, CONTEXT_PER_REQUEST * parallel) } = named;
    const tools = named.tools ?? (named.head === undefined ? [] : undefined);
    const options = { ...named, contextSize, tools };
    await using model = await openModel(options, io);
    await using engine = await openEngine(model, options, io, { parallel, topTools: SCORED_TOOLS });
    const environment = process.env.TOOLKEN_API_KEY;
    await using server = createServer(engine, {
      modelId: options.modelId,
      apiKeys: options.apiKey ?? (environment === undefined || environment === "" ? [] : [environment]),
      corsOrigins: options.corsOrigin,
      maxOutputTokens: options.maxTokens,
      maxQueue: options.maxQueue,
      maxBodySize: options.maxBodySize,
      requestTimeout: Math.round(options.requestTimeout * 1000),
      shutdownTimeout: Math.round(options.shutdownTimeout * 1000),
      onError: (error) => {
        io.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
      },
    });
    const { url } = await server.listen({ host: options.host, port: options.port });
    io.print(`Page ${url}/`);
    io.print(`Listening on ${url}/v1`);
    if (!io.signal.aborted) {
      await new Promise<void>((resolve) => {
        io.signal.addEventListener("abort", () => {
          resolve();
        });
      });
    }
    io.note("Finishing the running requests; once more ends at once.");
    return undefined;
  },
});
