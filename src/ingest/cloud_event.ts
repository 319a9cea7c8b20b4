/**
 * CloudEvents 1.0.2: what makes an object one (JSON format, section 3), and binary mode over HTTP (binding,
 * section 3.1), where the attributes are `ce-*` headers and the body is the data. Either way an event is
 * kept in its structured form.
 */
import type { JsonObject, JsonValue } from "../base/json.ts";
import { badRequest } from "../base/problem.ts";
import { checkValue, isWellFormed } from "./event_check.ts";
import { decodeUtf8 } from "./decode.ts";
import { EVENT_DEPTH_MAX, eventFault, type EventFaultCode, faultsProblem } from "./event_fault.ts";
import { mediaType } from "./media_type.ts";

const REQUIRED = ["id", "source", "specversion", "type"] as const;
const ATTRIBUTE_NAME = /^[a-z0-9]{1,64}$/;

/** What keeps `event` from being a CloudEvent; null when it is one. */
export function cloudEventFlaw(event: JsonObject): string | null {
  for (const name of REQUIRED) {
    if (!Object.hasOwn(event, name)) return `attribute "${name}" is missing`;
    if (typeof event[name] !== "string" || event[name] === "") return `attribute "${name}" is not a text`;
  }
  if (event.specversion !== "1.0") return 'attribute "specversion" is not "1.0"';
  if (event.data_base64 === undefined) return null;
  if (typeof event.data_base64 !== "string") return '"data_base64" is not a text';
  return event.data === undefined ? null : 'it holds both "data" and "data_base64"';
}

/** The event of a request in binary mode, with its bytes. @throws Problem 400, 413 */
export function readBinaryEvent(
  headers: Headers,
  body: Uint8Array,
): { event: JsonObject; bytes: Uint8Array } {
  const attributes = attributesOf(headers);
  const type = headers.get("content-type");
  if (type !== null) attributes.datacontenttype = type;
  const { member, text, value } = dataOf(type, body);
  const event: JsonObject = member === null ? attributes : { ...attributes, [member]: value };
  const flaw = cloudEventFlaw(event);
  if (flaw !== null) throw refused("cloudevent_invalid", flaw);
  const head = JSON.stringify(attributes);
  // The data keeps its bytes as received: numbers keep their text.
  const whole = member === null ? head : `${head.slice(0, -1)},"${member}":${text}}`;
  return { event, bytes: new TextEncoder().encode(whole) };
}

function attributesOf(headers: Headers): JsonObject {
  const attributes: JsonObject = {};
  for (const [header, value] of headers) {
    if (!header.startsWith("ce-")) continue;
    const name = header.slice(3);
    // Content-Type says datacontenttype, the body is the data.
    if (name === "datacontenttype") continue;
    if (!ATTRIBUTE_NAME.test(name) || name === "data") {
      throw badRequest("cloudevent_invalid", `Cannot use "${header}" as a CloudEvents attribute: bad name`);
    }
    attributes[name] = unescaped(header, value);
  }
  return attributes;
}

/** Header values are percent-encoded UTF-8 (binding, section 3.1.3.2). */
function unescaped(header: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch (_badEscape) {
    throw badRequest("cloudevent_invalid", `Cannot read header "${header}": bad percent-encoding`);
  }
}

interface Data {
  member: "data" | "data_base64" | null;
  /** The member's value as JSON text. */
  text: string;
  value: JsonValue;
}

function dataOf(contentType: string | null, body: Uint8Array): Data {
  if (body.length === 0) return { member: null, text: "", value: null };
  const kind = contentType === null ? "json" : dataKind(contentType);
  if (kind === "binary") {
    const value = body.toBase64();
    return { member: "data_base64", text: JSON.stringify(value), value };
  }
  const text = decodeUtf8(body);
  if (text === undefined) throw refused("invalid_utf8");
  if (kind === "text") return { member: "data", text: JSON.stringify(text), value: text };
  return { member: "data", text, value: jsonData(text) };
}

/** How a content type's data is kept: parsed, as text, or as base64. */
export function dataKind(contentType: string): "json" | "text" | "binary" {
  const { type, utf8 } = mediaType(contentType);
  if (!utf8) return "binary";
  if (type.endsWith("/json") || type.endsWith("+json")) return "json";
  return type.startsWith("text/") || type.endsWith("/xml") || type.endsWith("+xml") ? "text" : "binary";
}

function jsonData(text: string): JsonValue {
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (_notJson) {
    throw refused("malformed_json");
  }
  const flaw = checkValue(value, EVENT_DEPTH_MAX - 1) ??
    (isWellFormed(value) ? null : "lone_surrogate");
  if (flaw !== null) throw refused(flaw);
  return value;
}

function refused(code: EventFaultCode, note?: string) {
  return faultsProblem([eventFault(code, { pointer: "", place: "the event", ...(note && { note }) })]);
}
