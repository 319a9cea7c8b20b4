/** The body of a log record of kind "command": what somebody, or an endpoint that it asked, told a running rule. */
import type { CallAnswered, RuleCommand } from "../engine/command.ts";
import type { NewRecord } from "../store/event_log.ts";

export interface CommandRecord {
  rule_id: string;
  /** Of the state that it was given to. */
  generation: number;
  command: RuleCommand | CallAnswered;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** @param arrival ms since the epoch */
export function commandRecord(said: CommandRecord, arrival: number): NewRecord {
  const body = encoder.encode(JSON.stringify(said));
  return { kind: "command", topic: "", count: 1, arrival, body, lines: Uint32Array.of(0, body.length + 1) };
}

export function decodeCommandRecord(body: Uint8Array): CommandRecord {
  return JSON.parse(decoder.decode(body));
}
