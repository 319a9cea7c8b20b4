/**
 * One flush of a group, stage by stage as Alertmanager's pipeline orders them:
 *
 *   members ─► time intervals ─► inhibition ─► silences ─┬─► channel: news? ─► notification
 *                    └──────────────┴────────────┴─► why │─► channel: news? ─► …
 *                                                        └─► members that are over leave
 *
 * What a stage holds back is said with its reason. State in, state and effects out; no clock. Pure.
 */
import { type FlushReason, flushReason } from "./dedup.ts";
import type { GroupState, Member, MemberStatus } from "../model/alert_group.ts";
import { isResolved } from "./group_member.ts";
import { type CompiledInhibition, inhibitedBy } from "./inhibiting.ts";
import type { RouteNode } from "./route_tree.ts";
import { type CompiledSilence, silencedBy } from "./silencing.ts";
import { mutedBy, type NamedIntervals } from "./time_mute.ts";
import type { Labels } from "../model/matcher.ts";

/** What keeps alerts quiet now. */
export interface Calm {
  intervals: NamedIntervals;
  inhibitions: readonly CompiledInhibition[];
  silences: readonly CompiledSilence[];
  /** Labels of the alerts that are active. */
  active(): Iterable<Labels>;
}

export type QuietReason = "muted_by_time" | "inhibited" | "silenced";

export interface Quiet {
  reason: QuietReason;
  /** Names of time intervals, ids of inhibitions or silences. */
  by: string[];
}

export interface Sink {
  channel_id: string;
  send_resolved: boolean;
  /** Whether messages of one incident have to arrive in their order. */
  ordered?: boolean;
}

export interface Offered {
  member: Member;
  status: MemberStatus;
}

export interface Notification {
  channel_id: string;
  reason: Exclude<FlushReason, "do_not_notify">;
  /** Its number within the group, from 1. */
  flush: number;
  alerts: Offered[];
}

export interface Flush {
  /** null: nobody is left, the group has ended. */
  group: GroupState | null;
  notifications: Notification[];
  held: (Offered & Quiet)[];
}

export function flushGroup(
  group: GroupState,
  { node, sinks, calm, now }: { node: RouteNode; sinks: readonly Sink[]; calm: Calm; now: number },
): Flush {
  // A flush that comes a little late counts for the time it was due, so that intervals do not drift.
  const at = now - group.next_flush_at < node.group_interval_ms ? group.next_flush_at : now;
  const offered = offer(group, at);
  const { heard, held } = listen(offered, node, calm, at);
  const flush = group.flushes + 1;
  const told = { ...group.told };
  const notifications: Notification[] = [];
  for (const sink of heard.length === 0 ? [] : sinks) {
    const identities = (status: MemberStatus) =>
      heard.filter((one) => one.status === status).map(({ member }) => member.identity);
    const news = { firing: identities("firing"), resolved: identities("resolved"), at };
    const { repeat_interval_ms } = node;
    const last = told[sink.channel_id] ?? null;
    const reason = flushReason(last, news, { repeat_interval_ms, send_resolved: sink.send_resolved });
    if (reason === "do_not_notify") continue;
    told[sink.channel_id] = news;
    const alerts = heard.filter(({ status }) => status === "firing" || sink.send_resolved);
    if (alerts.length > 0) notifications.push({ channel_id: sink.channel_id, reason, flush, alerts });
  }
  const members = staying(offered, at);
  const next_flush_at = at + node.group_interval_ms;
  const ended = Object.keys(members).length === 0;
  return {
    group: ended ? null : { ...group, members, told, flushes: flush, next_flush_at },
    notifications,
    held,
  };
}

/** Why an alert with these labels is not told now, apart from routes; null when it is. */
export function quietOf(labels: Labels, calm: Omit<Calm, "intervals">, now: number): Quiet | null {
  const inhibitions = calm.inhibitions.length === 0
    ? []
    : inhibitedBy(calm.inhibitions, labels, calm.active());
  if (inhibitions.length > 0) return { reason: "inhibited", by: inhibitions };
  const silences = silencedBy(calm.silences, labels, now);
  return silences.length > 0 ? { reason: "silenced", by: silences } : null;
}

/** A match that never resolves is offered as firing, once at least: also when its time is over by then. */
function offer(group: GroupState, now: number): Offered[] {
  const left = (member: Member) => isOver(member, now) && wasTold(group, member);
  return Object.values(group.members).filter((member) => !left(member)).map((member) => ({
    member,
    status: isResolved(member, now) && !member.once ? "resolved" : "firing",
  }));
}

function isOver(member: Member, now: number): boolean {
  return member.once && isResolved(member, now);
}

function wasTold({ told }: GroupState, { identity }: Member): boolean {
  return Object.values(told).some(({ firing }) => firing.includes(identity));
}

function listen(
  offered: readonly Offered[],
  node: RouteNode,
  calm: Calm,
  now: number,
): { heard: Offered[]; held: Flush["held"] } {
  const muting = mutedBy(node, calm.intervals, now);
  const heard: Offered[] = [];
  const held: Flush["held"] = [];
  for (const one of offered) {
    const quiet: Quiet | null = muting.length > 0
      ? { reason: "muted_by_time", by: muting }
      : quietOf(one.member.labels, calm, now);
    if (quiet === null) heard.push(one);
    else held.push({ ...one, ...quiet });
  }
  return { heard, held };
}

function staying(offered: readonly Offered[], now: number): Record<string, Member> {
  const members = offered.filter(({ status, member }) => status === "firing" && !isOver(member, now));
  return Object.fromEntries(members.map(({ member }) => [member.identity, member]));
}
