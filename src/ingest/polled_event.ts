/**
 * The event that the answer of a poll becomes: a JSON object as it is, any other JSON value under `value`. What
 * is asked of posted events is asked of it too.
 */
import { isObject, type JsonObject, type JsonValue } from "../base/json.ts";
import { checkEvent, isWellFormed } from "./event_check.ts";
import type { EventSlice } from "./event_slice.ts";

const encoder = new TextEncoder();

/** A slice of one event; null when `text` is no JSON, or nothing that may be an event. */
export function polledEvent(text: string): EventSlice | null {
  const value = parsed(text);
  if (value === undefined) return null;
  const event: JsonObject = isObject(value) ? value : { value };
  if (checkEvent(event) !== null || !isWellFormed(event)) return null;
  const body = encoder.encode(isObject(value) ? text.trim() : `{"value":${text.trim()}}`);
  return { events: [event], body, lines: Uint32Array.of(0, body.byteLength + 1) };
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
