/**
 * An alert as the groups of routes hold it. Alerts of a rule with `for` or `keep_firing_for` are one member per
 * label set, however often they fire anew; any other match is a member of its own (`once`): it never resolves,
 * so it counts as active until `ends_at`, a time-out, and then leaves without a word. Pure.
 */
import type { Member } from "../model/alert_group.ts";
import type { Labels } from "../model/matcher.ts";

/** The identity of a label set: order does not matter, empty labels do not count. */
export function labelIdentity(labels: Labels): string {
  const names = Object.keys(labels).filter((name) => labels[name] !== "").toSorted();
  return JSON.stringify(names.map((name) => [name, labels[name]]));
}

export function isResolved({ ends_at }: Pick<Member, "ends_at">, now: number): boolean {
  return ends_at !== null && ends_at <= now;
}

/**
 * A member after a further report at `now`: merged where the two were active at the same time, else the new
 * one alone (after Alertmanager's store of alerts).
 */
export function renewMember(old: Member | undefined, next: Member, now: number): Member {
  return old === undefined || !overlap(old, next) ? next : mergeMembers(old, next, now);
}

/** The newer report with the earliest start; the order of the arguments does not matter. */
export function mergeMembers(one: Member, other: Member, now: number): Member {
  if (other.updated_at < one.updated_at) return mergeMembers(other, one, now);
  const starts_at = Math.min(one.starts_at, other.starts_at);
  const [older, newer] = [one.ends_at ?? Infinity, other.ends_at ?? Infinity];
  // Of two ends that have passed the later one counts; a time-out never outlasts an end that is known.
  const keepsOlder = older > newer && (isResolved(other, now) ? isResolved(one, now) : !one.timeout);
  return { ...other, starts_at, ends_at: keepsOlder ? one.ends_at : other.ends_at };
}

function overlap(old: Member, next: Member): boolean {
  const [oldEnd, nextEnd] = [old.ends_at ?? Infinity, next.ends_at ?? Infinity];
  return (nextEnd > old.starts_at && nextEnd <= oldEnd) ||
    (next.starts_at >= old.starts_at && next.starts_at < oldEnd);
}
