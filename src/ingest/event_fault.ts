/**
 * What can be wrong with a posted event, and the answer to a request that holds such events. Codes are
 * stable. `pointer` is the event's index in the request ("/17"), or "" where the request is one event.
 */
import { type Fault, Problem } from "../base/problem.ts";

/** Levels of lists and objects in an event: the event itself is 1. */
export const EVENT_DEPTH_MAX = 64;
/** Faults that an answer lists. */
export const FAULTS_LISTED_MAX = 10;

export type EventFaultCode =
  | "malformed_json"
  | "invalid_utf8"
  | "event_not_object"
  | "too_deep"
  | "not_finite"
  | "forbidden_member"
  | "lone_surrogate"
  | "line_too_long"
  | "cloudevent_invalid";

const WORDS: Readonly<Record<EventFaultCode, string>> = {
  malformed_json: "it is not JSON",
  invalid_utf8: "it is not UTF-8",
  event_not_object: "an event is a JSON object",
  too_deep: "it nests too deep",
  not_finite: "a number is beyond the range of a double",
  forbidden_member: 'a member is named "__proto__"',
  lone_surrogate: "a text holds half of a surrogate pair",
  line_too_long: "the line is too long",
  cloudevent_invalid: "it is not a CloudEvent",
};

// Faults that pass a limit (SEMANTICS 27) rather than break a form.
const TOO_LARGE: ReadonlySet<string> = new Set<EventFaultCode>(["too_deep", "line_too_long"]);

/** `place` says where in words ("line 18"); `note` adds what is known beyond the code. */
export function eventFault(
  code: EventFaultCode,
  where: { pointer: string; place: string; note?: string },
): Fault {
  const note = where.note === undefined ? "" : ` (${where.note})`;
  return { pointer: where.pointer, code, message: `Cannot accept ${where.place}: ${WORDS[code]}${note}` };
}

/** The answer to a request that is refused as a whole: 413 when the first fault passes a limit, else 400. */
export function faultsProblem(faults: readonly Fault[]): Problem {
  const first = faults[0]!;
  return new Problem({
    status: TOO_LARGE.has(first.code) ? 413 : 400,
    code: first.code,
    detail: first.message,
    errors: faults,
  });
}
