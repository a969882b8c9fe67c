import { z } from "zod";
import type { StreamPart } from "../../../generation/events.js";
import type { CallSettings, GenerateOptions } from "../../../generation/options.js";
import { readBody } from "../body.js";
import type { RequestRun } from "../request-run.js";
import type { Service } from "../service.js";
import { eventStream, type ServerSentEvent } from "../sse.js";

/** Best outcomes of a step that the page is sent. */
export const OUTCOMES = 64;

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
    head: head === undefined ? null : { size: head.size, decides: head.decision !== null },
    reranker: reranker !== undefined,
    tools: [...tools].map(({ name, description }) => ({ name, description, examples: examples(name) })),
  });
}

const annotated = z.object({
  train: z.object({ perTool: z.array(z.object({ tool: z.string(), gold: z.number() })) }),
});
const definitions = z.object({
  tools: z.array(z.object({ tool: z.string(), texts: z.record(z.string(), z.number()) })),
});

/** Training examples per tool, where the head's file has a training report. */
function examplesOf(training: unknown): (tool: string) => number | null {
  const marked = annotated
    .safeParse(training)
    .data?.train.perTool.map(({ tool, gold }) => [tool, gold] as const);
  const written = definitions
    .safeParse(training)
    .data?.tools.map(({ tool, texts }) => [tool, Object.values(texts).reduce((a, b) => a + b, 0)] as const);
  const counts = new Map(marked ?? written);
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
function optionsOf(body: AnswerRequest, { engine, tools }: Service): object {
  const { messages, temperature, maxOutputTokens, toolBias } = body;
  const { head } = engine;
  const toolChoice =
    head === undefined || body.head ? (body.toolChoice as CallSettings["toolChoice"]) : "none";
  const common = { temperature, maxOutputTokens, toolChoice };
  if (head === undefined) return { ...common, messages, tools };
  if (head.decision !== null) return { ...common, messages, tools, toolBias };
  return { ...common, prompt: messages.at(-1)?.content, topCandidates: OUTCOMES, toolBias };
}

async function* parts(stream: AsyncIterable<StreamPart>, run: RequestRun): AsyncGenerator<ServerSentEvent> {
  const start = performance.now();
  try {
    // `at`: milliseconds since the request began.
    for await (const part of stream) {
      yield { data: JSON.stringify({ ...plain(part), at: performance.now() - start }) };
    }
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
