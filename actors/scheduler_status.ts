/** GET /scheduler/status: which rules the clock fires and when next, and how the polling of values goes. */
import { instant } from "../src/base/event_time.ts";
import { nextTime, parseCron } from "../src/base/cron.ts";
import { formatDuration } from "../src/base/duration.ts";
import { parseRule } from "../src/model/rule.ts";
import type { Schedule } from "../src/model/schedule.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import type { PollReport } from "./control.ts";
import type { MonitorParts } from "./monitor.ts";

/** Polled rules that are listed: those that fail come first. */
export const POLLS_LISTED_MAX = 50;
/** Newest alerts of a rule among which its last firing by the clock is looked for. */
const ALERTS_LOOKED_AT = 5;

export interface ScheduleRow {
  rule_id: string;
  rule_name: string;
  is_active: boolean;
  cron: string | null;
  interval: string | null;
  timezone: string;
  missed: "run_once" | "skip";
  /** RFC 3339; null: the rule is switched off, or never runs again. */
  next_at: string | null;
  /** null: it has not fired, or its alert is past retention. */
  last_fired_at: string | null;
}

export interface SchedulerStatus {
  schedules: ScheduleRow[];
  next: string | null;
  polls: { rules: number; failing: number; items: (PollReport & { rule_id: string })[] };
}

export async function schedulerStatus(
  { limit, after }: { limit: number; after: string | undefined },
  parts: MonitorParts,
): Promise<SchedulerStatus> {
  const query = { trigger_type: "schedule", limit, ...(after !== undefined && { after }) };
  const { items, next } = await parts.store.rules.list(query);
  const schedules: ScheduleRow[] = [];
  for (const row of items) {
    const shown = await scheduleRow(row, parts);
    if (shown !== null) schedules.push(shown);
  }
  return { schedules, next, polls: polls(parts) };
}

/** null: this release does not take its document. */
async function scheduleRow(row: RuleVersion, { store, clock }: MonitorParts): Promise<ScheduleRow | null> {
  const parsed = parseRule(row.doc);
  const schedule = parsed.ok ? parsed.rule.trigger.schedule : null;
  if (!parsed.ok || schedule === null) return null;
  const { cron, interval_ms, timezone, missed } = schedule;
  const next = row.active ? nextAt(schedule, clock.now()) : null;
  return {
    rule_id: row.rule_id,
    rule_name: parsed.rule.rule_name,
    is_active: row.active,
    cron,
    interval: interval_ms === null ? null : formatDuration(interval_ms),
    ...{ timezone, missed },
    next_at: next === null ? null : instant(next),
    last_fired_at: await lastFired(row.rule_id, store),
  };
}

function nextAt({ cron, interval_ms, timezone }: Schedule, now: number): number | null {
  if (cron === null) return Math.floor(now / interval_ms!) * interval_ms! + interval_ms!;
  const reading = parseCron(cron);
  return reading.ok ? nextTime(reading.schedule, timezone, now) : null;
}

async function lastFired(rule_id: string, { effects }: MonitorParts["store"]): Promise<string | null> {
  const { items } = await effects.alerts({ rule_id, limit: ALERTS_LOOKED_AT });
  return items.find(({ alert }) => alert.reason === "schedule")?.alert.fired_at ?? null;
}

function polls({ control, poller }: MonitorParts): SchedulerStatus["polls"] {
  const all = control.running().flatMap(({ rule_id }) => {
    const report = poller.report(rule_id);
    return report === null ? [] : [{ rule_id, ...report }];
  });
  const failing = all.filter(({ failures }) => failures > 0).length;
  const sorted = all.toSorted((a, b) => b.failures - a.failures || (a.rule_id < b.rule_id ? -1 : 1));
  return { rules: all.length, failing, items: sorted.slice(0, POLLS_LISTED_MAX) };
}
