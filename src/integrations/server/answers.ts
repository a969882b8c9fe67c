import type { AnswerEvent } from "./answer-events.js";

/** An event of one of a request's answers. */
export interface ChoiceEvent {
  readonly index: number;
  readonly event: AnswerEvent;
}

/** The events of several answers as they come; the first error of one is the error of all. */
export function mergedAnswers(answers: readonly AsyncIterable<AnswerEvent>[]): AsyncIterator<ChoiceEvent> {
  const merged = new ReadableStream<ChoiceEvent>({
    start(controller) {
      const all = answers.map(async (events, index) => {
        for await (const event of events) controller.enqueue({ index, event });
      });
      Promise.all(all).then(
        () => {
          controller.close();
        },
        (error: unknown) => {
          controller.error(error);
        },
      );
    },
  });
  return merged[Symbol.asyncIterator]();
}

/** Everything after an event that was taken already. */
export async function* resumed<T>(
  first: IteratorResult<T, unknown>,
  rest: AsyncIterator<T>,
): AsyncGenerator<T> {
  for (let next = first; next.done !== true; next = await rest.next()) yield next.value;
}
