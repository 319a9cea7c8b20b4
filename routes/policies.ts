/** /policies: thresholds on the snapshots of polling, and where they are told. */
import { mergePatch } from "../src/base/merge_patch.ts";
import { noContent, ok, page } from "./answer.ts";
import type { RouteContext, RouteTable } from "./route_table.ts";

const POLICIES = "/api/v1/policies";
const POLICY = `${POLICIES}/:id`;

export function policyRoutes(routes: RouteTable, { deps: { policies } }: RouteContext): void {
  routes.on(
    "GET",
    POLICIES,
    async ({ query }) =>
      page(await policies.list({ activeOnly: query.boolean("active_only") ?? false }), null),
    { query: ["active_only"] },
  );
  routes.on("POST", POLICIES, async ({ body }) => {
    const made = await policies.create(body);
    const location = `${POLICIES}/${encodeURIComponent(String(made.policy_id))}`;
    return { status: 201, body: made, headers: { location } };
  });
  routes.on("GET", POLICY, async (call) => ok(await policies.get(call.param("id"))));
  routes.on("PUT", POLICY, async (call) => ok(await policies.replace(call.param("id"), call.body)));
  routes.on("PATCH", POLICY, async (call) => {
    const old = await policies.get(call.param("id"));
    return ok(await policies.replace(call.param("id"), mergePatch(old, call.body)));
  });
  routes.on("DELETE", POLICY, async (call) => {
    await policies.remove(call.param("id"));
    return noContent;
  });
  routes.on(
    "GET",
    `${POLICY}/logs`,
    async (call) => page(await policies.logs(call.param("id"), call.query.limit()), null),
    { query: ["limit"] },
  );
}
