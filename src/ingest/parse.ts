/**
 * From a request to slices of events: every form of body that POST /events takes, checked while it arrives.
 *
 * All or nothing: a request with a faulty event is refused with the first ten faults, or, with `partial`,
 * its good events are taken and the rest is told. A refusal does not wait for the body's end: faults are
 * collected for at most {@linkcode FAULTS_MS_MAX} after the first. The main thread is never held for more
 * than {@linkcode TURN_MS_MAX}, but for a single event that is larger than that.
 */
import type { Hash } from "node:crypto";
import { type Clock, sleep, turn } from "../base/clock.ts";
import type { Fault } from "../base/problem.ts";
import type { BodyLease } from "./body_budget.ts";
import { BodyReader, emptyBody } from "./body_reader.ts";
import { cloudEventFlaw, dataKind, readBinaryEvent } from "./cloud_event.ts";
import { EventCollector } from "./event_collector.ts";
import { faultsProblem } from "./event_fault.ts";
import type { EventSlice } from "./event_slice.ts";
import type { FormReader } from "./form_reader.ts";
import { lineReader } from "./line_reader.ts";
import { listReader } from "./list_reader.ts";
import { type BodyForm, bodyForm } from "./media_type.ts";
import { SliceBuilder } from "./slice_builder.ts";
import type { StallWatch } from "./stall_watch.ts";
import { dataReader, objectReader } from "./whole_reader.ts";

/** Bytes of a JSON body. */
export const JSON_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes of an NDJSON body. */
export const NDJSON_BYTES_MAX = 256 * 1024 * 1024;
/** Events of a JSON list. */
export const LIST_EVENTS_MAX = 10_000;
/** How long further faults are looked for. */
export const FAULTS_MS_MAX = 50;
/** Work between two turns of the event loop. */
export const TURN_MS_MAX = 4;
const OBJECT_OPEN = 123;
const LIST_OPEN = 91;
/** Blocks are cut to this size: about half a millisecond of parsing. */
const BLOCK_BYTES_MAX = 64 * 1024;

export interface EventRequest {
  headers: Headers;
  body: ReadableStream<Uint8Array> | null;
}

export interface ParseContext {
  clock: Clock;
  lease: BodyLease;
  stalls: StallWatch;
  hash: Hash | null;
  /** Take the good events of a request that has faulty ones. */
  partial: boolean;
}

export interface ParsedEvents {
  slices: EventSlice[];
  accepted: number;
  rejected: number;
  /** The first faults; empty unless `partial`. */
  errors: Fault[];
}

/** Reads and checks a whole request. @throws Problem 400, 408, 413, 415, 503 */
export async function parseEvents(request: EventRequest, context: ParseContext): Promise<ParsedEvents> {
  const form = bodyForm(request.headers);
  const bytesMax = form === "ndjson" ? NDJSON_BYTES_MAX : JSON_BYTES_MAX;
  const body = new BodyReader(request, { ...context, bytesMax });
  try {
    if (form === "cloudevent_binary") return await binaryEvent(request.headers, body, context);
    return await new EventRead(form, body, context).run();
  } finally {
    body.close();
  }
}

async function binaryEvent(headers: Headers, body: BodyReader, context: ParseContext): Promise<ParsedEvents> {
  const type = headers.get("content-type");
  const slices = new SliceBuilder();
  const first = await body.next();
  const scan = first !== null && (type === null || dataKind(type) === "json") ? "any" : "none";
  const reader = dataReader(scan, (data) => {
    const { event, bytes } = readBinaryEvent(headers, data);
    slices.add(event, bytes, 0, bytes.length);
  });
  for (let chunk = first; chunk !== null; chunk = await body.next()) reader.push(chunk);
  reader.end();
  context.lease.charge({ bytes: 0, events: 1 });
  return { slices: slices.finish(), accepted: 1, rejected: 0, errors: [] };
}

/** One request in a JSON form being read. */
class EventRead {
  readonly #form: BodyForm;
  readonly #body: BodyReader;
  readonly #context: ParseContext;
  #turnedAt: number;
  #faultyAt: number | null = null;
  #charged = 0;

  constructor(form: BodyForm, body: BodyReader, context: ParseContext) {
    this.#form = form;
    this.#body = body;
    this.#context = context;
    this.#turnedAt = context.clock.monotonic();
  }

