/**
 * What the rules of the crash test must have done, computed naively from the log as the server shows it and
 * from the versions of the one rule that is edited.
 */
import type { CrashEvent } from "./crash_load.ts";

export interface LoggedEvent {
  offset: number;
  event: CrashEvent;
}

/** A version of the rule `edited`: events after `from_offset` are held against its threshold. */
export interface EditedVersion {
  from_offset: number;
  rule: { trigger_spec: { conditions: { value: number }[] } };
}

export interface Expected {
  counters: Record<string, number>;
  /** Offsets of the events that made an alert. */
  alerts: number[];
}

export const COOLED_MS = 5_000;
export const EDITED_MS = 2_000;

/** Documents of the rules, all on the topic "crash". `channel` is told of the alerts of two of them. */
export function crashRules(channel: string): Record<string, unknown>[] {
  const rule = (id: string, spec: Record<string, unknown>, more: Record<string, unknown>) => ({
    rule_id: id,
    rule_name: id,
    trigger_type: "event",
    trigger_spec: { topics: ["crash"], ...spec },
    limits: { alerts_per_minute: null },
    ...more,
  });
  const notify = { action_spec: { type: "notify", channels: [channel] } };
  return [
    rule("all", { conditions: [] }, { cooldown: "1m" }),
    rule("equal", { conditions: [{ field: "level", op: "==", value: 7 }] }, notify),
    rule("cooled", {
      conditions: [{ field: "value", op: ">", value: 20 }],
      group_by: ["host"],
    }, { ...notify, cooldown: `${COOLED_MS}ms`, isolation: "dedicated" }),
    rule("edited", editedSpec(50), { cooldown: `${EDITED_MS}ms` }),
  ];
}

export function editedSpec(threshold: number): Record<string, unknown> {
  return { conditions: [{ field: "value", op: ">=", value: threshold }], group_by: ["host"] };
}

/** What each rule must have counted and alerted, by its id. */
export function expectedOf(
  log: readonly LoggedEvent[],
  versions: readonly EditedVersion[],
): Record<string, Expected> {
  const threshold = (offset: number) =>
    versions.findLast((version) => version.from_offset < offset)!.rule.trigger_spec.conditions[0]!.value;
  return {
    all: fold(log.filter(() => true), { key: () => "", cooldownMs: 60_000 }),
    equal: fold(log.filter(({ event }) => event.level === 7), { key: () => "", cooldownMs: 0 }),
    cooled: fold(log.filter(({ event }) => event.value > 20), { key: hostOf, cooldownMs: COOLED_MS }),
    edited: fold(log.filter(({ offset, event }) => event.value >= threshold(offset)), {
      key: hostOf,
      cooldownMs: EDITED_MS,
    }),
  };
}

function hostOf({ host }: CrashEvent): string {
  return host;
}

function fold(
  matches: readonly LoggedEvent[],
  { key, cooldownMs }: { key: (event: CrashEvent) => string; cooldownMs: number },
): Expected {
  const until = new Map<string, number>();
  const alerts: number[] = [];
  for (const { offset, event } of matches) {
    if (event.timestamp < (until.get(key(event)) ?? -Infinity)) continue;
    alerts.push(offset);
    if (cooldownMs > 0) until.set(key(event), event.timestamp + cooldownMs);
  }
  const counters: Record<string, number> = { matched: matches.length, alerts: alerts.length };
  if (cooldownMs > 0) counters["in_cooldown"] = matches.length - alerts.length;
  return { counters, alerts };
}
