/**
 * Groups of alerts with their timers: the first flush comes `group_wait` after the group opens, at once when
 * the alert that opens it began before that; then every `group_interval`. A group whose members have all
 * left ends, with what its channels were told. Plain data, moved by a time that is given; no clock. Pure.
 */
import type { GroupState, Member } from "../model/alert_group.ts";
import { renewMember } from "./group_member.ts";
import { groupLabels, matchRoutes, type RouteNode } from "./route_tree.ts";

/** Members of one group, and groups; past them an alert is refused by the group, and counted. */
export const GROUP_MEMBERS_MAX = 1000;
export const GROUPS_MAX = 10_000;

/** The groups that an alert belongs to, by the node that each is of. */
export function groupsOf(
  tree: RouteNode,
  labels: Member["labels"],
): { node: RouteNode; group_key: string }[] {
  return matchRoutes(tree, labels).map((node) => ({
    node,
    group_key: JSON.stringify([node.id, ...Object.entries(groupLabels(node, labels))]),
  }));
}

export function openGroup(
  { node, group_key }: { node: RouteNode; group_key: string },
  opener: Member,
  { now, generation }: { now: number; generation: string },
): GroupState {
  const old = opener.starts_at + node.group_wait_ms < now;
  return {
    group_key,
    generation,
    route_id: node.id,
    receiver: node.receiver,
    labels: groupLabels(node, opener.labels),
    members: { [opener.identity]: opener },
    opened_at: now,
    next_flush_at: old ? now : now + node.group_wait_ms,
    flushes: 0,
    told: {},
  };
}

/** Adds a report to the group that it is given; false when the group is full. */
export function joinGroup(group: GroupState, member: Member, now: number): boolean {
  const known = group.members[member.identity];
  if (known === undefined && Object.keys(group.members).length >= GROUP_MEMBERS_MAX) return false;
  group.members[member.identity] = renewMember(known, member, now);
  return true;
}

/**
 * The groups of another tree with the members of these: timers start anew, and a group that is still there
 * under its key remembers what its channels were told.
 */
export function regroup(
  groups: readonly GroupState[],
  tree: RouteNode,
  { now, generation }: { now: number; generation: string },
): GroupState[] {
  const before = new Map(groups.map((group) => [group.group_key, group]));
  const after = new Map<string, GroupState>();
  for (const member of groups.flatMap((group) => Object.values(group.members))) {
    for (const place of groupsOf(tree, member.labels)) {
      const open = after.get(place.group_key);
      if (open !== undefined) {
        joinGroup(open, member, now);
        continue;
      }
      const known = before.get(place.group_key);
      const fresh = openGroup(place, member, { now, generation: `${generation} ${member.alert_id}` });
      const { generation: same, flushes, told } = known ?? fresh;
      after.set(place.group_key, { ...fresh, generation: same, flushes, told });
    }
  }
  return [...after.values()];
}
