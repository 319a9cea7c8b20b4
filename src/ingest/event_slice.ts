/**
 * A piece of a request after parsing: events, and the bytes they were received as. The log stores the
 * bytes, the router reads the parsed forms, nothing is parsed twice on the way.
 */
import type { JsonObject } from "../base/json.ts";

/** Most events of one slice, as of one log record. */
export const SLICE_EVENTS_MAX = 4096;
/** A slice is closed at this many bytes; a single larger event is a slice of its own. */
export const SLICE_BYTES_MAX = 1_000_000;

export interface EventSlice {
  events: readonly JsonObject[];
  /** The events as UTF-8 JSON, one after another with one separator byte between. */
  body: Uint8Array;
  /** events.length + 1 positions: event i is body[lines[i], lines[i + 1] - 1). */
  lines: Uint32Array;
}
