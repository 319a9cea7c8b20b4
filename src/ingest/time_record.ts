/** Records that say nothing but a time: a tick while some timer is due, and the start of the process. */
import type { NewRecord } from "../store/event_log.ts";

/** @param arrival ms since the epoch */
export function timeRecord(kind: "tick" | "start", arrival: number): NewRecord {
  return { kind, topic: "", count: 1, arrival, body: new Uint8Array(0), lines: Uint32Array.of(0, 1) };
}
