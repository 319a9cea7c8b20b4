/** /deliveries: what became of each notification, and sending dead ones again. */
import * as z from "zod";
import { instant } from "../src/base/event_time.ts";
import type { JsonObject } from "../src/base/json.ts";
import { invalid, notFound, Problem } from "../src/base/problem.ts";
import { closedObject } from "../src/model/closed_object.ts";
import type { Attempt, Delivery } from "../src/model/delivery.ts";
import { faultsOf } from "../src/model/faults.ts";
import { RETRY_PROFILES } from "../src/model/retry_policy.ts";
import { fallbackId } from "../src/notify/fallback_delivery.ts";
import { retryRecord, retryStats } from "../src/notify/policy_log.ts";
import { DELIVERY_STATES, REDRIVABLE_STATES } from "../src/store/delivery_states.ts";
import type { RedriveFilter, ShownDelivery } from "../src/store/outbox.ts";
import { type Answer, ok, page } from "./answer.ts";
import { encodeCursor, numberCursor } from "./cursor.ts";
import { given } from "./given.ts";
import type { Query } from "./query.ts";
import type { Call, RouteContext, RouteTable } from "./route_table.ts";

const DELIVERIES = "/api/v1/deliveries";
const FILTERS = ["state", "channel_id", "alert_id", "rule_id", "reason", "limit", "cursor"];
/** Deliveries that one request may send again. */
export const REDRIVE_MAX = 10_000;

export const redriveSchema = closedObject({
  delivery_ids: z.array(z.string().min(1)).min(1).max(REDRIVE_MAX).optional(),
  channel_id: z.string().min(1).optional(),
  rule_id: z.string().min(1).optional(),
  state: z.enum(REDRIVABLE_STATES).optional(),
  reason: z.string().min(1).optional(),
  dry_run: z.boolean().optional(),
});

export function deliveryRoutes(routes: RouteTable, context: RouteContext): void {
  routes.on("GET", DELIVERIES, ({ query }) => list(query, context), { query: FILTERS });
  routes.on("GET", `${DELIVERIES}/retries`, ({ query }) => retries(query, context), { query: ["limit"] });
  routes.on("POST", `${DELIVERIES}/redrive`, ({ body }) => redriveMany(body, context));
  routes.on("GET", `${DELIVERIES}/:id`, async (call) => ok(await deliveryOf(call, context)));
  routes.on("POST", `${DELIVERIES}/:id/redrive`, async (call) => {
    const { delivery } = await stored(call, context);
    const ids = await redrive({ delivery_ids: [delivery.delivery_id] }, context);
    if (ids.length === 0 && !await hurry(delivery, context)) throw notRedrivable(delivery);
    return ok(await deliveryOf(call, context));
  }, { body: "optional" });
}

/** What failed and waits to be tried again, as the reference system's retry records. */
async function retries(query: Query, { deps }: RouteContext): Promise<Answer> {
  const { items } = await deps.store.outbox.list({ state: "retry_wait", limit: query.limit() });
  const records = items.map(retryRecord).filter((record) => record !== null);
  return ok({ items: records, stats: retryStats(records), next_cursor: null });
}

async function redriveMany(body: JsonObject, context: RouteContext): Promise<Answer> {
  const { outbox } = context.deps.store;
  const result = redriveSchema.safeParse(body, { reportInput: true });
  if (!result.success) throw invalid(faultsOf(result.error));
  const { dry_run = false, ...rest } = result.data;
  const filter = given(rest);
  const delivery_ids = dry_run ? [] : await redrive(filter, context);
  const reasons = await outbox.redrivable(filter);
  return ok({
    redriven: delivery_ids.length,
    remaining: reasons.reduce((sum, { count }) => sum + count, 0),
    reasons: reasons.map((facet) => ({ ...facet })),
    delivery_ids,
  });
}

async function redrive(filter: RedriveFilter, { deps }: RouteContext): Promise<string[]> {
  const now = deps.clock.now();
  const { lifeMs } = RETRY_PROFILES.default;
  const ids = await deps.store.outbox.redrive(filter, now, now + lifeMs, REDRIVE_MAX);
  if (ids.length > 0) deps.pool.nudge();
  return ids;
}

/** Attempts what waits for a later time now, whatever its provider said about waiting. */
async function hurry({ delivery_id, channel_id }: Delivery, { deps }: RouteContext): Promise<boolean> {
  const hurried = await deps.store.outbox.hurry({ delivery_id }, deps.clock.now());
  if (hurried > 0) deps.pool.openChannel(channel_id);
  return hurried > 0;
}

async function list(query: Query, { deps }: RouteContext): Promise<Answer> {
  const state = query.oneOf("state", DELIVERY_STATES);
  const channel_id = query.text("channel_id");
  const alert_id = query.text("alert_id");
  const rule_id = query.text("rule_id");
  const reason = query.text("reason");
  const before = numberCursor("deliveries", query.text("cursor"));
  const { items, next } = await deps.store.outbox.list({
    ...given({ state, channel_id, alert_id, rule_id, reason, before }),
    limit: query.limit(),
  });
  return page(items.map(listedDelivery), next === null ? null : encodeCursor("deliveries", next));
}

/** With the id of what stands in for it, where something does. */
async function deliveryOf(call: Call, context: RouteContext): Promise<JsonObject> {
  const found = await stored(call, context);
  const instead = await context.deps.store.outbox.get(fallbackId(found.delivery.delivery_id));
  return { ...shownDelivery(found), ...(instead && { fallback: instead.delivery.delivery_id }) };
}

async function stored(call: Call, { deps }: RouteContext): Promise<ShownDelivery> {
  const found = await deps.store.outbox.get(call.param("id"));
  if (found === undefined) throw notFound("delivery", call.param("id"));
  return found;
}

function listedDelivery(found: ShownDelivery): JsonObject {
  const attempts = found.attempts.map((attempt) => {
    const { response_body: _, ...shown } = shownAttempt(attempt);
    return shown;
  });
  return { ...shownDelivery(found), attempts };
}

function shownDelivery({ delivery, attempts, attempts_total }: ShownDelivery): JsonObject {
  const {
    created_at,
    expires_at,
    next_attempt_at,
    settled,
    order_key: _,
    group,
    fallback,
    texts,
    ...others
  } = delivery;
  return {
    ...others,
    ...(settled && { settled }),
    ...(texts && { texts: { ...texts } }),
    ...(group !== undefined && { group: { ...group } }),
    ...(fallback && "of" in fallback && { fallback_of: fallback.of }),
    created_at: instant(created_at),
    expires_at: instant(expires_at),
    next_attempt_at: next_attempt_at === null ? null : instant(next_attempt_at),
    attempts: attempts.map(shownAttempt),
    attempts_total,
  };
}

export function shownAttempt(attempt: Attempt): JsonObject {
  return { ...attempt, at: instant(attempt.at) };
}

function notRedrivable({ delivery_id, state }: Delivery): Problem {
  return new Problem({
    status: 409,
    code: "not_redrivable",
    detail: `Cannot redrive delivery "${delivery_id}": expected state ${
      [...REDRIVABLE_STATES, "deferred", "retry_wait"].join(", ")
    }: current is ${state}`,
  });
}
