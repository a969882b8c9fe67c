import { z } from "zod";
import type { CallSettings } from "../../generation/options.js";
import { ApiError } from "./api-error.js";

/** Settings that chat completions and completions share; clients may send null for what they leave out. */
export const samplingFields = {
  model: z.string().nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().min(0).max(1).nullish(),
  max_tokens: z.int().min(1).nullish(),
  n: z.int().min(1).max(128).nullish(),
  seed: z.int().nullish(),
  stop: z.union([z.string(), z.array(z.string()).max(4)]).nullish(),
  user: z.string().nullish(),
  presence_penalty: z.number().min(-2).max(2).nullish(),
  frequency_penalty: z.number().min(-2).max(2).nullish(),
  logit_bias: z.record(z.string(), z.number()).nullish(),
  // Of llama.cpp's and vLLM's servers.
  top_k: z.int().nullish(),
  min_p: z.number().min(0).max(1).nullish(),
  repeat_penalty: z.number().min(0.01).max(100).nullish(),
};

type SamplingBody = Partial<z.output<z.ZodObject<typeof samplingFields>>>;

const MAX_SEED = Number.MAX_SAFE_INTEGER;
const MAX_TOP_K = 64;

/**
 * Settings of each of a request's answers, which differ in their seeds.
 *
 * @throws ApiError 400 for settings that would be silently without effect
 */
export function answerSettings(body: SamplingBody, maxOutputTokens: number): CallSettings[] {
  refuseUnsupported(body);
  const { temperature, top_p, top_k, min_p, repeat_penalty, seed, stop, n } = body;
  const first = seed ?? Math.floor(Math.random() * 2 ** 32);
  const limit = body.max_tokens ?? maxOutputTokens;
  const settings: CallSettings = {
    temperature: temperature ?? 0,
    topP: top_p ?? undefined,
    topK: top_k === null || top_k === undefined || top_k < 1 ? undefined : Math.min(MAX_TOP_K, top_k),
    minP: min_p ?? undefined,
    repeatPenalty: repeat_penalty ?? undefined,
    stopSequences: typeof stop === "string" ? [stop].filter(Boolean) : stop?.filter(Boolean),
    maxOutputTokens: limit,
    maxArgumentTokens: limit,
  };
  return Array.from({ length: n ?? 1 }, (_, i) => ({ ...settings, seed: (Math.abs(first) + i) % MAX_SEED }));
}

function refuseUnsupported(body: SamplingBody): void {
  for (const param of ["presence_penalty", "frequency_penalty"] as const) {
    if ((body[param] ?? 0) !== 0) throw unsupported(param, "repeat_penalty");
  }
  if (Object.keys(body.logit_bias ?? {}).length > 0) throw unsupported("logit_bias");
}

export function unsupported(param: string, instead?: string): ApiError {
  const use = instead === undefined ? "" : ` Use ${instead}.`;
  return new ApiError(400, `Unsupported parameter: ${param} is not supported by this server.${use}`, {
    param,
    code: "unsupported_parameter",
  });
}
