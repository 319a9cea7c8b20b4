/**
 * The JSON bodies of every route but events: at most 1 MiB, UTF-8, and the same checks as for events. The
 * type must say JSON, so that no HTML form of another site can send one.
 */
import type { Hash } from "node:crypto";
import type { JsonObject, JsonValue } from "../src/base/json.ts";
import { isObject } from "../src/base/json.ts";
import { badRequest } from "../src/base/problem.ts";
import type { BodyBudget } from "../src/ingest/body_budget.ts";
import { BodyReader } from "../src/ingest/body_reader.ts";
import { Carry } from "../src/ingest/carry.ts";
import { decodeUtf8 } from "../src/ingest/decode.ts";
import { checkValue, isWellFormed } from "../src/ingest/event_check.ts";
import { eventFault, type EventFaultCode, faultsProblem } from "../src/ingest/event_fault.ts";
import { mediaType, refuseEncoded, unsupportedType } from "../src/ingest/media_type.ts";
import { DOCUMENT_DEPTH_MAX } from "../src/model/document_guard.ts";
import type { StallWatch } from "../src/ingest/stall_watch.ts";

export const BODY_BYTES_MAX = 1024 * 1024;
/** A rule may stand in the body of a request, as one to simulate does. */
const DEPTH_MAX = DOCUMENT_DEPTH_MAX + 2;
const TYPES = ["application/json", "application/merge-patch+json"];

export interface BodyContext {
  budget: BodyBudget;
  stalls: StallWatch;
  hash: Hash | null;
}

/** The body, which must be an object; undefined when there is none. @throws Problem 400, 408, 413, 415 */
export async function readJsonBody(request: Request, context: BodyContext): Promise<JsonObject | undefined> {
  refuseEncoded(request.headers);
  const lease = context.budget.open();
  const body = new BodyReader(request, { ...context, lease, bytesMax: BODY_BYTES_MAX });
  try {
    const carry = new Carry("any", DEPTH_MAX);
    for (let chunk = await body.next(); chunk !== null; chunk = await body.next()) {
      requireJson(request.headers);
      const flaw = carry.push(chunk);
      if (flaw !== null) throw refused(flaw.code, flaw.note);
    }
    return carry.bytes === 0 ? undefined : parseBody(carry.take());
  } finally {
    body.close();
    lease.release();
  }
}

function requireJson(headers: Headers): void {
  const text = headers.get("content-type");
  const { type, utf8 } = text === null ? { type: "", utf8: true } : mediaType(text);
  if (!utf8 || !TYPES.includes(type)) throw unsupportedType(text, TYPES);
}

function parseBody(bytes: Uint8Array): JsonObject {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw refused("invalid_utf8");
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch (_notJson) {
    throw refused("malformed_json");
  }
  const flaw = checkValue(value, DEPTH_MAX) ?? (isWellFormed(value) ? null : "lone_surrogate");
  if (flaw !== null) throw refused(flaw);
  if (!isObject(value)) throw badRequest("invalid_type", "Cannot read the body: expected a JSON object");
  return value;
}

function refused(code: EventFaultCode, note?: string) {
  return faultsProblem([eventFault(code, { pointer: "", place: "the body", ...(note && { note }) })]);
}
