/** Requests to POST /events as bytes, made before the clock runs. */
import { seededRng } from "../../src/base/rng.ts";
import { eventLines, type EventsWish, eventText } from "../events.ts";
import { requestBytes } from "./keep_alive.ts";

/** NDJSON: `events` says how many events a body has. */
export interface Bodies {
  path: string;
  bodies: number;
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

export function singleRequests({ path, events }: Singles): Uint8Array[] {
  const rng = seededRng(events.seed);
  return Array.from({ length: events.count }, (_, i) => {
    const body = new TextEncoder().encode(eventText(rng, events.start + i));
    return requestBytes({ path, type: "application/json", body });
  });
}
