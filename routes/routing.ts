/** /routes: the tree that says where alerts go, a question to it, and the groups that are open. */
import * as z from "zod";
import { instant } from "../src/base/event_time.ts";
import type { JsonObject } from "../src/base/json.ts";
import { invalid, Problem } from "../src/base/problem.ts";
import type { GroupState } from "../src/model/alert_group.ts";
import { closedObject } from "../src/model/closed_object.ts";
import { faultsOf } from "../src/model/faults.ts";
import { routingSchema } from "../src/model/routing.ts";
import { routingFaults } from "../src/model/routing_faults.ts";
import { isResolved } from "../src/notify/group_member.ts";
import { inhibitedBy } from "../src/notify/inhibiting.ts";
import { groupLabels, matchRoutes, type RouteNode } from "../src/notify/route_tree.ts";
import { silencedBy } from "../src/notify/silencing.ts";
import { mutedBy } from "../src/notify/time_mute.ts";
import { VersionConflictError } from "../src/store/rule_store.ts";
import { type Answer, noContent, ok, page } from "./answer.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { etag, ifMatch } from "./etag.ts";
import type { RoutingDesk } from "../actors/routing_desk.ts";
import type { Call, RouteContext, RouteTable } from "./route_table.ts";

const ROUTES = "/api/v1/routes";
const LABELS_MAX = 1000;

export const routeTestSchema = closedObject({
  labels: z.record(z.string(), z.string()).refine(
    (labels) => Object.keys(labels).length <= LABELS_MAX,
    `at most ${LABELS_MAX} labels`,
  ),
});

export function routingRoutes(routes: RouteTable, { deps }: RouteContext): void {
  const { desk, router, clock, channels } = deps;

  routes.on("GET", ROUTES, () => shown(desk));
  routes.on("PUT", ROUTES, async (call) => {
    // What GET adds may come back.
    const { version: _, updated_at: __, ...document } = call.body;
    const result = routingSchema.safeParse(document, { reportInput: true });
    if (!result.success) throw invalid(faultsOf(result.error));
    const names = (await channels.list()).flatMap(({ channel_id, name }) => [channel_id, name]);
    const unknown = unknownChannels(result.data.receivers, names);
    const faults = [...routingFaults(result.data, names), ...unknown];
    if (faults.length > 0) throw invalid(faults);
    await save(call, desk, document);
    return shown(desk);
  });
  routes.on("DELETE", ROUTES, async (call) => {
    await save(call, desk, null);
    return noContent;
  });
  routes.on("POST", `${ROUTES}/test`, ({ body }) => {
    const result = routeTestSchema.safeParse(body, { reportInput: true });
    if (!result.success) throw invalid(faultsOf(result.error));
    return ok(tested(result.data.labels, desk, clock.now()));
  });
  routes.on("GET", `${ROUTES}/groups`, ({ query }) => {
    const alertId = query.text("alert_id");
    const holds = (group: GroupState) =>
      alertId === undefined || Object.values(group.members).some((member) => member.alert_id === alertId);
    const after = decodeCursor("groups", query.text("cursor")) ?? "";
    const rest = router.groups().filter((group) => group.group_key > after && holds(group));
    const found = rest.slice(0, query.limit());
    const next = rest.length > found.length ? encodeCursor("groups", found.at(-1)!.group_key) : null;
    return page(found.map((group) => shownGroup(group, clock.now())), next);
  }, { query: ["alert_id", "limit", "cursor"] });
}

function shown(desk: RoutingDesk): Answer {
  const { version, updated_at, document } = desk.stored;
  const body: JsonObject = { route: null, receivers: [], time_intervals: [], ...document };
  return ok({ ...body, version, updated_at: version === 0 ? null : instant(updated_at) }, etag(version));
}

async function save(call: Call, desk: RoutingDesk, document: JsonObject | null): Promise<void> {
  const wanted = ifMatch(call.headers, desk.stored.version);
  if (wanted !== undefined && wanted !== desk.stored.version) throw outdated(desk);
  try {
    await desk.saveRouting(document);
  } catch (error) {
    if (error instanceof VersionConflictError) throw outdated(desk);
    throw error;
  }
}

function outdated(desk: RoutingDesk): Problem {
  return new Problem({
    status: 412,
    code: "version_outdated",
    detail: `Cannot save the routes over another version than ${desk.stored.version}, which is current`,
  });
}

function unknownChannels(receivers: readonly { channels: readonly string[] }[], names: readonly string[]) {
  const known = new Set(names.map((name) => name.toLowerCase()));
  return receivers.flatMap(({ channels }, i) =>
    channels.flatMap((name, k) => {
      if (known.has(name.toLowerCase())) return [];
      const message = `Cannot use "${name}" as a channel: none has this id or name`;
      return [{ pointer: `/receivers/${i}/channels/${k}`, code: "unknown_channel", message }];
    })
  );
}

/** Where an alert with these labels would go now, and what would keep it quiet. */
function tested(labels: Record<string, string>, desk: RoutingDesk, now: number): JsonObject {
  const calm = desk.calm(now);
  const nodes = desk.tree === null ? [] : matchRoutes(desk.tree, labels);
  return {
    receivers: [...new Set(nodes.map((node) => node.receiver))],
    routes: nodes.map((node) => ({
      ...shownNode(node),
      channels: [...desk.channelsOf(node.receiver)],
      group_labels: groupLabels(node, labels),
      muted_by_time: mutedBy(node, calm.intervals, now),
    })),
    silenced_by: silencedBy(calm.silences, labels, now),
    inhibited_by: inhibitedBy(calm.inhibitions, labels, calm.active()),
  };
}

function shownNode(node: RouteNode): JsonObject {
  return {
    route_id: node.id,
    path: node.path,
    receiver: node.receiver,
    group_by: node.group_by === "all" ? ["..."] : [...node.group_by],
    group_wait_ms: node.group_wait_ms,
    group_interval_ms: node.group_interval_ms,
    repeat_interval_ms: node.repeat_interval_ms,
  };
}

function shownGroup(group: GroupState, now: number): JsonObject {
  const { group_key, route_id, receiver, labels, opened_at, next_flush_at, flushes, told } = group;
  return {
    ...{ group_key, route_id, receiver, labels, flushes },
    opened_at: instant(opened_at),
    next_flush_at: instant(next_flush_at),
    alerts: Object.values(group.members).map((member) => ({
      ...{ alert_id: member.alert_id, revision: member.revision, rule_id: member.rule_id },
      status: isResolved(member, now) && !member.once ? "resolved" : "firing",
      starts_at: instant(member.starts_at),
    })),
    told: Object.entries(told).map(([channel_id, last]) => ({
      channel_id,
      at: instant(last.at),
      firing: last.firing.length,
      resolved: last.resolved.length,
    })),
  };
}
