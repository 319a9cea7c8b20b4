/**
 * The HTTP face of the server: every route, behind one guard, with one way to answer what goes wrong. It
 * holds no state but open streams and requests under way.
 */
import { Hono } from "hono";
import { Problem } from "../src/base/problem.ts";
import { BodyBudget } from "../src/ingest/body_budget.ts";
import { StallWatch } from "../src/ingest/stall_watch.ts";
import { AckFeed } from "./ack_feed.ts";
import { AlertStream } from "./alert_stream.ts";
import { alertRoutes } from "./alerts.ts";
import { BacktestStream } from "./backtest_stream.ts";
import { backtestRoutes } from "./backtests.ts";
import { channelRoutes } from "./channels.ts";
import { compatRoutes } from "./compat/mod.ts";
import { apiRoutes } from "./apis.ts";
import { actionTemplateRoutes } from "./action_templates.ts";
import { execLogRoutes } from "./exec_logs.ts";
import { docsPageRoutes } from "./docs_page.ts";
import { deliveryRoutes } from "./deliveries.ts";
import type { AppDeps } from "./deps.ts";
import { eventRoutes } from "./events.ts";
import { fieldRoutes } from "./fields.ts";
import { formRoutes } from "./forms.ts";
import { createGuard } from "./guard.ts";
import { healthRoutes } from "./health.ts";
import { logRoutes } from "./log.ts";
import { Idempotency } from "./idempotency.ts";
import { openapiRoutes } from "./openapi_document.ts";
import { type AllRoutes, openapiDocument } from "./openapi/document.ts";
import { inhibitionRoutes } from "./inhibitions.ts";
import { lookupRoutes } from "./lookups.ts";
import { type Method, type RouteContext, RouteTable } from "./route_table.ts";
import { anomalyRoutes } from "./anomaly.ts";
import { monitoringRoutes } from "./monitoring.ts";
import { policyRoutes } from "./policies.ts";
import { previewRoutes } from "./preview.ts";
import { routingRoutes } from "./routing.ts";
import { ruleRoutes } from "./rules.ts";
import { secretRoutes } from "./secrets.ts";
import { silenceRoutes } from "./silences.ts";
import { simulateRoutes } from "./simulate.ts";
import { templateRoutes } from "./templates.ts";
import { topicRoutes } from "./topics.ts";

export interface App {
  fetch(request: Request): Response | Promise<Response>;
  /** Ends open streams and bodies that are still being read. Idempotent. */
  close(): void;
  /** What is served, by who tells of it. */
  served: AllRoutes;
  /** Every method and path that is registered. */
  registered(): { method: string; path: string }[];
}

const METHODS: readonly Method[] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

export interface AppOptions {
  /** Memory for bodies in flight; tests give a small one. */
  budget?: BodyBudget;
  stalls?: StallWatch;
}

export function createApp(deps: AppDeps, options: AppOptions = {}): App {
  const app = new Hono();
  const guard = createGuard(deps.config.admin_token);
  const context: RouteContext = {
    deps,
    budget: options.budget ?? new BodyBudget(),
    stalls: options.stalls ?? new StallWatch(deps.clock),
    idempotency: new Idempotency(deps.store, deps.clock),
    acks: new AckFeed(),
  };
  const routes = new RouteTable(app, context, guard);
  const stream = new AlertStream(deps);
  const backtest = new BacktestStream(deps);
  eventRoutes(routes, context);
  topicRoutes(routes, context);
  fieldRoutes(routes, context);
  logRoutes(routes, context);
  // Before /rules/:id and /alerts/:id: the first route that fits is taken.
  simulateRoutes(routes, context);
  backtestRoutes(routes, context, backtest);
  formRoutes(routes, context);
  previewRoutes(routes, context);
  monitoringRoutes(routes, context);
  ruleRoutes(routes, context);
  anomalyRoutes(routes, context);
  routes.raw("GET", "/api/v1/alerts/stream", (request) => stream.serve(request));
  alertRoutes(routes, context);
  channelRoutes(routes, context);
  templateRoutes(routes, context);
  actionTemplateRoutes(routes, context);
  apiRoutes(routes, context);
  lookupRoutes(routes, context);
  secretRoutes(routes, context);
  deliveryRoutes(routes, context);
  execLogRoutes(routes, context);
  routingRoutes(routes, context);
  silenceRoutes(routes, context);
  inhibitionRoutes(routes, context);
  policyRoutes(routes, context);
  healthRoutes(routes, context);
  const all = (): AllRoutes => ({ native, compat: compat.served });
  openapiRoutes(routes, all);
  docsPageRoutes(routes, all);
  const native = routes.served.slice();
  const compat = compatRoutes(routes, { context, guard, document: () => openapiDocument(all()) });
  routes.otherwise(({ req: { path } }) =>
    noRoute(path, METHODS.filter((method) => app.router.match(method, path)[0].length > 0))
  );
  const close = () => {
    stream.close();
    backtest.close();
    compat.close();
    context.stalls.endAll();
  };
  const fetch = (request: Request) => request.method === "HEAD" ? head(app, request) : app.fetch(request);
  const registered = () => app.routes.map(({ method, path }) => ({ method, path }));
  return { fetch, close, served: all(), registered };
}

/** As GET, without the body. A stream in its place keeps the platform from telling a length of 0. */
async function head(app: Hono, request: Request): Promise<Response> {
  // Not made of the request itself: that reads its signal, and the platform writes a warning into the log.
  const response = await app.fetch(new Request(request.url, { headers: request.headers }));
  if (response.body === null) return response;
  await response.body.cancel();
  const nothing = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
  return new Response(nothing, { status: response.status, headers: response.headers });
}

/** 404, or 405 where other methods are served. */
function noRoute(path: string, allowed: readonly string[]): Problem {
  if (allowed.length === 0) {
    return new Problem({ status: 404, code: "no_such_path", detail: `Cannot find ${path.slice(0, 200)}` });
  }
  const allow = allowed.join(", ").replace("GET", "GET, HEAD");
  return new Problem({
    status: 405,
    code: "method_not_allowed",
    detail: `Cannot use this method on ${path.slice(0, 200)}: it takes ${allow}`,
    headers: { allow },
  });
}
