/**
 * /cep/scheduler: how polling goes. One process runs everything, so it is its own leader. Figures come from the
 * snapshots that polling writes into the log each minute, and from what rules and alerts tell.
 */
import * as z from "zod";
import { instant } from "../../src/base/event_time.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { POLLING_TOPIC } from "../../src/base/poll_topic.ts";
import { parseRecord } from "../../src/ingest/parsed_record.ts";
import { parseRule } from "../../src/model/rule.ts";
import type { RouteContext } from "../route_table.ts";
import type { CompatTable } from "./compat_table.ts";
import { wholeNumber } from "./validation.ts";

const SCHEDULER = "/cep/scheduler";
const MINUTE_MS = 60_000;
/** Snapshots are one a minute; older ones than this are not looked for. */
const MINUTES_LOOKED_AT_MAX = 10_080;
const READ_LIMIT = { records: 1_000, bytes: 4_000_000 };
const RECENT = 20;
/** Newest alerts among which matches of polled rules are looked for, and polled rules whose failures are. */
const ALERTS_LOOKED_AT = 200;
const RULES_LOOKED_AT = 10_000;
const PAGE_ROWS = 500;

export function schedulerRoutes(table: CompatTable, context: RouteContext): void {
  const { clock, instance } = context.deps;
  const started_at = instant(clock.now());

  table.on("GET", `${SCHEDULER}/status`, {}, async () => {
    const now = instant(clock.now());
    const leader = {
      instance_id: instance,
      is_leader: true,
      leader_instance_id: instance,
      leader_stale: false,
    };
    const times = { last_heartbeat_at: now, started_at, updated_at: now };
    return { data: { status: { ...leader, ...times, ...await pollStats(context) } } };
  });
  table.on("GET", `${SCHEDULER}/instances`, {}, () => {
    const now = instant(clock.now());
    const times = { last_heartbeat_at: now, started_at, updated_at: now };
    return { data: { instances: [{ instance_id: instance, is_leader: true, ...times, notes: null }] } };
  });
  table.on("GET", `${SCHEDULER}/metric-polling`, {}, async () => {
    const recent_matches = await matches(context);
    const telemetry = {
      ...await pollStats(context),
      recent_matches,
      recent_failures: await failures(context),
    };
    return { data: { telemetry } };
  });
  const paged = z.object({
    limit: wholeNumber(1, 500).default(200),
    since_minutes: wholeNumber(1, Number.MAX_SAFE_INTEGER).optional(),
  });
  table.on("GET", `${SCHEDULER}/metric-polling/snapshots`, { query: paged }, async ({ query }) => {
    const found = await snapshots(query.since_minutes ?? MINUTES_LOOKED_AT_MAX, context);
    return { data: { snapshots: found.slice(0, query.limit) } };
  });
  table.on("GET", `${SCHEDULER}/metric-polling/snapshots/latest`, {}, async () => ({
    data: { snapshot: await latest(context) },
  }));
}

/** Newest first. */
async function snapshots(minutes: number, { deps: { clock, store } }: RouteContext): Promise<JsonObject[]> {
  const from_time = clock.now() - MINUTE_MS * Math.min(minutes, MINUTES_LOOKED_AT_MAX);
  const found: JsonObject[] = [];
  for (let from_offset = 0;;) {
    const records = await store.log.browse({
      ...{ topic: POLLING_TOPIC, from_time, from_offset, limit: READ_LIMIT },
    });
    const last = records.at(-1);
    if (last === undefined) return found.reverse();
    for (const record of records) found.push(...parseRecord(record).events.map(shown));
    from_offset = last.first + last.count;
  }
}

async function latest({ deps: { store: { log } } }: RouteContext): Promise<JsonObject | null> {
  const topic = (await log.topics()).find((one) => one.topic === POLLING_TOPIC);
  if (topic === undefined) return null;
  const place = { topic: POLLING_TOPIC, from_offset: topic.last_offset };
  const event = (await log.browse({ ...place, limit: READ_LIMIT })).flatMap((one) => parseRecord(one).events)
    .at(-1);
  return event === undefined ? null : shown(event);
}

function shown({ timestamp: _, ...snapshot }: JsonObject): JsonObject {
  return snapshot;
}

async function pollStats(context: RouteContext): Promise<JsonObject> {
  const last = await latest(context) ?? {};
  return {
    metric_polling_enabled: true,
    metric_poll_last_tick_at: last.tick_at ?? null,
    metric_poll_last_tick_duration_ms: last.tick_duration_ms ?? null,
    metric_poll_last_tick_rule_count: last.rule_count ?? 0,
    metric_poll_last_tick_evaluated_count: last.evaluated_count ?? 0,
    metric_poll_last_tick_matched_count: last.matched_count ?? 0,
    metric_poll_last_tick_skipped_count: last.skipped_count ?? 0,
    metric_poll_last_tick_fail_count: last.fail_count ?? 0,
    metric_poll_last_error: last.last_error ?? null,
  };
}

/** The newest alerts of rules that are polled. */
async function matches({ deps: { poller, store } }: RouteContext): Promise<JsonObject[]> {
  const { items } = await store.effects.alerts({ limit: ALERTS_LOOKED_AT });
  const polled = items.filter(({ alert }) => poller.report(alert.rule_id) !== null).slice(0, RECENT);
  const found: JsonObject[] = [];
  for (const { alert: { rule_id, rule_name, fired_at, values } } of polled) {
    const row = await store.rules.get(rule_id);
    const parsed = row === undefined ? null : parseRule(row.doc);
    const limit = parsed?.ok ? parsed.rule.trigger.threshold : null;
    const { op = null, value: threshold = null } = limit ?? {};
    found.push({
      rule_id,
      rule_name,
      matched_at: fired_at,
      actual_value: values.value ?? null,
      threshold,
      op,
    });
  }
  return found;
}

/** Rules whose last poll failed, the newest failure first. */
async function failures({ deps: { poller, store } }: RouteContext): Promise<JsonObject[]> {
  const found: { failed_at: string; row: JsonObject }[] = [];
  let after: string | null | undefined;
  for (let read = 0; after !== null && read < RULES_LOOKED_AT; read += PAGE_ROWS) {
    const page = await store.rules.list({
      active: true,
      limit: PAGE_ROWS,
      ...(after !== undefined && { after }),
    });
    for (const { rule_id, doc } of page.items) {
      const report = poller.report(rule_id);
      if (report === null || report.last_error === null) continue;
      const failed_at = report.last_at ?? "";
      const rule_name = doc.rule_name ?? "";
      found.push({ failed_at, row: { rule_id, rule_name, failed_at, error: report.last_error } });
    }
    after = page.next;
  }
  found.sort((one, other) => one.failed_at < other.failed_at ? 1 : -1);
  return found.slice(0, RECENT).map(({ row }) => row);
}
