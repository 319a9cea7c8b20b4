/** What of a routing document does not hold together: names that nothing answers to, and a root that is none. */
import { type Fault, pointer } from "../base/problem.ts";
import { GROUP_BY_ALL, ROUTE_DEPTH_MAX, ROUTES_MAX, type RouteSpec } from "./routing.ts";

export interface RoutingNames {
  route?: RouteSpec | null | undefined;
  receivers: readonly { name: string }[];
  time_intervals: readonly { name: string }[];
}

type Report = (path: readonly PropertyKey[], code: string, message: string) => void;

/** `channels`: names that are receivers without being listed. */
export function routingFaults(routing: RoutingNames, channels: readonly string[]): Fault[] {
  const faults: Fault[] = [];
  const report: Report = (path, code, message) =>
    void faults.push({ pointer: pointer(...path), code, message });
  const { route } = routing;
  checkNames(routing.receivers, { list: "receivers", what: "receiver" }, report);
  checkNames(routing.time_intervals, { list: "time_intervals", what: "time_interval" }, report);
  if (route === undefined || route === null) {
    report(["route"], "no_route", "Cannot route without a root: expected a route with a receiver");
    return faults;
  }
  checkRoot(route, report);
  const known = {
    receivers: new Set([...routing.receivers.map(({ name }) => name), ...channels]),
    intervals: new Set(routing.time_intervals.map(({ name }) => name)),
    count: 0,
  };
  checkNode(route, { path: ["route"], known, report });
  return faults;
}

function checkNames(
  named: readonly { name: string }[],
  { list, what }: { list: string; what: string },
  report: Report,
): void {
  const seen = new Set<string>();
  for (const [i, { name }] of named.entries()) {
    if (name === "") report([list, i, "name"], `unnamed_${what}`, `Cannot use a ${what} without a name`);
    else if (seen.has(name)) {
      report([list, i, "name"], `duplicate_${what}`, `Cannot name two of them "${name}"`);
    }
    seen.add(name);
  }
}

function checkRoot(route: RouteSpec, report: Report): void {
  const refuse = (member: string, code: string) =>
    report(["route", member], code, `Cannot use "${member}" at the root: it takes every alert, always`);
  if (!route.receiver) {
    report(["route", "receiver"], "root_without_receiver", "Cannot route without a receiver at the root");
  }
  if (route.matchers?.length) refuse("matchers", "root_with_matchers");
  if (route.continue === true) refuse("continue", "root_with_continue");
  if (route.mute_time_intervals?.length) refuse("mute_time_intervals", "root_with_time_intervals");
  if (route.active_time_intervals?.length) refuse("active_time_intervals", "root_with_time_intervals");
}

interface Place {
  path: PropertyKey[];
  known: { receivers: ReadonlySet<string>; intervals: ReadonlySet<string>; count: number };
  report: Report;
}

function checkNode(route: RouteSpec, { path, known, report }: Place): void {
  if (++known.count > ROUTES_MAX || path.length > 2 * ROUTE_DEPTH_MAX) {
    return report(
      path,
      "too_many_routes",
      `Cannot use more than ${ROUTES_MAX} routes, ${ROUTE_DEPTH_MAX} deep`,
    );
  }
  const { receiver, group_by, group_interval, repeat_interval } = route;
  if (receiver && !known.receivers.has(receiver)) {
    const message = `Cannot use "${receiver}" as receiver: neither a receiver nor a channel has this name`;
    report([...path, "receiver"], "undefined_receiver", message);
  }
  for (const member of ["mute_time_intervals", "active_time_intervals"] as const) {
    for (const [i, name] of (route[member] ?? []).entries()) {
      if (known.intervals.has(name)) continue;
      report([...path, member, i], "undefined_time_interval", `Cannot find a time interval "${name}"`);
    }
  }
  if (group_by) checkGroupBy(group_by, [...path, "group_by"], report);
  if (group_interval === 0) {
    report([...path, "group_interval"], "group_interval_zero", "Cannot use 0 as group_interval");
  }
  if (repeat_interval === 0) {
    report([...path, "repeat_interval"], "repeat_interval_zero", "Cannot use 0 as repeat_interval");
  }
  for (const [i, child] of (route.routes ?? []).entries()) {
    checkNode(child, { path: [...path, "routes", i], known, report });
  }
}

function checkGroupBy(names: readonly string[], path: PropertyKey[], report: Report): void {
  if (new Set(names).size < names.length) {
    report(path, "duplicate_group_by", "Cannot group by the same label twice");
  }
  if (names.includes(GROUP_BY_ALL) && names.length > 1) {
    report(path, "group_by_wildcard_mixed", `Cannot mix "${GROUP_BY_ALL}", all labels, with names`);
  }
}
