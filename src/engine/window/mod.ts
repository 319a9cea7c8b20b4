/** The kinds of windows by name: to add one, add its file and its case here. */
import { Aggregates } from "../aggregate/aggregates.ts";
import type { AggregatePlan, WindowPlan } from "../plan.ts";
import { CountWindows } from "./count.ts";
import { EventRows } from "./event_rows.ts";
import { HoppingWindows } from "./hopping.ts";
import { Panes } from "./panes.ts";
import { SessionWindows } from "./session.ts";
import { SlidingWindows } from "./sliding.ts";
import type { WindowHost, WindowOperator } from "./window_operator.ts";

export type { Firing, Taken, WindowHost, WindowOperator } from "./window_operator.ts";

export function createWindows(
  plan: WindowPlan,
  aggregates: readonly AggregatePlan[],
  host: WindowHost,
): WindowOperator {
  const rows = new Aggregates(aggregates);
  switch (plan.type) {
    case "hopping":
      return new HoppingWindows(plan, new Panes(rows), host);
    case "session":
      return new SessionWindows(plan, new Panes(rows), host);
    case "sliding":
      return new SlidingWindows(plan, new EventRows(rows, host.skipped), host);
    case "count":
      return new CountWindows(plan, new EventRows(rows, host.skipped), host);
  }
}
