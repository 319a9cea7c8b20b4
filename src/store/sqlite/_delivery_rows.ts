/** Deliveries as rows: how they are read, filtered and shown with their attempts. */
import type { Attempt, Delivery, DeliveryGroup, DeliveryTexts, Fallback } from "../../model/delivery.ts";
import type { DeliveryQuery, RedriveFilter, ShownDelivery } from "../outbox.ts";
import type { Connection, SqlValue } from "./connection.ts";

export interface DeliveryRow
  extends
    Omit<Delivery, "settled" | "order_key" | "suppressed_by" | "fallback" | "group" | "action" | "texts"> {
  seq: number;
  settled: string | null;
  order_key: string | null;
  suppressed_by: string | null;
  group_doc: string | null;
  fallback: string | null;
  action: number | null;
  texts: string | null;
}

/** Columns of a {@linkcode DeliveryRow}. */
export const DELIVERY =
  `seq, delivery_id, alert_id, revision, rule_id, channel_id, kind, state, retries, created_at,
  expires_at, next_attempt_at, reason, settled, order_key, suppressed_by, group_doc, fallback, action, texts`;

/** The delivery of a row. */
export function deliveryOf(row: DeliveryRow): Delivery {
  const { seq: _, settled, order_key, suppressed_by, group_doc, fallback, action, texts, ...delivery } = row;
  return {
    ...delivery,
    ...(settled !== null && { settled: JSON.parse(settled) }),
    ...(order_key !== null && { order_key }),
    ...(suppressed_by !== null && { suppressed_by: JSON.parse(suppressed_by) as string[] }),
    ...(action !== null && { action }),
    ...(texts !== null && { texts: JSON.parse(texts) as DeliveryTexts }),
    ...(fallback !== null && { fallback: JSON.parse(fallback) as Fallback }),
    ...(group_doc !== null && { group: JSON.parse(group_doc) as DeliveryGroup }),
  };
}

/** Rows that no earlier one of their key waits in front of. */
export const IN_TURN = `(order_key IS NULL OR NOT EXISTS (SELECT 1 FROM delivery AS earlier
  WHERE earlier.channel_id = delivery.channel_id AND earlier.order_key = delivery.order_key
    AND earlier.due_at IS NOT NULL AND earlier.seq < delivery.seq))`;

/** Reads a delivery's attempts, oldest first, and puts them beside it; their bodies are read if wanted. */
export function prepareShow(
  db: Connection,
  { bodies }: { bodies: boolean },
): (row: DeliveryRow) => ShownDelivery {
  const attempts = db.prepare<Attempt & { n: number }>(
    `SELECT n, at, duration_ms, status, class, error, ${bodies ? "response_body" : "NULL AS response_body"}
     FROM attempt WHERE delivery = ? ORDER BY n`,
  );
  return (row) => {
    const rows = attempts.all(row.seq);
    return {
      seq: row.seq,
      delivery: deliveryOf(row),
      attempts: rows.map(({ n: _, ...attempt }) => attempt),
      attempts_total: rows.at(-1)?.n ?? 0,
    };
  };
}

export interface Where {
  sql: string;
  values: SqlValue[];
}

/** An alert's own deliveries, and those of its groups. */
const OF_ALERT = `WITH a AS (SELECT birth FROM alert WHERE alert_id = ?)
  SELECT d.seq FROM a JOIN delivery d ON d.birth = a.birth
  UNION SELECT m.delivery FROM a JOIN delivery_member m ON m.birth = a.birth`;

export function queryOf(query: DeliveryQuery): Where {
  return all([
    ["state = ?", query.state],
    ["channel_id = ?", query.channel_id],
    [`seq IN (${OF_ALERT})`, query.alert_id],
    ["rule_id = ?", query.rule_id],
    ["reason = ?", query.reason],
    ["seq < ?", query.before],
  ]);
}

/** Rows that a redrive may move: never those that wait or were delivered. */
export function redrivable(filter: RedriveFilter): Where {
  const ids = filter.delivery_ids && JSON.stringify(filter.delivery_ids);
  const where = all([
    ["delivery_id IN (SELECT value FROM json_each(?))", ids],
    ["channel_id = ?", filter.channel_id],
    ["rule_id = ?", filter.rule_id],
    ["state = ?", filter.state],
    ["reason = ?", filter.reason],
  ]);
  return { ...where, sql: `state IN ('dead', 'expired', 'cancelled', 'unknown') AND ${where.sql}` };
}

function all(terms: readonly (readonly [string, SqlValue | undefined])[]): Where {
  const used = terms.filter(([, value]) => value !== undefined);
  return {
    sql: ["seq > 0", ...used.map(([sql]) => sql)].join(" AND "),
    values: used.map(([, value]) => value!),
  };
}
