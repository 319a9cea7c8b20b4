/** /cep/events: alerts, under the names that the reference system has for its notification log. */
import * as z from "zod";
import { timeOf } from "../../src/base/event_time.ts";
import { turn } from "../../src/base/clock.ts";
import type { JsonObject, JsonValue } from "../../src/base/json.ts";
import { notFound } from "../../src/base/problem.ts";
import { policyIdOf } from "../../src/model/notification_policy.ts";
import type { Alert } from "../../src/model/alert.ts";
import type { AlertQuery } from "../../src/store/effect_store.ts";
import { acknowledge } from "../acknowledge.ts";
import { given } from "../given.ts";
import type { RouteContext } from "../route_table.ts";
import type { CompatTable } from "./compat_table.ts";
import { time, truth, wholeNumber } from "./validation.ts";

const EVENTS = "/cep/events";
/** Alerts that a list may pass over, a search may look at, and the statistics of a period may count. */
export const ALERTS_READ_MAX = 10_000;
const LIMIT_MAX = 500;
/** Alerts of one read: each may be large. */
const READ_ALERTS = 25;
const HOUR_MS = 3_600_000;
const PERIODS: Readonly<Record<string, number>> = { "1h": 1, "6h": 6, "24h": 24, "7d": 168 };
const PERIOD_DEFAULT = "24h";
const BATCH_MAX = 1_000;

const text = z.string();
const filters = {
  acked: truth.optional(),
  severity: text.optional(),
  rule_id: text.optional(),
  since: time.optional(),
  until: time.optional(),
};
type Filters = z.output<z.ZodObject<typeof filters>>;

export function eventRoutes(table: CompatTable, context: RouteContext): void {
  const { effects } = context.deps.store;
  const listed = z.object({
    ...filters,
    limit: wholeNumber(1, LIMIT_MAX).default(200),
    offset: wholeNumber(0, ALERTS_READ_MAX).default(0),
  });
  table.on("GET", EVENTS, { query: listed }, async ({ query }) => {
    const { limit, offset, ...rest } = query;
    const events: JsonObject[] = [];
    let passed = 0;
    for await (const alert of newest(rest, context)) {
      if (passed++ >= offset) events.push(shownEvent(alert));
      if (events.length === limit) break;
    }
    return { data: { events, limit, offset } };
  });
  table.on(
    "GET",
    `${EVENTS}/summary`,
    {},
    async () => ({ data: { summary: { ...await effects.alertSummary() } } }),
  );
  const searched = z.object({
    ...filters,
    q: text.optional(),
    limit: wholeNumber(1, LIMIT_MAX).default(100),
  });
  table.on("GET", `${EVENTS}/search`, { query: searched }, ({ query }) => search(query, context));
  table.on("GET", `${EVENTS}/stats`, { query: z.object({ period: text.optional() }) }, async ({ query }) => {
    return { data: { stats: await statistics(query.period ?? PERIOD_DEFAULT, context) } };
  });
  oneEvent(table, context);
}

/** A single event, and acknowledging. */
function oneEvent(table: CompatTable, context: RouteContext): void {
  const { effects } = context.deps.store;
  const batch = z.object({ event_ids: z.array(text).max(BATCH_MAX), ack_by: text.nullish() });
  table.on("POST", `${EVENTS}/batch-ack`, { body: batch }, async ({ body }) => {
    const acked: string[] = [];
    const not_found: string[] = [];
    for (const id of new Set(body.event_ids)) {
      const found = await effects.alert(id) !== undefined;
      if (found) await acknowledge(id, body.ack_by ?? null, context);
      (found ? acked : not_found).push(id);
    }
    return { data: { acked, not_found, count: acked.length } };
  });
  table.on("GET", `${EVENTS}/:id`, {}, async ({ param }) => {
    const found = await effects.alert(param("id"));
    if (found === undefined) throw notFound("alert", param("id"));
    return { data: { event: shownDetail(found.alert) } };
  });
  const acking = z.object({ ack_by: z.string().min(1).max(200).optional() });
  table.on("POST", `${EVENTS}/:id/ack`, { query: acking }, async ({ param, query }) => {
    const { alert } = await acknowledge(param("id"), query.ack_by ?? null, context);
    return { data: { event: logRow(alert) } };
  });
}

