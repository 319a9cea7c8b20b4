/** /healthz, /readyz and /metrics, at the root. The first two answer anybody: orchestrators carry no token. */
import { jsonResponse } from "./answer.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";

export function healthRoutes(routes: RouteTable, { deps }: RouteContext): void {
  routes.raw("GET", "/healthz", () => jsonResponse('{"status":"ok"}', 200), "open");
  routes.raw("GET", "/readyz", () => {
    const { ready, stopping } = deps.control.status();
    const status = stopping ? "stopping" : ready ? "ready" : "starting";
    return jsonResponse(JSON.stringify({ status }), status === "ready" ? 200 : 503);
  }, "open");
  routes.raw("GET", "/metrics", async () =>
    new Response(await deps.metrics.render(), {
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
    }));
}
