/**
 * What is checked of every parsed event, beyond being JSON: an object, at most 64 levels, finite numbers
 * (1e309 parses to Infinity and would be stored as null), no `__proto__` member, no half surrogate pairs.
 * One walk over the members, no allocation; it never recurses deeper than the limit.
 */
import type { JsonObject, JsonValue } from "../base/json.ts";
import { EVENT_DEPTH_MAX, type EventFaultCode } from "./event_fault.ts";

// Half a pair can only stand in text that says so by an escape.
const SURROGATE_ESCAPE = /\\u[dD][89a-fA-F]/;

/** Whether events parsed from `text` need {@linkcode isWellFormed}. */
export function mayHoldSurrogates(text: string): boolean {
  return text.includes("\\u") && SURROGATE_ESCAPE.test(text);
}

/** Null when `value` is an acceptable event. */
export function checkEvent(value: JsonValue): EventFaultCode | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return "event_not_object";
  return checkObject(value, EVENT_DEPTH_MAX - 1);
}

/** Whether no text or member name in `value` holds half a surrogate pair. */
export function isWellFormed(value: JsonValue): boolean {
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  if (Array.isArray(value)) return value.every(isWellFormed);
  return Object.entries(value).every(([name, member]) => name.isWellFormed() && isWellFormed(member));
}

// Most members are texts: asking for that first is measurably faster.
function checkObject(object: JsonObject, levels: number): EventFaultCode | null {
  for (const name in object) {
    const value = object[name];
    if (typeof value !== "string") {
      const fault = checkValue(value!, levels);
      if (fault !== null) return fault;
    }
    if (name === "__proto__") return "forbidden_member";
  }
  return null;
}

function checkList(list: readonly JsonValue[], levels: number): EventFaultCode | null {
  for (let i = 0; i < list.length; i++) {
    const value = list[i]!;
    if (typeof value === "string") continue;
    const fault = checkValue(value, levels);
    if (fault !== null) return fault;
  }
  return null;
}

/** As {@linkcode checkEvent} for any JSON value; `levels` lists and objects may be entered. */
export function checkValue(value: JsonValue, levels: number): EventFaultCode | null {
  // Infinity minus itself is no number.
  if (typeof value === "number") return value - value === 0 ? null : "not_finite";
  if (typeof value !== "object" || value === null) return null;
  if (levels === 0) return "too_deep";
  return Array.isArray(value) ? checkList(value, levels - 1) : checkObject(value, levels - 1);
}
