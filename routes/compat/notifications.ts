/** /cep/notifications: notification policies under the names of the reference system. */
import * as z from "zod";
import type { JsonObject } from "../../src/base/json.ts";
import { retryRecord, retryStats } from "../../src/notify/policy_log.ts";
import { given } from "../given.ts";
import type { RouteContext } from "../route_table.ts";
import type { CompatTable } from "./compat_table.ts";
import { jsonObject, truth, wholeNumber } from "./validation.ts";

const NOTIFICATIONS = "/cep/notifications";
/** Deliveries that wait to be tried again, of which the statistics tell; the newest. */
const RETRIES_TOLD_MAX = 500;

const text = z.string();
const headers = z.record(text, text);
const draft = z.object({
  notification_id: text.optional(),
  name: text,
  channel: z.literal("webhook"),
  webhook_url: text,
  rule_id: text.nullish(),
  headers: headers.optional(),
  trigger: jsonObject.default({}),
  policy: jsonObject.default({}),
  is_active: z.boolean().optional(),
});
const change = z.object({
  name: text.optional(),
  channel: z.literal("webhook").optional(),
  webhook_url: text.optional(),
  headers: headers.optional(),
  trigger: jsonObject.optional(),
  policy: jsonObject.optional(),
  is_active: z.boolean().optional(),
});

export function notificationRoutes(table: CompatTable, { deps: { policies, store } }: RouteContext): void {
  const listed = z.object({ active_only: truth.default(true) });
  table.on("GET", NOTIFICATIONS, { query: listed }, async ({ query }) => {
    const notifications = await policies.list({ activeOnly: query.active_only });
    return { data: { notifications: notifications.map(shown) } };
  });
  table.on("POST", NOTIFICATIONS, { body: draft }, async ({ body }) => {
    const { notification_id: policy_id, ...document } = body;
    return { data: { notification: shown(await policies.create(given({ ...document, policy_id }))) } };
  });
  table.on("GET", `${NOTIFICATIONS}/retry-stats`, {}, async () => {
    const { items } = await store.outbox.list({ state: "retry_wait", limit: RETRIES_TOLD_MAX });
    return { data: retryStats(items.map(retryRecord).filter((record) => record !== null)) };
  });
  table.on("GET", `${NOTIFICATIONS}/:id`, {}, async ({ param }) => ({
    data: { notification: shown(await policies.get(param("id"))) },
  }));
  // Secrets of the old one come back as masks, which keep what is stored.
  table.on("PUT", `${NOTIFICATIONS}/:id`, { body: change }, async ({ param, body }) => {
    const old = await policies.get(param("id"));
    return { data: { notification: shown(await policies.replace(param("id"), { ...old, ...given(body) })) } };
  });
  const paged = z.object({ limit: wholeNumber(1, 500).default(200) });
  table.on("GET", `${NOTIFICATIONS}/:id/logs`, { query: paged }, async ({ param, query }) => ({
    data: { logs: await policies.logs(param("id"), query.limit) },
  }));
}

/** A policy that is told over channels of ours has no address of its own. */
function shown({ policy_id, dedup_key: _, version: __, ...policy }: JsonObject): JsonObject {
  const { channel, webhook_url, channels } = policy;
  return {
    notification_id: policy_id ?? "",
    ...policy,
    channel: channel ?? "channels",
    webhook_url: webhook_url ?? "",
    ...(channels === null ? {} : { channels: channels ?? [] }),
  };
}
