/**
 * The compatibility router: the paths, envelope and errors of the reference system, over the same classes as
 * the native routes (docs/compatibility.md). A group of endpoints a file.
 */
import type { JsonObject } from "../../src/base/json.ts";
import type { Guard } from "../guard.ts";
import type { Method, RouteContext, RouteTable } from "../route_table.ts";
import { channelRoutes } from "./channels.ts";
import { conditionRoutes } from "./conditions.ts";
import { CompatTable, type Shapes } from "./compat_table.ts";
import { draftRoutes } from "./drafts.ts";
import { EventStream } from "./event_stream.ts";
import { eventRoutes } from "./events.ts";
import { figureRoutes } from "./figures.ts";
import { notificationRoutes } from "./notifications.ts";
import { anomalyRoutes, ruleRoutes } from "./rules.ts";
import { execLogRoutes, execRunRoutes } from "./exec_logs.ts";
import { apiManagerRoutes } from "./api_manager.ts";
import { runtimeRoutes } from "./runtime.ts";
import { schedulerRoutes } from "./scheduler.ts";
import { simulationRoutes } from "./simulations.ts";
import { systemEndpointRoutes } from "./system_endpoints.ts";
import { unservedRoutes } from "./unserved.ts";

/** Paths that belong to the router as a whole. */
const PREFIXES = ["/cep", "/api-manager", "/runtime", "/ai"];

export interface CompatRouter {
  /** Every route as it is written, those that only say why they are not served included. */
  served: readonly { method: Method; path: string; shapes: Shapes<unknown, unknown> }[];
  /** Ends open streams. */
  close(): void;
}

/** Registers all of it. */
export function compatRoutes(
  routes: RouteTable,
  { context, guard, document }: { context: RouteContext; guard: Guard; document: () => JsonObject },
): CompatRouter {
  const table = new CompatTable(routes, { context, guard });
  const stream = new EventStream(context);
  // Fixed paths first: the first route that fits is taken.
  unservedRoutes(table);
  runtimeRoutes(table, context);
  systemEndpointRoutes(table, document);
  apiManagerRoutes(table, context);
  execRunRoutes(table, context);
  execLogRoutes(table, context);
  conditionRoutes(table, context);
  simulationRoutes(table, context);
  figureRoutes(table, context);
  anomalyRoutes(table, context);
  ruleRoutes(table, context);
  table.raw("GET", "/cep/events/stream", (request) => stream.serve(request));
  eventRoutes(table, context);
  notificationRoutes(table, context);
  channelRoutes(table, context);
  schedulerRoutes(table, context);
  draftRoutes(table, context);
  table.rest(PREFIXES);
  return { served: table.served, close: () => stream.close() };
}
