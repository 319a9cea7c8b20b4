/** What the reference system tells of deliveries (compat/notifications.json, api.json): its log rows and retry records. */
import { instant } from "../base/event_time.ts";
import type { JsonObject } from "../base/json.ts";
import type { Alert } from "../model/alert.ts";
import type { Attempt, Delivery } from "../model/delivery.ts";

const BODY_CHARACTERS_MAX = 1024;

interface Shown {
  delivery: Delivery;
  attempts: readonly Attempt[];
}

/** A row of the log of a notification. */
export function policyLogRow(
  { delivery, attempts }: Shown,
  alert: Alert | null,
  policyId: string,
): JsonObject {
  const last = attempts.at(-1);
  return {
    log_id: delivery.delivery_id,
    notification_id: policyId,
    fired_at: alert?.fired_at ?? instant(delivery.created_at),
    ...outcomeOf(delivery, last),
    payload: {
      notification: { id: policyId, name: alert?.rule_name ?? "" },
      snapshots: alert?.events.map(({ event }) => event) ?? [],
    },
    response_status: last?.status ?? null,
    response_body: last?.response_body?.slice(0, BODY_CHARACTERS_MAX) ?? null,
    dedup_key: alert?.labels.policy_dedup_key ?? null,
    ack: alert?.ack ?? false,
    ack_at: alert?.ack_at ?? null,
    ack_by: alert?.ack_by ?? null,
  };
}

function outcomeOf(
  { state, reason }: Delivery,
  last: Attempt | undefined,
): { status: string; reason: string | null } {
  if (state === "delivered") return { status: "sent", reason: "webhook sent" };
  if (state === "suppressed" || state === "cancelled") return { status: "skipped", reason };
  if (state === "deferred" && reason === "throttled") return { status: "skipped", reason: "rate limit" };
  return { status: "fail", reason: last?.error ?? reason };
}

/**
 * The retry record of a delivery that failed and waits to be tried again; null for all others, since the record ends
 * with the success.
 */
export function retryRecord({ delivery, attempts }: Shown): JsonObject | null {
  const last = attempts.at(-1);
  if (delivery.state !== "retry_wait" || last === undefined || delivery.next_attempt_at === null) return null;
  return {
    notification_id: delivery.alert_id,
    channel_id: delivery.channel_id,
    attempt: Math.max(0, delivery.retries - 1),
    last_error: last.error,
    last_status_code: last.status,
    next_retry_at: instant(delivery.next_attempt_at),
    created_at: instant(attempts[0]!.at),
    updated_at: instant(last.at),
  };
}

/** How many records there are, and of which age. */
export function retryStats(records: readonly JsonObject[]): JsonObject {
  const by_attempt: Record<string, number> = {};
  for (const { attempt } of records) by_attempt[String(attempt)] = (by_attempt[String(attempt)] ?? 0) + 1;
  const sorted = (member: string) => records.map((one) => String(one[member])).sort();
  return {
    total_records: records.length,
    by_attempt,
    oldest_record: sorted("created_at")[0] ?? null,
    newest_record: sorted("updated_at").at(-1) ?? null,
  };
}
