/** The body of a log record of kind "rule": which version of which rule begins here. */
import type { RuleChange } from "../store/rule_store.ts";

export interface RuleRecord {
  rule_id: string;
  version: number;
  change: RuleChange;
  /** Where a created or enabled rule starts reading; absent = behind this record. */
  start?: number;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function encodeRuleRecord(record: RuleRecord): Uint8Array {
  return encoder.encode(JSON.stringify(record));
}

export function decodeRuleRecord(body: Uint8Array): RuleRecord {
  return JSON.parse(decoder.decode(body));
}
