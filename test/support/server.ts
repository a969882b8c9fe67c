// A server on a free port of this machine, and requests to it.
import { createServer, type ServerOptions, type ToolkenServer } from "../../src/integrations/server/index.js";
import { createEngine, type Engine, type EngineOptions, type Model } from "../../src/index.js";
import { loadTestModel, models } from "./models.js";

export interface TestServer {
  readonly model: Model;
  readonly engine: Engine;
  readonly server: ToolkenServer;
  readonly url: string;
  readonly post: (path: string, body: unknown, init?: RequestInit) => Promise<Response>;
  readonly close: () => Promise<void>;
}

export async function startServer(
  engineOptions: EngineOptions = {},
  serverOptions: ServerOptions = {},
): Promise<TestServer> {
  const model = await loadTestModel(models.nano);
  const engine = await createEngine(model, { parallel: 2, contextSize: 8192, ...engineOptions });
  const server = createServer(engine, { maxOutputTokens: 24, ...serverOptions });
  const { url } = await server.listen({ port: 0 });
  return {
    model,
    engine,
    server,
    url,
    post: (path, body, init) =>
      fetch(`${url}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: typeof body === "string" ? body : JSON.stringify(body),
        ...init,
      }),
    async close() {
      await server.close();
      await engine.dispose();
      await model.dispose();
    },
  };
}

/** The data of a stream's events. */
export async function eventsOf(response: Response): Promise<string[]> {
  const text = await response.text();
  return text
    .split("\n\n")
    .filter((event) => event !== "")
    .map((event) => /^data: (.*)$/mu.exec(event)![1]!);
}

export interface ErrorBody {
  readonly error: {
    readonly message: string;
    readonly type: string;
    readonly param: string | null;
    readonly code: string | null;
  };
}
