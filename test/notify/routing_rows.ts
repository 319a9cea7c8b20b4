/** The trees of the alerting vectors as our routing documents: seconds become ms, "all" the wildcard. */
import type { Matcher } from "../../src/model/matcher.ts";
import type { RouteSpec } from "../../src/model/routing.ts";

export interface TreeRow {
  receiver?: string;
  matchers?: Matcher[];
  continue?: boolean;
  group_by?: string[] | "all";
  group_wait_s?: number;
  group_interval_s?: number;
  repeat_interval_s?: number;
  mute_time_intervals?: string[];
  active_time_intervals?: string[];
  routes?: TreeRow[];
}

export function routeOf(row: TreeRow): RouteSpec {
  const { group_by, group_wait_s, group_interval_s, repeat_interval_s, routes } = row;
  const ms = (seconds: number | undefined) => seconds === undefined ? undefined : Math.round(seconds * 1000);
  return {
    receiver: row.receiver,
    matchers: row.matchers,
    continue: row.continue,
    mute_time_intervals: row.mute_time_intervals,
    active_time_intervals: row.active_time_intervals,
    group_by: group_by === "all" ? ["..."] : group_by,
    group_wait: ms(group_wait_s),
    group_interval: ms(group_interval_s),
    repeat_interval: ms(repeat_interval_s),
    routes: routes?.map(routeOf),
  };
}
