import { createHash, timingSafeEqual } from "node:crypto";
import type { MiddlewareHandler } from "hono";
import { ApiError } from "./api-error.js";

const sha256 = (text: string): Buffer => createHash("sha256").update(text).digest();

/** Refuses requests without one of the keys; no keys: all may pass. */
export function requireKey(keys: readonly string[]): MiddlewareHandler {
  const digests = keys.map(sha256);
  return async ({ req }, next) => {
    if (digests.length > 0) {
      const given = /^Bearer\s+(.+)$/iu.exec(req.header("authorization") ?? "")?.[1];
      const digest = sha256(given ?? "");
      // Digests have one length and are compared in constant time.
      const isKnown = digests.filter((known) => timingSafeEqual(known, digest)).length > 0;
      if (given === undefined || !isKnown) {
        const message = given === undefined ? "You didn't provide an API key" : "Incorrect API key provided";
        throw new ApiError(401, message, {
          code: "invalid_api_key",
          headers: { "www-authenticate": "Bearer" },
        });
      }
    }
    await next();
  };
}

const LOCAL_HOST = /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])(?::\d+)?$/iu;

/**
 * Keeps pages of other sites away from a server without keys: they may reach a loopback address through a name of
 * their own (DNS rebinding), or send requests whose answers they can't read.
 *
 * @param isLocal whether the server listens on a loopback address
 */
export function refuseForeignPages(origins: readonly string[], isLocal: () => boolean): MiddlewareHandler {
  return async ({ req }, next) => {
    const host = req.header("host") ?? "";
    if (isLocal() && host !== "" && !LOCAL_HOST.test(host)) {
      throw new ApiError(403, `The server does not answer to the name ${host}`, { code: "host_refused" });
    }
    const origin = req.header("origin");
    const isOwn = origin === undefined || origin === `http://${host}` || origin === `https://${host}`;
    if (!isOwn && !origins.includes(origin) && !origins.includes("*")) {
      throw new ApiError(403, `Pages of ${origin} may not call this server`, { code: "origin_refused" });
    }
    await next();
  };
}
