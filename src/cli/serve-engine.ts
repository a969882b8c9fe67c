import type { Engine } from "../generation/engine.js";
import { createServer, type ListenOptions, type ServerOptions } from "../integrations/server/index.js";
import type { Io } from "./io.js";

/** Serves an engine until the command is interrupted. @param onPage called with the address of the page */
export async function serveEngine(
  engine: Engine,
  options: ServerOptions,
  where: ListenOptions,
  io: Io,
  onPage: (url: string) => void = () => undefined,
): Promise<void> {
  await using server = createServer(engine, {
    onError: (error) => {
      io.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
    },
    ...options,
  });
  const { url } = await server.listen(where);
  io.print(`Page ${url}/`);
  io.print(`Listening on ${url}/v1`);
  onPage(`${url}/`);
  if (!io.signal.aborted) {
    await new Promise<void>((resolve) => {
      io.signal.addEventListener("abort", () => {
        resolve();
      });
    });
  }
  io.note("Finishing the running requests; once more ends at once.");
}
