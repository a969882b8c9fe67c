import type { GenerateOptions } from "../../../generation/options.js";
import type { Usage } from "../../../generation/events.js";
import { wholeAnswer } from "../answer-events.js";
import { type ChoiceEvent, mergedAnswers, resumed } from "../answers.js";
import { readBody } from "../body.js";
import { answerTools } from "../function-tools.js";
import type { RequestRun } from "../request-run.js";
import { answerSettings } from "../sampling.js";
import type { Service } from "../service.js";
import { eventStream, type ServerSentEvent } from "../sse.js";
import { chatRequest, type ChatRequest, outputSettings, requestedChoice, requestTools } from "./request.js";
import { ChatChunks, chatCompletion } from "./response.js";
import { ownQuestion } from "./own-question.js";

/** `POST /v1/chat/completions` */
export async function chatCompletions(request: Request, service: Service): Promise<Response> {
  const body = await readBody(request, chatRequest);
  const { engine } = service;
  const { tools, toolChoice, isExecuted } = answerTools(
    requestTools(body),
    service.tools,
    requestedChoice(body),
  );
  const output = outputSettings(body);
  const max_tokens = body.max_completion_tokens ?? body.max_tokens;
  const settings = answerSettings({ ...body, max_tokens }, service.options.maxOutputTokens);
  const question = ownQuestion(body, engine);
  const conversation = question === undefined ? { messages: body.messages, tools } : { prompt: question };
  const run = service.begin(request.signal, settings.length);
  try {
    const answers = settings.map((own) => {
      const options = {
        ...own,
        ...output,
        toolChoice,
        ...conversation,
        signal: run.signal,
      } as GenerateOptions;
      return service.answer(options, isExecuted);
    });
    const facts = service.facts("chatcmpl-");
    if (body.stream !== true) {
      const whole = await Promise.all(answers.map(wholeAnswer));
      run.end();
      return Response.json(chatCompletion(facts, whole, engine.model.tokenizer));
    }
    const merged = mergedAnswers(answers);
    // What does not fit is answered by a status, before the stream begins.
    const events = resumed(await merged.next(), merged);
    const withUsage = body.stream_options?.include_usage === true;
    const chunks = new ChatChunks(facts, engine.model.tokenizer, withUsage);
    return eventStream(streamed(events, chunks, { body, run, withUsage }), () => {
      run.abort();
    });
  } catch (error) {
    const answered = run.errorOf(error);
    run.end();
    throw answered;
  }
}

async function* streamed(
  events: AsyncIterable<ChoiceEvent>,
  chunks: ChatChunks,
  {
    body,
    run,
    withUsage,
  }: { readonly body: ChatRequest; readonly run: RequestRun; readonly withUsage: boolean },
): AsyncGenerator<ServerSentEvent> {
  const usages: (Usage | undefined)[] = [];
  const data = (value: unknown): ServerSentEvent => ({ data: JSON.stringify(value) });
  try {
    for (let index = 0; index < (body.n ?? 1); index++) yield data(chunks.first(index));
    for await (const { index, event } of events) {
      if (event.type === "finish") usages[index] = event.usage;
      const chunk = chunks.of(index, event);
      if (chunk !== undefined) yield data(chunk);
    }
    if (withUsage) yield data(chunks.usage(usages));
    yield { data: "[DONE]" };
  } catch (error) {
    yield data(run.errorOf(error).body);
  } finally {
    run.end();
  }
}
