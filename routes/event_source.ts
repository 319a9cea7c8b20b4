/**
 * Opens a stream of server-sent events: what all of them have in common. The platform pulls when its client has taken
 * what it was sent before, so that one chunk at most waits for a slow one; a client that is gone is told of once.
 */
const RECONNECT_MS = 3_000;

/** The first line of a stream: what browsers wait before they connect again. */
export const RECONNECT = `retry: ${RECONNECT_MS}\n`;

export type EventSink = ReadableStreamDefaultController<Uint8Array>;

export interface EventSource {
  opened(sink: EventSink): void;
  /** Resolves when something was sent, or the stream has ended. */
  pull(sink: EventSink): Promise<void>;
  /** The client went away. */
  gone(): void;
}

export function eventSource({ opened, pull, gone }: EventSource): Response {
  const body = new ReadableStream<Uint8Array>({ start: opened, pull, cancel: gone }, { highWaterMark: 1 });
  const headers = {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    "x-accel-buffering": "no",
  };
  return new Response(body, { headers });
}