/** Alerts that fit, newest first, at most {@linkcode ALERTS_READ_MAX} and one page. */
async function* newest({ since, until, ...same }: Filters, { deps }: RouteContext): AsyncGenerator<Alert> {
  const { effects } = deps.store;
  // Both ends belong to the span.
  const span = { from_time: since, to_time: until === undefined ? undefined : until + 1 };
  const query = given({ ...same, ...span }) as Omit<AlertQuery, "limit">;
  let read = 0;
  let before: number | null | undefined;
  while (before !== null && read < ALERTS_READ_MAX + LIMIT_MAX) {
    const page = await effects.alerts({ ...query, ...given({ before }), limit: READ_ALERTS });
    for (const { alert } of page.items) yield alert;
    read += page.items.length;
    before = page.next;
    await turn(deps.clock);
  }
}

/** `q` is looked for in everything that an alert says, any case. */
async function search(
  { q, limit, ...rest }: Filters & { q?: string | undefined; limit: number },
  context: RouteContext,
) {
  const wanted = q?.toLowerCase() ?? "";
  const events: JsonObject[] = [];
  let read = 0;
  for await (const alert of newest(rest, context)) {
    if (++read > ALERTS_READ_MAX) break;
    if (wanted !== "" && !JSON.stringify(alert).toLowerCase().includes(wanted)) continue;
    const { alert_id: event_id, fired_at, status, rule_id, rule_name, ack, ack_at } = alert;
    events.push({ event_id, fired_at, status, rule_id, rule_name, ack, ack_at });
    if (events.length === limit) break;
  }
  return {
    data: { events, count: events.length },
    ...(read > ALERTS_READ_MAX && { metadata: { truncated: true, searched: ALERTS_READ_MAX } }),
  };
}

/** Of a period, newest first, as far as {@linkcode ALERTS_READ_MAX} reaches. */
async function statistics(period: string, context: RouteContext): Promise<JsonObject> {
  const hours = PERIODS[period] ?? PERIODS[PERIOD_DEFAULT]!;
  const since = context.deps.clock.now() - hours * HOUR_MS;
  const by_severity: Record<string, number> = {};
  const by_rule: Record<string, number> = {};
  const waits: number[] = [];
  let total_count = 0;
  let truncated = false;
  for await (const { severity, rule_id, ack_at, fired_at } of newest({ since }, context)) {
    if (total_count === ALERTS_READ_MAX) {
      truncated = true;
      break;
    }
    total_count++;
    by_severity[severity] = (by_severity[severity] ?? 0) + 1;
    by_rule[rule_id] = (by_rule[rule_id] ?? 0) + 1;
    if (ack_at !== null) waits.push(Math.max(0, timeOf(ack_at, null) - timeOf(fired_at, null)) / 1000);
  }
  const ack_count = waits.length;
  const mean = waits.reduce((sum, wait) => sum + wait, 0) / Math.max(1, ack_count);
  return {
    ...{ total_count, ack_count, ack_rate: total_count === 0 ? 0 : ack_count / total_count },
    avg_time_to_ack_seconds: ack_count === 0 ? null : Math.round(mean),
    ...{ by_severity, by_rule, period, truncated },
  };
}

/** An alert as an event of the reference system. It has a notification where its rule is a policy. */
export function shownEvent(alert: Alert): JsonObject {
  const { alert_id: event_id, fired_at, status, severity, ack, ack_at, rule_id, rule_name } = alert;
  return {
    ...{ event_id, triggered_at: fired_at, status, summary: summaryOf(alert), severity },
    ...{ ack, ack_at, rule_id, rule_name, notification_id: policyIdOf(rule_id) ?? "" },
  };
}

function shownDetail(alert: Alert): JsonObject {
  return {
    ...shownEvent(alert),
    reason: alert.reason,
    ack_by: alert.ack_by,
    payload: { ...alert } as unknown as JsonObject,
    condition_evaluated: true,
    extracted_value: extracted(alert),
    exec_log: null,
  };
}

/** A row of the notification log. */
function logRow(alert: Alert): JsonObject {
  const { alert_id: log_id, fired_at, status, reason, dedup_key, ack, ack_at, ack_by } = alert;
  return {
    ...{ log_id, notification_id: policyIdOf(alert.rule_id) ?? "", fired_at, status, reason },
    payload: { ...alert } as unknown as JsonObject,
    ...{ response_status: null, response_body: null, dedup_key, ack, ack_at, ack_by },
  };
}

function summaryOf({ message, title }: Alert): string {
  return message === "" ? title : message;
}

/** The one value that the rule looked at, where it is one. */
function extracted({ values }: Alert): JsonValue {
  if (values.value !== undefined) return values.value;
  const found = Object.values(values);
  return found.length === 1 ? found[0]! : null;
}
