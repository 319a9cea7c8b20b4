/** Requests that are refused, with the bytes whose last is the one that is wrong. */
import { bytesOf } from "./raw_request.ts";

export const EVENTS = "/api/v1/events?topic=bad";
export const RULES = "/api/v1/rules";
export const NDJSON = "application/x-ndjson";

export interface BadRequest {
  name: string;
  last: string | Uint8Array;
  /** Status and code, as in "400 malformed_json". */
  refusal: string;
  path: string;
  type: string;
  headers: readonly string[];
  /** What follows: more bytes that never come, nothing, or the end of the connection. */
  then: "stalls" | "ends" | "breaks off";
}

// A byte that UTF-8 never has.
const BAD_UTF8 = new Uint8Array([...bytesOf('{"a": "'), 0xff]);
const DEEP = '{"a":' + "[".repeat(1_000_000);
const CLOUD_EVENT = "application/cloudevents+json";
const LATIN = "application/json; charset=latin1";

export const BAD_REQUESTS: readonly BadRequest[] = [
  bad("malformed event", '{"a": 1,,', "400 malformed_json"),
  bad("word that is none", '{"a": trux', "400 malformed_json"),
  bad("malformed list", '[{"a": 1}, {"a":}', "400 malformed_json"),
  bad("malformed line", '{"a": 1}\n{"a":\n', "400 malformed_json", { type: NDJSON }),
  bad("line that goes wrong before its end", '{"a" 1', "400 malformed_json", { type: NDJSON }),
  bad("body that breaks off", '{"a": 1', "400 body_incomplete", { then: "breaks off" }),
  bad("depth of a million", DEEP, "413 too_deep"),
  bad("depth of a million in a line", DEEP, "413 too_deep", { type: NDJSON }),
  bad("depth of a million in a list", `[${DEEP}`, "413 too_deep"),
  bad("number beyond a double", '{"a": 1e309,', "400 not_finite"),
  bad("bad UTF-8", BAD_UTF8, "400 invalid_utf8"),
  bad("__proto__", '{"a": {"__proto__": {', "400 forbidden_member"),
  bad("__proto__ in disguise", '{"\\u005f_proto__": 1', "400 forbidden_member"),
  bad("half of a surrogate pair", '{"a": "\\ud800x"}\n', "400 lone_surrogate", { type: NDJSON }),
  bad("event that is a number", "[5,", "400 event_not_object"),
  bad("body that is empty", "", "400 empty_body", { then: "ends" }),
  bad("wrong content type", "x", "415 unsupported_media_type", { type: "text/plain" }),
  bad("wrong charset", "{", "415 unsupported_media_type", { type: LATIN }),
  bad("compressed body", "x", "415 unsupported_content_encoding", { headers: ["content-encoding: gzip"] }),
  bad("topic of our own", "{", "400 topic_reserved", { path: "/api/v1/events?topic=_alerts" }),
  bad("unknown parameter", "{", "400 unknown_parameter", { path: "/api/v1/events?topik=a" }),
  bad("bad key", "{", "400 bad_idempotency_key", { headers: ["idempotency-key: a b"] }),
  bad("no CloudEvent", '{"id": "1"}', "400 cloudevent_invalid", { type: CLOUD_EVENT, then: "ends" }),
  bad("malformed rule", '{"rule_name": nope', "400 malformed_json", { path: RULES }),
  bad("deep rule", "[".repeat(1000), "413 too_deep", { path: RULES }),
  bad("__proto__ in a rule", '{"__proto__": 1', "400 forbidden_member", { path: RULES }),
  bad("rule as text", "x", "415 unsupported_media_type", { path: RULES, type: "text/plain" }),
];

function bad(
  name: string,
  last: string | Uint8Array,
  refusal: string,
  more: Partial<BadRequest> = {},
): BadRequest {
  return {
    path: EVENTS,
    type: "application/json",
    headers: [],
    then: "stalls",
    ...more,
    name,
    last,
    refusal,
  };
}
