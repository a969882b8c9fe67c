import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";
import { ToolkenError } from "../../errors.js";
import type { Engine } from "../../generation/engine.js";
import { resolveOptions } from "../../utils/options.js";
import { createApp } from "./app.js";
import { type ServerOptions, serverOptions } from "./options.js";
import { Service } from "./service.js";

export interface ListenOptions {
  /** Default: "127.0.0.1", this machine alone. */
  readonly host?: string | undefined;
  /** 0: any free one. Default: 8080. */
  readonly port?: number | undefined;
}

/** Milliseconds in which a request's headers must come, against clients that send them byte by byte. */
const HEADERS_TIMEOUT = 30_000;

/** An OpenAI-compatible server in front of an engine. Create it with `createServer`. */
export class ToolkenServer {
  /** Answers a request without a socket, for other runtimes and tests. */
  readonly fetch: (request: Request) => Promise<Response>;
  readonly #service: Service;
  #server: Server | undefined;
  #isLocal = false;

  /** Use `createServer`. */
  constructor(service: Service) {
    this.#service = service;
    const app = createApp(service, () => this.#isLocal);
    this.fetch = async (request) => app.fetch(request);
  }

  /**
   * Begins to listen.
   *
   * @returns the server's address
   * @throws ToolkenError `IO` when the address is in use or not this machine's
   */
  async listen({ host = "127.0.0.1", port = 8080 }: ListenOptions = {}): Promise<{
    url: string;
    port: number;
  }> {
    const { requestTimeout } = this.#service.options;
    // Health checks of balancers speak HTTP/1.0, which has no host.
    const server = createAdaptorServer({ fetch: this.fetch, hostname: "localhost" }) as Server;
    server.headersTimeout = HEADERS_TIMEOUT;
    server.requestTimeout = requestTimeout;
    // A client that stops reading; a request that waits sends nothing either.
    server.timeout = requestTimeout + HEADERS_TIMEOUT;
    await new Promise<void>((resolve, reject) => {
      server.once("error", (cause) => {
        reject(
          new ToolkenError("IO", `The server can't listen on ${host}:${port}: ${cause.message}`, { cause }),
        );
      });
      server.listen(port, host, resolve);
    });
    this.#server = server;
    const address = server.address() as AddressInfo;
    this.#isLocal = address.address.startsWith("127.") || address.address === "::1";
    const name = address.family === "IPv6" ? `[${address.address}]` : address.address;
    return { url: `http://${name}:${address.port}`, port: address.port };
  }

  /** Refuses new requests, waits for the running ones up to `shutdownTimeout`, and stops listening. Idempotent. */
  async close(): Promise<void> {
    await this.#service.drain();
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    await new Promise<void>((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeIdleConnections();
      setTimeout(() => {
        server.closeAllConnections();
      }, 1000).unref();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/**
 * A server with the API of OpenAI in front of an engine: chat completions, completions, models. Calls of the engine's
 * own tools are executed, those of a request's tools returned.
 *
 * @throws ToolkenError `INVALID_ARGUMENT`
 * @example
 * const server = createServer(engine, { apiKeys: ["secret"] });
 * const { url } = await server.listen({ port: 8080 });
 */
export function createServer(engine: Engine, options: ServerOptions = {}): ToolkenServer {
  return new ToolkenServer(new Service(engine, resolveOptions(serverOptions, options, "createServer")));
}
