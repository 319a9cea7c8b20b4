/**
 * Opens a stream of server-sent events: what all of them have in common. The platform pulls when its client has taken
 * what it was sent before, so that one chunk at most waits for a slow one; a client that is gone is told of once.
 */
import { badRequest, Problem } from "../src/base/problem.ts";

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

/** One server-sent event. */
export function eventText(event: string, data: object, id?: number | string): string {
  return `event: ${event}\n${id === undefined ? "" : `id: ${id}\n`}data: ${JSON.stringify(data)}\n\n`;
}

/** Ends a stream, with `last` as what it says last. */
export function closeSink(sink: EventSink | null, last?: Uint8Array): void {
  try {
    if (last !== undefined) sink?.enqueue(last);
    sink?.close();
  } catch (_endedAlready) {
    // The client went away at the same time: there is nothing left to end.
  }
}

/** The number of the last event that a client had; undefined: it says nothing. @throws Problem 400 */
export function lastEventNumber(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw badRequest(
    "bad_event_id",
    "Cannot resume after this Last-Event-ID: expected the id of an event sent here",
  );
}

export function tooManyStreams(max: number): Problem {
  return new Problem({
    status: 503,
    code: "too_many_streams",
    detail: `Cannot open the stream: ${max} are open already, or the server is stopping`,
    headers: { "retry-after": "5" },
  });
}
