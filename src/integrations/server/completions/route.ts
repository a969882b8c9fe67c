import { z } from "zod";
import type { CallSettings, GenerateOptions } from "../../../generation/options.js";
import type { Usage } from "../../../generation/events.js";
import { type AnswerEnd, type AnswerEvent, wholeAnswer } from "../answer-events.js";
import { type ChoiceEvent, mergedAnswers, resumed } from "../answers.js";
import { ApiError } from "../api-error.js";
import { readBody } from "../body.js";
import type { RequestRun } from "../request-run.js";
import { answerSettings, samplingFields, unsupported } from "../sampling.js";
import type { Service } from "../service.js";
import { eventStream, type ServerSentEvent } from "../sse.js";
import { completionUsage } from "../usage.js";

/** Body of `POST /v1/completions`: a question for the engine's general prompt. */
const completionRequest = z.object({
  ...samplingFields,
  prompt: z.union([z.string(), z.array(z.string()).min(1).max(128)]),
  echo: z.boolean().nullish(),
  suffix: z.string().nullish(),
  logprobs: z.int().nullish(),
  best_of: z.int().nullish(),
});

type CompletionRequest = z.output<typeof completionRequest>;

interface Choice {
  readonly prompt: string;
  readonly settings: CallSettings;
}

/** `POST /v1/completions` */
export async function completions(request: Request, service: Service): Promise<Response> {
  const body = await readBody(request, completionRequest);
  const choices = choicesOf(body, service.options.maxOutputTokens);
  const run = service.begin(request.signal, choices.length);
  try {
    const answers = choices.map(({ prompt, settings }): AsyncGenerator<AnswerEvent> => {
      const options: GenerateOptions = { ...settings, prompt, signal: run.signal };
      return service.answer(options, () => true);
    });
    const head = { object: "text_completion", ...service.facts("cmpl-") };
    if (body.stream !== true) {
      const whole = await Promise.all(answers.map(wholeAnswer));
      run.end();
      return Response.json({
        ...head,
        choices: whole.map(({ text, end }, index) => {
          const echoed = body.echo === true ? choices[index]!.prompt : "";
          return { index, text: echoed + text, logprobs: null, finish_reason: reasonOf(end) };
        }),
        usage: completionUsage(whole.map(({ end }) => end.usage)),
      });
    }
    const merged = mergedAnswers(answers);
    const events = resumed(await merged.next(), merged);
    return eventStream(streamed(events, head, { body, run }), () => {
      run.abort();
    });
  } catch (error) {
    const answered = run.errorOf(error);
    run.end();
    throw answered;
  }
}

/** n answers to each prompt, in the order of the prompts. */
function choicesOf(body: CompletionRequest, maxOutputTokens: number): Choice[] {
  if ((body.suffix ?? "") !== "") throw unsupported("suffix");
  if ((body.logprobs ?? 0) > 0) throw unsupported("logprobs", "/v1/chat/completions");
  if ((body.best_of ?? 1) > (body.n ?? 1)) throw unsupported("best_of", "n");
  const prompts = typeof body.prompt === "string" ? [body.prompt] : body.prompt;
  const settings = answerSettings(body, maxOutputTokens).map((own) => ({
    ...own,
    maxArgumentTokens: undefined,
  }));
  const blank = prompts.findIndex((prompt) => prompt.trim() === "");
  if (blank >= 0) {
    const param = typeof body.prompt === "string" ? "prompt" : `prompt[${blank}]`;
    throw new ApiError(400, `Expected a non-empty string for ${param}`, { param, code: "invalid_value" });
  }
  return prompts.flatMap((prompt) => settings.map((own) => ({ prompt, settings: own })));
}

function reasonOf({ reason }: AnswerEnd): "stop" | "length" {
  return reason === "length" ? "length" : "stop";
}

async function* streamed(
  events: AsyncIterable<ChoiceEvent>,
  head: object,
  { body, run }: { readonly body: CompletionRequest; readonly run: RequestRun },
): AsyncGenerator<ServerSentEvent> {
  const withUsage = body.stream_options?.include_usage === true;
  const usages: (Usage | undefined)[] = [];
  const data = (value: object): ServerSentEvent => ({ data: JSON.stringify({ ...head, ...value }) });
  const chunk = (index: number, text: string, finish_reason: string | null): ServerSentEvent =>
    data({
      choices: [{ index, text, logprobs: null, finish_reason }],
      ...(withUsage ? { usage: null } : {}),
    });
  try {
    for await (const { index, event } of events) {
      if (event.type === "text") yield chunk(index, event.text, null);
      else if (event.type === "finish") {
        usages[index] = event.usage;
        yield chunk(index, "", reasonOf(event));
      }
    }
    if (withUsage) yield data({ choices: [], usage: completionUsage(usages) });
    yield { data: "[DONE]" };
  } catch (error) {
    yield { data: JSON.stringify(run.errorOf(error).body) };
  } finally {
    run.end();
  }
}
