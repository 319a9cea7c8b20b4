/**
 * Bodies that hold one event: they are kept until they end, and scanned as they grow.
 */
import type { Problem } from "../base/problem.ts";
import { Carry } from "./carry.ts";
import type { EventCollector } from "./event_collector.ts";
import { eventFault, type EventFaultCode, faultsProblem } from "./event_fault.ts";
import type { FormReader } from "./form_reader.ts";

/** A reader of one event in JSON. */
export function objectReader(events: EventCollector): FormReader {
  const carry = new Carry();
  return {
    push(block) {
      const flaw = carry.push(block);
      if (flaw !== null) throw singleFault(flaw.code, flaw.note);
    },
    end() {
      events.one(carry.take());
      if (events.faults.length > 0) throw faultsProblem(events.faults);
    },
  };
}

/** A body that is the data of an event; `scan` says what it is scanned as. Calls `done` with all of it. */
export function dataReader(scan: "any" | "none", done: (body: Uint8Array) => void): FormReader {
  const carry = new Carry(scan);
  return {
    push(block) {
      const flaw = carry.push(block);
      if (flaw !== null) throw singleFault(flaw.code, flaw.note);
    },
    end: () => done(carry.take()),
  };
}

function singleFault(code: EventFaultCode, note: string): Problem {
  return faultsProblem([eventFault(code, { pointer: "", place: "the event", note })]);
}
