/** What tests of parsing share: requests in chosen chunks, and slices read back from their bytes. */
import { systemClock } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { Problem } from "../../src/base/problem.ts";
import { BodyBudget } from "../../src/ingest/body_budget.ts";
import type { EventSlice } from "../../src/ingest/event_slice.ts";
import { type ParsedEvents, parseEvents } from "../../src/ingest/parse.ts";
import { StallWatch } from "../../src/ingest/stall_watch.ts";

export type Chunks = string | Uint8Array | readonly (string | Uint8Array)[];

export interface ParseOptions {
  type?: string | null;
  headers?: Record<string, string>;
  partial?: boolean;
  /** Says Content-Length, as most clients do. */
  announced?: boolean;
  budget?: BodyBudget;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

export function bytesOf(chunk: string | Uint8Array): Uint8Array {
  return typeof chunk === "string" ? encoder.encode(chunk) : chunk;
}

/** Parses a body that arrives in `chunks`. */
export async function parse(chunks: Chunks, options: ParseOptions = {}): Promise<ParsedEvents> {
  const parts = (typeof chunks === "string" || chunks instanceof Uint8Array ? [chunks] : chunks).map(bytesOf);
  const headers = new Headers(options.headers);
  if (options.type !== null) headers.set("content-type", options.type ?? "application/json");
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (options.announced ?? true) headers.set("content-length", String(length));
  const stalls = new StallWatch(systemClock);
  try {
    return await parseEvents({ headers, body: length === 0 ? null : streamOf(parts) }, {
      clock: systemClock,
      lease: (options.budget ?? new BodyBudget()).open(),
      stalls,
      hash: null,
      partial: options.partial ?? false,
    });
  } finally {
    stalls.endAll();
  }
}

/** The problem that a body is refused with. */
export async function refusal(chunks: Chunks, options: ParseOptions = {}): Promise<Problem> {
  try {
    await parse(chunks, options);
  } catch (error) {
    if (error instanceof Problem) return error;
    throw error;
  }
  throw new Error("the body was accepted");
}

export function streamOf(parts: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  let next = 0;
  return new ReadableStream({
    pull(controller) {
      if (next === parts.length) controller.close();
      else controller.enqueue(parts[next++]!);
    },
  });
}

/** `bytes` cut at the given positions. */
export function cut(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const sorted = [...new Set(positions.map((at) => at % (bytes.length + 1)))].sort((a, b) => a - b);
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const at of [...sorted, bytes.length]) {
    if (at > from) parts.push(bytes.subarray(from, at));
    from = Math.max(from, at);
  }
  return parts;
}

/** The texts that slices hold, by their line tables. */
export function textsOf(slices: readonly EventSlice[]): string[] {
  return slices.flatMap(({ events, body, lines }) =>
    events.map((_, i) => decoder.decode(body.subarray(lines[i], lines[i + 1]! - 1)))
  );
}

export function eventsOf(slices: readonly EventSlice[]): JsonObject[] {
  return slices.flatMap((slice) => [...slice.events]);
}
