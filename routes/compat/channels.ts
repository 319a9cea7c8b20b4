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
const RECENT_LOGS = 10;
/** Members of a request that are not the config, in the two spellings of the documents. */
const ASKED = ["channel_type", "channel", "config", "test_message"];

export function channelRoutes(table: CompatTable, context: RouteContext): void {
  table.on("GET", `${CHANNELS}/types`, {}, () => ({
    data: { channel_types: Object.fromEntries(channelKinds.map((kind) => [kind.type, shownKind(kind)])) },
  }));
  const query = z.object({ channel_type: z.string().optional() });
  table.on("POST", `${CHANNELS}/test`, { query, body: jsonObject }, (call) => test(call, context));
  table.on("GET", `${CHANNELS}/status`, {}, async () => ({
    data: { channels: await statuses(context), period_hours: PERIOD_HOURS },
  }));
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

async function statuses(context: RouteContext): Promise<JsonObject[]> {
  const { channels, clock, store: { outbox } } = context.deps;
  const all = await channels.list();
  const since = clock.now() - PERIOD_HOURS * HOUR_MS;
  const counts = await outbox.countsByChannel(since);
  const shown: JsonObject[] = [];
  for (const { type, title } of channelKinds) {
    const own = all.filter((channel) => channel.type === type);
    const ids = new Set(own.map(({ channel_id }) => channel_id));
    const ended = (status: string) =>
      counts.filter((row) => ids.has(row.channel_id) && statusOf(row) === status)
        .reduce((sum, { count }) => sum + count, 0);
    const [total_sent, total_failed] = [ended("sent"), ended("fail")];
    const total = total_sent + total_failed;
    shown.push({
      type,
      display_name: title,
      active: own.filter(({ enabled }) => enabled).length,
      inactive: own.filter(({ enabled }) => !enabled).length,
      ...{ total_sent, total_failed, failure_rate: total === 0 ? 0 : total_failed / total },
      ...await newest([...ids], { since, context }),
    });
  }
  return shown;
}

/** Of the channels of a kind: the newest deliveries of the period, and the last one that was delivered. */
async function newest(
  ids: readonly string[],
  { since, context }: { since: number; context: RouteContext },
): Promise<{ last_sent_at: string | null; recent_logs: JsonObject[] }> {
  const { outbox } = context.deps.store;
  const within = async (query: { channel_id: string; state?: string; limit: number }) =>
    (await outbox.list(query)).items.filter(({ delivery }) => delivery.created_at >= since);
  const found: ShownDelivery[] = [];
  let last = -Infinity;
  for (const channel_id of ids) {
    found.push(...await within({ channel_id, limit: RECENT_LOGS }));
    for (const one of await within({ channel_id, state: "delivered", limit: 1 })) {
      last = Math.max(last, one.attempts.at(-1)?.at ?? one.delivery.created_at);
    }
  }
  found.sort((one, other) => other.seq - one.seq);
  return {
    last_sent_at: last === -Infinity ? null : instant(last),
    recent_logs: found.slice(0, RECENT_LOGS).map(logOf),
  };
}

/** In the words of the reference system's log; what still waits is neither sent nor failed. */
function statusOf({ state }: Pick<Delivery, "state">): "sent" | "fail" | "skipped" | "waiting" {
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

function textIn(body: JsonObject, name: string): string | undefined {
  const value = body[name];
  return typeof value === "string" ? value : undefined;
}

function without(body: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}
