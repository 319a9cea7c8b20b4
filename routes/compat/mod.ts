/**
 * The compatibility router: the paths, envelope and errors of the reference system, over the same classes as
 * the native routes (docs/compatibility.md). A group of endpoints a file.
 */
import type { Guard } from "../guard.ts";
import type { RouteContext, RouteTable } from "../route_table.ts";
import { channelRoutes } from "./channels.ts";
import { CompatTable } from "./compat_table.ts";
import { EventStream } from "./event_stream.ts";
import { eventRoutes } from "./events.ts";
import { anomalyRoutes, ruleRoutes } from "./rules.ts";
import { simulationRoutes } from "./simulations.ts";
import { unservedRoutes } from "./unserved.ts";

/** Paths that belong to the router as a whole. */
const PREFIXES = ["/cep", "/api-manager", "/runtime", "/ai"];

/** Answers how to end open streams. */
export function compatRoutes(
  routes: RouteTable,
  { context, guard }: { context: RouteContext; guard: Guard },
): { close(): void } {
  const table = new CompatTable(routes, { context, guard });
  const stream = new EventStream(context);
  // Fixed paths first: the first route that fits is taken.
  unservedRoutes(table);
  simulationRoutes(table, context);
  anomalyRoutes(table, context);
  ruleRoutes(table, context);
  table.raw("GET", "/cep/events/stream", (request) => stream.serve(request));
  eventRoutes(table, context);
  channelRoutes(table, context);
  table.rest(PREFIXES);
  return { close: () => stream.close() };
}
