/** What an action of an alert tells the log of executions, and what it leaves for the actions after it. */
import type { JsonObject } from "../base/json.ts";
import type { Delivery } from "../model/delivery.ts";
import type { Exec, ExecStatus } from "../model/exec.ts";

/** Characters of JSON that the result of an action may take. */
export const RESULT_CHARACTERS_MAX = 16_384;

/** What is longer is gone, and says so. */
export function boundedResult(result: JsonObject): JsonObject {
  return JSON.stringify(result).length <= RESULT_CHARACTERS_MAX ? result : { truncated: true };
}

export function actionExec(
  { delivery_id, rule_id, alert_id, action = 0, created_at }: Delivery,
  { at, duration_ms, status, error, references }: {
    /** ms since the epoch */
    at: number;
    duration_ms: number;
    status: ExecStatus;
    error: string | null;
    references: JsonObject;
  },
): Exec {
  return {
    // A redriven action is executed once more: one id a time.
    exec_id: `ex_${delivery_id}_${at}`,
    ...{ kind: "rule", subject: rule_id, at, duration_ms, status, executed_by: "alert", error },
    references: { ...references, alert_id, delivery_id, action, waited_ms: Math.max(0, at - created_at) },
  };
}
