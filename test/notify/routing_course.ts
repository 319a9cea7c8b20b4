/** Groups on a clock that is a number: what the router does, with lists as its stores. */
import type { GroupState, Member } from "../../src/model/alert_group.ts";
import type { Labels } from "../../src/model/matcher.ts";
import { type Calm, type Flush, flushGroup, type Sink } from "../../src/notify/flush.ts";
import { isResolved, labelIdentity } from "../../src/notify/group_member.ts";
import { groupsOf, joinGroup, openGroup, regroup } from "../../src/notify/group_state.ts";
import { type RouteNode, walkRoutes } from "../../src/notify/route_tree.ts";

export function member(labels: Labels, members: Partial<Member> = {}): Member {
  return {
    ...{
      identity: labelIdentity(labels),
      alert_id: labelIdentity(labels),
      revision: 1,
      rule_id: "r",
      labels,
    },
    ...{ starts_at: 0, ends_at: null, timeout: false, once: false, updated_at: 0 },
    ...members,
  };
}

/** What a router does, with a number as its clock and lists as its stores. */
export class Course {
  groups: GroupState[] = [];
  calm: Calm = { intervals: {}, inhibitions: [], silences: [], active: () => [] };
  readonly #sinks: (receiver: string) => Sink[];
  #tree: RouteNode;
  groupsMax = Infinity;
  refused = 0;
  reloads = 0;

  constructor(tree: RouteNode, sinks: (receiver: string) => Sink[] = () => []) {
    this.#tree = tree;
    this.#sinks = sinks;
  }

  report(one: Member, now: number): void {
    for (const place of groupsOf(this.#tree, one.labels)) {
      const at = this.groups.findIndex((group) => group.group_key === place.group_key);
      if (at >= 0) joinGroup(this.groups[at]!, one, now);
      else if (this.groups.length >= this.groupsMax) this.refused++;
      else if (!isResolved(one, now)) this.groups.push(openGroup(place, one, { now, generation: "" }));
    }
  }

  reload(now: number): void {
    this.reloads++;
    this.groups = regroup(this.groups, this.#tree, { now, generation: "" });
  }

  due(): number {
    return Math.min(Infinity, ...this.groups.map((group) => group.next_flush_at));
  }

  flush(now: number): { group: GroupState; flush: Flush }[] {
    const due = this.groups.filter((group) => group.next_flush_at <= now);
    return due.map((group) => {
      const node = [...walkRoutes(this.#tree)].find(({ id }) => id === group.route_id)!;
      const flush = flushGroup(group, { node, sinks: this.#sinks(group.receiver), calm: this.calm, now });
      const rest = this.groups.filter((other) => other !== group);
      this.groups = flush.group === null ? rest : [...rest, flush.group];
      return { group, flush };
    });
  }
}