  async run(): Promise<ParsedEvents> {
    const first = await this.#first();
    const isList = this.#form === "cloudevent_batch" || (this.#form === "json" && first[0] === LIST_OPEN);
    const events = new EventCollector({
      place: this.#form === "ndjson" ? "line" : isList ? "item" : "single",
      flaw: this.#form.startsWith("cloudevent") ? cloudEventFlaw : null,
      eventsMax: isList ? LIST_EVENTS_MAX : Infinity,
    });
    const isSmall = this.#body.complete && first.length <= BLOCK_BYTES_MAX;
    if (this.#form === "ndjson") await this.#drive(first, lineReader(events), events);
    else if (isList) await this.#drive(first, listReader(events), events);
    else if (isSmall) events.one(first);
    else await this.#drive(first, objectReader(events), events);
    return this.#result(events);
  }

  /** The first chunk that is more than blanks, from its first byte that is none (and no byte order mark). */
  async #first(): Promise<Uint8Array> {
    for (let chunk = await this.#body.next(); chunk !== null; chunk = await this.#body.next()) {
      if (chunk[0] === OBJECT_OPEN) return chunk;
      const start = textStart(chunk);
      // Blank lines count: a line's number is one of the body as it was sent.
      if (start < chunk.length) {
        return this.#form === "ndjson" ? chunk.subarray(markLength(chunk)) : chunk.subarray(start);
      }
    }
    throw emptyBody();
  }

  async #drive(first: Uint8Array, reader: FormReader, events: EventCollector): Promise<void> {
    for (let chunk: Uint8Array | null = first; chunk !== null; chunk = await this.#next()) {
      for (let at = 0; at < chunk.length; at += BLOCK_BYTES_MAX) {
        reader.push(chunk.subarray(at, at + BLOCK_BYTES_MAX));
        this.#charge(events);
        if (this.#isDecided(events)) return;
        await this.#yield();
      }
    }
    if (this.#faultyAt !== null) return;
    reader.end();
    this.#charge(events);
  }

  /** The next chunk; null as well when a refusal must not wait for it. */
  async #next(): Promise<Uint8Array | null> {
    const chunk = this.#body.next();
    if (this.#faultyAt === null) return await chunk;
    const { clock } = this.#context;
    const left = this.#faultyAt + FAULTS_MS_MAX - clock.monotonic();
    return await firstOf(chunk, { clock, ms: left });
  }

  #charge(events: EventCollector): void {
    this.#context.lease.charge({ bytes: 0, events: events.accepted - this.#charged });
    this.#charged = events.accepted;
  }

  /** Whether the request is refused and no further fault can be listed. */
  #isDecided(events: EventCollector): boolean {
    if (this.#context.partial || events.rejected === 0) return false;
    const now = this.#context.clock.monotonic();
    this.#faultyAt ??= now;
    return events.isFull || now - this.#faultyAt >= FAULTS_MS_MAX;
  }

  async #yield(): Promise<void> {
    const { clock } = this.#context;
    if (clock.monotonic() - this.#turnedAt < TURN_MS_MAX) return;
    await turn(clock);
    this.#turnedAt = clock.monotonic();
  }

  #result(events: EventCollector): ParsedEvents {
    if (events.rejected > 0 && (!this.#context.partial || this.#form === "cloudevent")) {
      throw faultsProblem(events.faults);
    }
    return {
      slices: events.finish(),
      accepted: events.accepted,
      rejected: events.rejected,
      errors: events.faults,
    };
  }
}

/** What `chunk` brings, or null when it does not within `ms`. */
async function firstOf(
  chunk: Promise<Uint8Array | null>,
  { clock, ms }: { clock: Clock; ms: number },
): Promise<Uint8Array | null> {
  const late = new AbortController();
  // After the time is up nobody waits for the chunk, nor for what may go wrong with it.
  chunk.catch(() => {});
  const timeout = sleep(clock, ms, late.signal).then(() => null, () => null);
  try {
    return await Promise.race([chunk, timeout]);
  } finally {
    late.abort();
  }
}

/** Length of a byte order mark at the start. */
function markLength(chunk: Uint8Array): number {
  return chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? 3 : 0;
}

function textStart(chunk: Uint8Array): number {
  let at = markLength(chunk);
  while (at < chunk.length && (chunk[at] === 32 || (chunk[at]! >= 9 && chunk[at]! <= 13))) at++;
  return at;
}
