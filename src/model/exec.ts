/**
 * An execution: one run of a rule's actions, by hand, by another rule or for an alert, or one run of an API
 * definition. What it tells is for people who look for what happened; nothing is decided by it.
 */
import type { JsonObject } from "../base/json.ts";

/** "dry_run": the conditions did not hold; "skipped": it was not this one's turn, or its `if` did not hold. */
export type ExecStatus = "success" | "fail" | "dry_run" | "skipped";

export const EXEC_STATUSES: readonly ExecStatus[] = ["success", "fail", "dry_run", "skipped"];

export interface Exec {
  exec_id: string;
  kind: "rule" | "api";
  /** rule_id or api_id. */
  subject: string;
  /** When it began, ms since the epoch. */
  at: number;
  duration_ms: number;
  status: ExecStatus;
  /** "alert", "rule <id>" for a rule that ran it, else who asked. */
  executed_by: string;
  /** A sentence for the operator, without secrets; null unless it failed or was skipped. */
  error: string | null;
  /** What it was about, by stable names. */
  references: JsonObject;
}

/** Characters of JSON that references may take. */
export const REFERENCES_CHARACTERS_MAX = 16_384;
const ERROR_CHARACTERS_MAX = 2_000;

/** As it is kept: what is too long is cut, and says so. */
export function boundedExec(exec: Exec): Exec {
  const { references, error } = exec;
  const long = JSON.stringify(references).length > REFERENCES_CHARACTERS_MAX;
  return {
    ...exec,
    references: long ? shortened(references) : references,
    error: error !== null && error.length > ERROR_CHARACTERS_MAX
      ? `${error.slice(0, ERROR_CHARACTERS_MAX - 1)}…`
      : error,
  };
}

/** The members that are short; of the others it is told that they were too long. */
function shortened(references: JsonObject): JsonObject {
  const members = Object.entries(references);
  const short = REFERENCES_CHARACTERS_MAX / 2 / Math.max(1, members.length);
  const kept = members.map(([name, value]) =>
    [name, JSON.stringify(value).length <= short ? value : { truncated: true }] as const
  );
  return Object.fromEntries(kept);
}
