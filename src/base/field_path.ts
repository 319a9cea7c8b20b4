/**
 * The one resolver of field names (SEMANTICS 1 and 2), used by encoder, index, simulate and templates.
 * A name is looked up as: literal key at the top, literal key in `metrics`, dotted path (with list
 * indexes) from the top, dotted path from `metrics`. Null counts as missing at each step. In a CloudEvent
 * all of this happens in `data` first, then in its attributes.
 */
import { isObject, type JsonObject, type JsonValue } from "./json.ts";

/** The value that an event has for a field; undefined when missing or null. */
export type Lookup = (event: JsonObject) => JsonValue | undefined;

/** An event is a CloudEvent when it has the three members that its specification requires besides `id`. */
export function isCloudEvent(event: JsonObject): boolean {
  return typeof event.specversion === "string" && typeof event.type === "string" &&
    typeof event.source === "string";
}

/** Compiles `path` once; the returned function allocates nothing. */
export function compileField(path: string): Lookup {
  const parts = path.includes(".") ? path.split(".") : null;
  const within = (root: JsonObject): JsonValue | undefined => {
    const literal = own(root, path);
    if (literal !== undefined) return literal;
    const metrics = own(root, "metrics");
    const block = isObject(metrics) ? metrics : undefined;
    if (block !== undefined) {
      const value = own(block, path);
      if (value !== undefined) return value;
    }
    if (parts === null) return undefined;
    return walk(root, parts) ?? (block === undefined ? undefined : walk(block, parts));
  };
  return (event) => {
    if (event.specversion !== undefined && isCloudEvent(event) && isObject(event.data)) {
      const value = within(event.data);
      if (value !== undefined) return value;
    }
    return within(event);
  };
}

/** Event type (SEMANTICS 1): `event_type`, else `type`. */
export const EVENT_TYPE_FIELD = "@event_type";
/** The event's `source` at the top level. */
export const SOURCE_FIELD = "@source";

/** As {@linkcode compileField}, and the two selectors of a rule under their reserved names. */
export function compileColumn(path: string): Lookup {
  if (path === EVENT_TYPE_FIELD) return (event) => own(event, "event_type") ?? own(event, "type");
  if (path === SOURCE_FIELD) return (event) => own(event, "source");
  return compileField(path);
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  const value = object[key];
  if (value === undefined || value === null) return undefined;
  // Inherited members ("constructor", "toString") are functions or objects of the prototype.
  return Object.hasOwn(object, key) ? value : undefined;
}

function walk(root: JsonObject, parts: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const part of parts) {
    if (Array.isArray(value)) {
      value = /^\d+$/.test(part) ? value[Number(part)] : undefined;
    } else if (isObject(value)) {
      value = own(value, part);
    } else return undefined;
    if (value === undefined || value === null) return undefined;
  }
  return value;
}
