import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { cors } from "hono/cors";
import { ApiError, toApiError } from "./api-error.js";
import { chatCompletions } from "./chat/route.js";
import { completions } from "./completions/route.js";
import { inspectAnswer, inspectInfo } from "./page/inspect.js";
import { pageResponse } from "./page/page.js";
import { inspectScore } from "./page/score.js";
import { responses } from "./responses/route.js";
import { refuseForeignPages, requireKey } from "./guard.js";
import type { Service } from "./service.js";

/** All routes of the server. */
export function createApp(service: Service, isLocal: () => boolean): Hono {
  const { apiKeys, corsOrigins, maxBodySize, onError } = service.options;
  const app = new Hono();
  app.onError((error) => {
    const answered = toApiError(error);
    if (answered.status >= 500) onError?.(answered.cause ?? answered);
    return answered.response();
  });
  app.notFound(({ req }) => {
    const message = `Unknown request URL: ${req.method} ${req.path}`;
    return new ApiError(404, message, { code: "unknown_url" }).response();
  });
  if (corsOrigins.length > 0) app.use(cors({ origin: corsOrigins.includes("*") ? "*" : [...corsOrigins] }));
  app.use(refuseForeignPages(corsOrigins, () => apiKeys.length === 0 && isLocal()));
  app.get("/health", () =>
    service.isDraining
      ? Response.json({ status: "shutting down" }, { status: 503 })
      : Response.json({ status: "ok" }),
  );
  app.get("/", pageResponse);
  for (const path of ["/v1/*", "/inspect/*", "/metrics"]) app.use(path, requireKey(apiKeys));
  app.get("/metrics", ({ text }) => {
    const { running, waiting } = service.admission;
    const gauges = { running, waiting, cacheUsage: service.engine.contextUsage };
    return text(service.metrics.text(gauges), 200, { "content-type": "text/plain; version=0.0.4" });
  });
  app.use("/v1/*", async (c, next) => {
    await next();
    const isRoute = app.routes.some(({ path }) => path === c.req.path);
    service.metrics.request(isRoute ? c.req.path : "other", c.res.status);
  });
  const limit = bodyLimit({
    maxSize: maxBodySize,
    onError: () => {
      const message = `The request's body is longer than ${maxBodySize} bytes`;
      return new ApiError(413, message, { code: "request_too_large" }).response();
    },
  });
  for (const path of ["/v1/*", "/inspect/*"]) app.use(path, limit);
  const model = { id: service.modelId, object: "model", created: service.created, owned_by: "toolken" };
  app.get("/v1/models", () => Response.json({ object: "list", data: [model] }));
  app.get("/v1/models/:id{.+}", ({ req }) => {
    const id = req.param("id");
    if (id === model.id) return Response.json(model);
    throw new ApiError(404, `The model ${JSON.stringify(id)} does not exist`, {
      param: "model",
      code: "model_not_found",
    });
  });
  app.post("/v1/chat/completions", ({ req }) => chatCompletions(req.raw, service));
  app.post("/v1/completions", ({ req }) => completions(req.raw, service));
  app.post("/v1/responses", ({ req }) => responses(req.raw, service));
  app.get("/inspect/info", () => inspectInfo(service));
  app.post("/inspect/answer", ({ req }) => inspectAnswer(req.raw, service));
  app.post("/inspect/score", ({ req }) => inspectScore(req.raw, service));
  return app;
}
