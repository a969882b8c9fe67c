import { z } from "zod";
import type { CallSettings } from "../../../generation/options.js";
import type { JsonSchema, Tool } from "../../../tools/index.js";
import { ApiError } from "../api-error.js";
import { functionTool, type RequestedChoice } from "../function-tools.js";
import { samplingFields, unsupported } from "../sampling.js";

const { model, stream, temperature, top_p, seed, stop } = samplingFields;

/** Body of `POST /v1/responses`; fields that are not here are ignored. */
export const responseRequest = z.object({
  model,
  stream,
  temperature,
  top_p,
  seed,
  stop,
  input: z.union([z.string(), z.array(z.looseObject({ type: z.string().nullish() })).min(1)]),
  instructions: z.string().nullish(),
  max_output_tokens: z.int().min(1).nullish(),
  tools: z.array(z.looseObject({ type: z.string() })).nullish(),
  tool_choice: z
    .union([
      z.enum(["auto", "none", "required"]),
      z.looseObject({ type: z.literal("function"), name: z.string() }),
      z.looseObject({
        type: z.literal("allowed_tools"),
        mode: z.enum(["auto", "required"]),
        tools: z.array(z.looseObject({ name: z.string() })),
      }),
    ])
    .nullish(),
  parallel_tool_calls: z.boolean().nullish(),
  text: z
    .looseObject({
      format: z
        .looseObject({
          type: z.enum(["text", "json_object", "json_schema"]),
          schema: z.looseObject({}).nullish(),
        })
        .nullish(),
    })
    .nullish(),
  previous_response_id: z.string().nullish(),
  include: z.array(z.string()).nullish(),
  top_logprobs: z.int().min(0).max(20).nullish(),
});

export type ResponseRequest = z.output<typeof responseRequest>;

const functionFields = z.looseObject({
  name: z.string(),
  description: z.string().nullish(),
  parameters: z.looseObject({}).nullish(),
});

/** The functions among a request's tools; tools of other types are for other servers. */
export function requestTools({ tools }: ResponseRequest): Tool[] {
  return (tools ?? []).flatMap((tool, i) => {
    if (tool.type !== "function") return [];
    const result = functionFields.safeParse(tool);
    if (result.success) return [functionTool(result.data, `tools[${i}]`)];
    const param = [`tools[${i}]`, ...result.error.issues[0]!.path.map(String)].join(".");
    throw new ApiError(400, `Expected a function with a name for ${param}`, { param, code: "invalid_type" });
  });
}

export function requestedChoice({ tool_choice: choice }: ResponseRequest): RequestedChoice | undefined {
  if (choice === null || choice === undefined) return undefined;
  if (typeof choice === "string") return choice;
  if (choice.type === "function") return { name: choice.name };
  return { mode: choice.mode, names: choice.tools.map(({ name }) => name) };
}

export function outputSettings(body: ResponseRequest): CallSettings {
  const { text, parallel_tool_calls: parallel, include, top_logprobs: topLogprobs } = body;
  const format = text?.format;
  const logprobs = include?.includes("message.output_text.logprobs") === true;
  return {
    ...(logprobs ? { logprobs, topLogprobs: topLogprobs ?? 0 } : {}),
    parallelToolCalls: parallel ?? true,
    argumentRetries: 0,
    responseFormat:
      format === null || format === undefined || format.type === "text"
        ? undefined
        : { type: "json", schema: (format.schema ?? undefined) as JsonSchema | undefined },
  };
}

type Item = Exclude<ResponseRequest["input"], string>[number];
type ChatMessage = { readonly role: string } & Readonly<Record<string, unknown>>;

/** The input as messages of a chat completion. */
export function messagesOf(body: ResponseRequest): ChatMessage[] {
  if ((body.previous_response_id ?? null) !== null) throw unsupported("previous_response_id", "input");
  const { input, instructions } = body;
  const messages: ChatMessage[] = [];
  if ((instructions ?? "") !== "") messages.push({ role: "system", content: instructions });
  if (typeof input === "string") messages.push({ role: "user", content: input });
  else for (const [i, item] of input.entries()) addItem(messages, item, `input[${i}]`);
  return messages;
}

function addItem(messages: ChatMessage[], item: Item, param: string): void {
  const type = item.type ?? "message";
  if (type === "message") messages.push(item as unknown as ChatMessage);
  else if (type === "function_call") {
    const { call_id: id, name, arguments: input } = item;
    const call = { id, type: "function", function: { name, arguments: input } };
    const last = messages.at(-1);
    // Calls in a row are of one step.
    if (last?.role === "assistant" && Array.isArray(last.tool_calls)) last.tool_calls.push(call);
    else messages.push({ role: "assistant", content: null, tool_calls: [call] });
  } else if (type === "function_call_output") {
    messages.push({ role: "tool", tool_call_id: item.call_id, content: item.output });
  } else if (type !== "reasoning") {
    const message = `Expected a message, function_call or function_call_output for ${param} but received ${type}`;
    throw new ApiError(400, message, { param, code: "invalid_value" });
  }
}
