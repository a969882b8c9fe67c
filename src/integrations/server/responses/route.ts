import { mergedAnswers, resumed, type ChoiceEvent } from "../answers.js";
import { ApiError } from "../api-error.js";
import { readBody } from "../body.js";
import { answerTools } from "../function-tools.js";
import type { RequestRun } from "../request-run.js";
import { answerSettings } from "../sampling.js";
import type { Service } from "../service.js";
import { eventStream, type ServerSentEvent } from "../sse.js";
import {
  messagesOf,
  outputSettings,
  requestedChoice,
  type ResponseRequest,
  responseRequest,
  requestTools,
} from "./request.js";
import { ResponseEvents } from "./response-events.js";

/** `POST /v1/responses`. Nothing is stored: each request brings the whole conversation. */
export async function responses(request: Request, service: Service): Promise<Response> {
  const body = await readBody(request, responseRequest);
  const { tools, toolChoice, isExecuted } = answerTools(
    requestTools(body),
    service.tools,
    requestedChoice(body),
  );
  const messages = messagesOf(body);
  const [own] = answerSettings(
    { ...body, max_tokens: body.max_output_tokens },
    service.options.maxOutputTokens,
  );
  const run = service.begin(request.signal, 1);
  try {
    const settings = { ...own, ...outputSettings(body), toolChoice, messages, tools, signal: run.signal };
    const answer = service.answer(settings, isExecuted);
    const events = new ResponseEvents(responseFacts(body, service), service.engine.model.tokenizer);
    if (body.stream !== true) {
      for await (const event of answer) Array.from(events.of(event));
      run.end();
      return Response.json(events.response);
    }
    const merged = mergedAnswers([answer]);
    const rest = resumed(await merged.next(), merged);
    return eventStream(streamed(rest, events, run), () => {
      run.abort();
    });
  } catch (error) {
    const answered = run.errorOf(error);
    run.end();
    throw asInput(answered);
  }
}

/** Messages are `input` here. */
function asInput(error: ApiError): ApiError {
  if (error.param?.startsWith("messages") !== true) return error;
  const { status, message, code, headers, cause } = error;
  return new ApiError(status, message, {
    param: "input",
    ...(code === null ? {} : { code }),
    headers,
    cause,
  });
}

async function* streamed(
  answer: AsyncIterable<ChoiceEvent>,
  events: ResponseEvents,
  run: RequestRun,
): AsyncGenerator<ServerSentEvent> {
  const sent = ({ type, ...fields }: { readonly type: string }): ServerSentEvent => ({
    event: type,
    data: JSON.stringify({ type, ...fields }),
  });
  try {
    for (const event of events.begin()) yield sent(event);
    for await (const { event } of answer) for (const one of events.of(event)) yield sent(one);
  } catch (error) {
    for (const event of events.failed(run.errorOf(error))) yield sent(event);
  } finally {
    run.end();
  }
}

function responseFacts(body: ResponseRequest, service: Service): Readonly<Record<string, unknown>> {
  const { id, created, model } = service.facts("resp_");
  return {
    id,
    object: "response",
    created_at: created,
    model,
    instructions: body.instructions ?? null,
    max_output_tokens: body.max_output_tokens ?? null,
    metadata: {},
    parallel_tool_calls: body.parallel_tool_calls ?? true,
    previous_response_id: null,
    reasoning: { effort: null, summary: null },
    store: false,
    temperature: body.temperature ?? 0,
    text: body.text ?? { format: { type: "text" } },
    tool_choice: body.tool_choice ?? "auto",
    tools: body.tools ?? [],
    top_logprobs: body.top_logprobs ?? 0,
    top_p: body.top_p ?? 1,
    truncation: "disabled",
  };
}
