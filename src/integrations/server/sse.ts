/** One server-sent event. */
export interface ServerSentEvent {
  readonly event?: string;
  readonly data: string;
}

/**
 * A response of server-sent events. It does not wait for its reader: what a slow client has not read yet is kept, at
 * most one answer, and the engine goes on with others.
 *
 * @param onCancel called when the client goes before the end
 */
export function eventStream(events: AsyncIterable<ServerSentEvent>, onCancel: () => void): Response {
  const encoder = new TextEncoder();
  let isOpen = true;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const send = async (): Promise<void> => {
        for await (const { event, data } of events) {
          if (!isOpen) continue;
          controller.enqueue(
            encoder.encode(`${event === undefined ? "" : `event: ${event}\n`}data: ${data}\n\n`),
          );
        }
        if (isOpen) controller.close();
      };
      send().catch((error: unknown) => {
        if (isOpen) controller.error(error);
      });
    },
    cancel() {
      isOpen = false;
      onCancel();
    },
  });
  return new Response(body, {
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache",
      "x-accel-buffering": "no",
    },
  });
}
