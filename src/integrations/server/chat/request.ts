import { z } from "zod";
import type { CallSettings } from "../../../generation/options.js";
import type { JsonSchema } from "../../../tools/index.js";
import { ApiError } from "../api-error.js";
import { functionTool, type RequestedChoice } from "../function-tools.js";
import type { Tool } from "../../../tools/index.js";
import { samplingFields, unsupported } from "../sampling.js";

export const functionFields = z.looseObject({
  name: z.string(),
  description: z.string().nullish(),
  parameters: z.looseObject({}).nullish(),
});

const named = z.looseObject({ function: z.looseObject({ name: z.string() }) });

/** Body of `POST /v1/chat/completions`; fields that are not here are ignored. */
export const chatRequest = z.object({
  ...samplingFields,
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  max_completion_tokens: z.int().min(1).nullish(),
  tools: z.array(z.looseObject({ type: z.string() })).nullish(),
  tool_choice: z
    .union([
      z.enum(["auto", "none", "required"]),
      z.looseObject({ type: z.literal("function"), function: z.looseObject({ name: z.string() }) }),
      z.looseObject({
        type: z.literal("allowed_tools"),
        allowed_tools: z.looseObject({ mode: z.enum(["auto", "required"]), tools: z.array(named) }),
      }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  response_format: z
    .union([
      z.looseObject({ type: z.enum(["text", "json_object"]) }),
      z.looseObject({
        type: z.literal("json_schema"),
        json_schema: z.looseObject({ schema: z.looseObject({}).nullish() }),
      }),
    ])
    .nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
  functions: z.array(z.unknown()).nullish(),
});

export type ChatRequest = z.output<typeof chatRequest>;

/** The functions among a request's tools; tools of other types are for other servers. */
export function requestTools({ tools, functions }: ChatRequest): Tool[] {
  if (functions !== null && functions !== undefined) throw unsupported("functions", "tools");
  return (tools ?? []).flatMap((tool, i) => {
    if (tool.type !== "function") return [];
    const at = `tools[${i}].function`;
    const result = functionFields.safeParse(tool.function);
    if (!result.success) {
      const issue = result.error.issues[0]!;
      const param = [at, ...issue.path.map(String)].join(".");
      throw new ApiError(400, `Expected a function with a name for ${param}`, {
        param,
        code: "invalid_type",
      });
    }
    return [functionTool(result.data, at)];
  });
}

export function requestedChoice({ tool_choice: choice }: ChatRequest): RequestedChoice | undefined {
  if (choice === null || choice === undefined) return undefined;
  if (typeof choice === "string") return choice;
  if (choice.type === "function") return { name: choice.function.name };
  const { mode, tools } = choice.allowed_tools;
  return { mode, names: tools.map((tool) => tool.function.name) };
}

/** What only conversations have. */
export function outputSettings(body: ChatRequest): CallSettings {
  const { response_format: format, logprobs, top_logprobs: topLogprobs } = body;
  if ((topLogprobs ?? 0) > 0 && logprobs !== true) {
    throw new ApiError(400, "top_logprobs requires logprobs to be true", {
      param: "top_logprobs",
      code: "invalid_value",
    });
  }
  return {
    parallelToolCalls: body.parallel_tool_calls ?? true,
    responseFormat: responseFormat(format),
    logprobs: logprobs ?? undefined,
    topLogprobs: topLogprobs ?? undefined,
    // The client validates the arguments of its calls, and a call in a stream can't be taken back.
    argumentRetries: 0,
  };
}

function responseFormat(format: ChatRequest["response_format"]): CallSettings["responseFormat"] {
  if (format === null || format === undefined || format.type === "text") return undefined;
  if (format.type === "json_object") return { type: "json" };
  const { schema } = (format as { readonly json_schema: { readonly schema?: unknown } }).json_schema;
  return { type: "json", schema: (schema ?? undefined) as JsonSchema | undefined };
}
