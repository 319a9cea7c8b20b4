/** /cep/channels: kinds of channels, trying one out, and what became of messages by kind. */
import * as z from "zod";
import { instant } from "../../src/base/event_time.ts";
import { isObject, type JsonObject } from "../../src/base/json.ts";
import { badRequest, Problem } from "../../src/base/problem.ts";
import { type ChannelKind, channelKind, channelKinds } from "../../src/channel/mod.ts";
import type { Channel } from "../../src/model/channel.ts";
import { readChannelDraft } from "../../src/model/channel_draft.ts";
import type { Delivery } from "../../src/model/delivery.ts";
import { acceptConfig } from "../../src/notify/accept_config.ts";
import type { ShownDelivery } from "../../src/store/outbox.ts";
import type { RouteContext } from "../route_table.ts";
import type { CompatTable, Enveloped } from "./compat_table.ts";
import { jsonObject } from "./validation.ts";

const CHANNELS = "/cep/channels";
const PERIOD_HOURS = 24;
const HOUR_MS = 3_600_000;
/** Deliveries of the period that the status counts; the newest. */
export const DELIVERIES_COUNTED_MAX = 5_000;
const READ_DELIVERIES = 100;
const RECENT_LOGS = 10;
/** Members of a request that are not the config, in the two spellings of the documents. */
const ASKED = ["channel_type", "channel", "config", "test_message"];

export function channelRoutes(table: CompatTable, context: RouteContext): void {
  table.on("GET", `${CHANNELS}/types`, {}, () => ({
    data: { channel_types: Object.fromEntries(channelKinds.map((kind) => [kind.type, shownKind(kind)])) },
  }));
  const query = z.object({ channel_type: z.string().optional() });
  table.on("POST", `${CHANNELS}/test`, { query, body: jsonObject }, (call) => test(call, context));
  table.on("GET", `${CHANNELS}/status`, {}, async () => {
    const { channels, truncated } = await statuses(context);
    const data = { channels, period_hours: PERIOD_HOURS };
    return { data, ...(truncated && { metadata: { truncated, counted: DELIVERIES_COUNTED_MAX } }) };
  });
}

function shownKind({ type, title, summary, schema }: ChannelKind): JsonObject {
  const json = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const required_fields = json.required ?? [];
  const fields = Object.keys(json.properties ?? {});
  return {
    display_name: title,
    description: summary,
    icon: type,
    required_fields,
    optional_fields: fields.filter((field) => !required_fields.includes(field)),
  };
}

/** The config is the body, as the reference system takes it, or stands in it, as its documents say. */
async function test(
  { query, body }: { query: { channel_type?: string | undefined }; body: JsonObject },
  { deps }: RouteContext,
): Promise<Enveloped> {
  const wrapped = isObject(body.config);
  const type = query.channel_type ??
    (wrapped ? textIn(body, "channel_type") ?? textIn(body, "channel") : undefined);
  if (type === undefined) throw badRequest("required", "channel_type is required", "/channel_type");
  const kind = channelKind(type);
  if (kind === undefined) {
    const known = channelKinds.map((one) => one.type).join(", ");
    throw badRequest(
      "unknown_channel",
      `Unknown channel type ${JSON.stringify(type)}: expected one of ${known}`,
    );
  }
  const config = wrapped ? body.config as JsonObject : without(body, ASKED);
  if (Object.keys(config).length === 0) throw badRequest("required", "Config is required");
  const attempt = await deps.pool.testChannel(channelOf(kind, config, deps));
  const success = attempt.class === "delivered";
  const message = success ? "Test message sent" : attempt.error ?? "the message was not delivered";
  return { data: { success, message, latency_ms: attempt.duration_ms } };
}

/** @throws Problem 400 */
function channelOf(kind: ChannelKind, given: JsonObject, { clock, egress }: RouteContext["deps"]): Channel {
  const at = instant(clock.now());
  const { policy } = readChannelDraft({ name: "test", type: kind.type });
  const unsaved = { channel_id: "test", name: "test", version: 1, created_at: at, updated_at: at };
  const config = accepted(kind, given, egress);
  return { ...unsaved, type: kind.type, config, enabled: true, policy, last_test: null };
}

function accepted(kind: ChannelKind, config: JsonObject, egress: RouteContext["deps"]["egress"]): JsonObject {
  try {
    return acceptConfig(kind, config, { egress });
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const { status, code, errors, message } = error;
    throw new Problem({ status, code, errors, detail: `Invalid channel configuration: ${message}` });
  }
}

async function statuses(context: RouteContext): Promise<{ channels: JsonObject[]; truncated: boolean }> {
  const channels = await context.deps.channels.list();
  const types = new Map(channels.map(({ channel_id, type }) => [channel_id, type]));
  const { found, truncated } = await recent(context);
  const shown = channelKinds.map(({ type, title }): JsonObject => {
    const own = found.filter(({ delivery }) => types.get(delivery.channel_id) === type);
    const sent = own.filter(({ delivery }) => statusOf(delivery) === "sent");
    const failed = own.filter(({ delivery }) => statusOf(delivery) === "fail");
    const ended = sent.length + failed.length;
    const of = channels.filter((channel) => channel.type === type);
    return {
      type,
      display_name: title,
      active: of.filter(({ enabled }) => enabled).length,
      inactive: of.filter(({ enabled }) => !enabled).length,
      total_sent: sent.length,
      total_failed: failed.length,
      failure_rate: ended === 0 ? 0 : failed.length / ended,
      last_sent_at: sent[0] === undefined ? null : lastAt(sent[0]),
      recent_logs: own.slice(0, RECENT_LOGS).map(logOf),
    };
  });
  return { channels: shown, truncated };
}

/** Deliveries of the period, newest first. */
async function recent({ deps }: RouteContext): Promise<{ found: ShownDelivery[]; truncated: boolean }> {
  const since = deps.clock.now() - PERIOD_HOURS * HOUR_MS;
  const found: ShownDelivery[] = [];
  let before: number | null | undefined;
  while (before !== null && found.length < DELIVERIES_COUNTED_MAX) {
    const page = await deps.store.outbox.list({
      limit: READ_DELIVERIES,
      ...(before !== undefined && { before }),
    });
    const within = page.items.filter(({ delivery }) => delivery.created_at >= since);
    found.push(...within);
    if (within.length < page.items.length) return { found, truncated: false };
    before = page.next;
  }
  return { found, truncated: before !== null };
}

/** In the words of the reference system's log; what still waits is neither sent nor failed. */
function statusOf({ state }: Delivery): "sent" | "fail" | "skipped" | "waiting" {
  switch (state) {
    case "delivered":
      return "sent";
    case "dead":
    case "expired":
    case "unknown":
      return "fail";
    case "cancelled":
    case "suppressed":
      return "skipped";
    case "queued":
    case "sending":
    case "retry_wait":
    case "deferred":
      return "waiting";
  }
}

function logOf(found: ShownDelivery): JsonObject {
  return {
    log_id: found.delivery.delivery_id,
    fired_at: instant(found.delivery.created_at),
    status: statusOf(found.delivery),
    response_status: found.attempts.at(-1)?.status ?? null,
  };
}

function lastAt({ attempts, delivery }: ShownDelivery): string {
  return instant(attempts.at(-1)?.at ?? delivery.created_at);
}

function textIn(body: JsonObject, name: string): string | undefined {
  const value = body[name];
  return typeof value === "string" ? value : undefined;
}

function without(body: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}
