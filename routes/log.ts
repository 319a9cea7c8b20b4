/** GET /log: how far the log reaches, what it takes, and what is missing in it. */
import { ok } from "./answer.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";

export function logRoutes(routes: RouteTable, { deps }: RouteContext): void {
  const { log } = deps.store;

  routes.on("GET", "/api/v1/log", async () => {
    const gaps = (await log.gaps()).map(({ from, to, reason }) => ({ from, to, reason }));
    return ok({ first_offset: log.first, next_offset: log.next, bytes: await log.bytes(), gaps });
  });
}
