import { z } from "zod";
import type { StreamPart } from "../../../generation/events.js";
import type { CallSettings, GenerateOptions } from "../../../generation/options.js";
import { ApiError } from "../api-error.js";
import { readBody } from "../body.js";
import type { RequestRun } from "../request-run.js";
import type { Service } from "../service.js";
import { eventStream, type ServerSentEvent } from "../sse.js";

/** Best outcomes of a step that the page is sent. */
const OUTCOMES = 64;

const answerRequest = z.object({
  messages: z.array(z.looseObject({ role: z.string() })).min(1),
  head: z.boolean(),
  toolChoice: z.union([z.enum(["auto", "none", "required"]), z.object({ toolName: z.string() })]),
  toolBias: z.number(),
  temperature: z.number().min(0).max(2),
  maxOutputTokens: z.int().min(1),
});

type AnswerRequest = z.output<typeof answerRequest>;

/** `GET /inspect/info`: what the page shows of the model, its head and its tools. */
export function inspectInfo({ engine, modelId, tools }: Service): Response {
  const { head, reranker, model } = engine;
  const examples = examplesOf(head?.training);
  return Response.json({
    model: modelId,
    quantization: model.facts.quantization,
    context: engine.contextSize,
    parallel: engine.parallel,
    head: head === undefined ? null : { size: head.size },
    reranker: reranker !== undefined,
    tools: [...tools].map(({ name, description }) => ({ name, description, examples: examples(name) })),
  });
}

const trainingReport = z.object({
  train: z.object({ perTool: z.array(z.object({ tool: z.string(), gold: z.number() })) }),
});

/** Training examples per tool, where the head's file has a training report. */
function examplesOf(training: unknown): (tool: string) => number | null {
  const { data } = trainingReport.safeParse(training);
  const counts = new Map(data?.train.perTool.map(({ tool, gold }) => [tool, gold]));
  return (tool) => counts.get(tool) ?? null;
}

/** `POST /inspect/answer`: an answer with everything that was weighed on the way, part by part. */
export async function inspectAnswer(request: Request, service: Service): Promise<Response> {
  const body = await readBody(request, answerRequest);
  const run = service.begin(request.signal, 1);
  try {
    const options = { ...optionsOf(body, service), signal: run.signal } as GenerateOptions;
    return eventStream(parts(service.engine.stream(options), run), () => {
      run.abort();
    });
  } catch (error) {
    const answered = run.errorOf(error);
    run.end();
    throw answered;
  }
}

/** A head that decides within the text answers the last question; all else is a conversation. */
function optionsOf(body: AnswerRequest, { engine }: Service): object {
  const { messages, temperature, maxOutputTokens } = body;
  const toolChoice = body.toolChoice as CallSettings["toolChoice"];
  if (engine.head?.decision !== null) return { messages, temperature, maxOutputTokens, toolChoice };
  const question = messages.at(-1)?.content;
  return {
    prompt: question,
    temperature,
    maxOutputTokens,
    topCandidates: OUTCOMES,
    toolBias: body.toolBias,
    toolChoice: body.head ? toolChoice : "none",
  };
}

async function* parts(stream: AsyncIterable<StreamPart>, run: RequestRun): AsyncGenerator<ServerSentEvent> {
  try {
    for await (const part of stream) yield { data: JSON.stringify(plain(part)) };
  } catch (error) {
    yield { data: JSON.stringify({ type: "error", ...run.errorOf(error).body }) };
  } finally {
    run.end();
  }
}

/** An error's message is no field that JSON would take. */
function plain(part: StreamPart): object {
  if (part.type !== "tool-error") return part;
  const { code, message } = part.error;
  return { ...part, error: { code, message } };
}

const scoreRequest = z.object({ text: z.string().min(1) });

/** Lifts all tools above all tokens, so that none is missing among the best outcomes. */
const LIFT = 1000;

/** `POST /inspect/score`: the head's logits of all tools after a text, and the softmax over the tools alone. */
export async function inspectScore(request: Request, service: Service): Promise<Response> {
  const { text } = await readBody(request, scoreRequest);
  const { engine } = service;
  if (engine.head?.decision !== null) {
    throw new ApiError(400, "The server has no head that decides within the text", { code: "no_head" });
  }
  const run = service.begin(request.signal, 1);
  try {
    const options = {
      prompt: text,
      responsePrefix: text,
      topCandidates: OUTCOMES,
      toolBias: LIFT,
      maxOutputTokens: 1,
    };
    for await (const part of engine.stream({ ...options, signal: run.signal })) {
      if (part.type === "candidates") return Response.json({ tools: among(part.candidates) });
    }
    return Response.json({ tools: [] });
  } catch (error) {
    throw run.errorOf(error);
  } finally {
    run.end();
  }
}

function among(candidates: readonly { readonly tool?: string; readonly logit: number }[]): object[] {
  const tools = candidates.filter(({ tool }) => tool !== undefined);
  const best = Math.max(...tools.map(({ logit }) => logit));
  const total = tools.reduce((sum, { logit }) => sum + Math.exp(logit - best), 0);
  return tools.map(({ tool, logit }) => ({
    tool,
    logit: logit - LIFT,
    probability: Math.exp(logit - best) / total,
  }));
}
