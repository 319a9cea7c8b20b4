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
  const value = soundJson(text);
  if (value === undefined) return null;
  const event = eventOf(value);
  const body = encoder.encode(isObject(value) ? text.trim() : `{"value":${text.trim()}}`);
  return { events: [event], body, lines: Uint32Array.of(0, body.byteLength + 1) };
}

/** What `text` says; undefined when it is no JSON, or holds what no event may hold. */
export function soundJson(text: string): JsonValue | undefined {
  const value = parsed(text);
  if (value === undefined) return undefined;
  const event = eventOf(value);
  return checkEvent(event) === null && isWellFormed(event) ? value : undefined;
}

function eventOf(value: JsonValue): JsonObject {
  return isObject(value) ? value : { value };
}

function parsed(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
