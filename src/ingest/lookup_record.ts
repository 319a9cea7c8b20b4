/** The body of a log record of kind "lookup": which version of which lookup table begins here. */
import type { NewRecord } from "../store/event_log.ts";

export interface LookupRecord {
  name: string;
  version: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** @param arrival ms since the epoch */
export function lookupRecord({ name, version }: LookupRecord, arrival: number): NewRecord {
  const body = encoder.encode(JSON.stringify({ name, version }));
  return { kind: "lookup", topic: "", count: 1, arrival, body, lines: Uint32Array.of(0, body.length + 1) };
}

export function decodeLookupRecord(body: Uint8Array): LookupRecord {
  return JSON.parse(decoder.decode(body));
}
