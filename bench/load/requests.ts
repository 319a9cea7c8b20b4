/** Requests to POST /events as bytes, made before the clock runs. */
import { type Rng, seededRng } from "../../src/base/rng.ts";
import { eventLines, type EventsWish, eventText } from "../events.ts";
import { requestBytes } from "./keep_alive.ts";

/** NDJSON: `events` says how many events a body has. */
export interface Bodies {
  path: string;
  bodies: number;
  events: EventsWish;
}

/** NDJSON of events that carry their number in `seq`, `events_per_body` each. */
export interface Numbered {
  path: string;
  events_per_body: number;
  events: EventsWish;
}

/** One event a request. */
export interface Singles {
  path: string;
  events: EventsWish;
}

export function bodyRequests({ path, bodies, events }: Bodies): Uint8Array[] {
  return Array.from({ length: bodies }, (_, i) => {
    const body = eventLines({ ...events, seed: events.seed + i, start: events.start + i * events.count });
    return requestBytes({ path, type: "application/x-ndjson", body });
  });
}

export function numberedRequests({ path, events_per_body, events }: Numbered): Uint8Array[] {
  const rng = seededRng(events.seed);
  const texts = Array.from({ length: events.count }, (_, seq) => numberedText(rng, seq, events));
  return Array.from({ length: Math.ceil(events.count / events_per_body) }, (_, i) => {
    const lines = texts.slice(i * events_per_body, (i + 1) * events_per_body).join("\n");
    return requestBytes({ path, type: "application/x-ndjson", body: new TextEncoder().encode(lines) });
  });
}

/** An event that carries its number, by which its webhook is known. */
export function numberedText(rng: Rng, seq: number, { start }: EventsWish): string {
  return `{"seq":${seq},${eventText(rng, start + seq).slice(1)}`;
}

export function singleRequests({ path, events }: Singles): Uint8Array[] {
  const rng = seededRng(events.seed);
  return Array.from({ length: events.count }, (_, i) => {
    const body = new TextEncoder().encode(eventText(rng, events.start + i));
    return requestBytes({ path, type: "application/json", body });
  });
}
