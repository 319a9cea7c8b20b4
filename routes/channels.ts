/** /channels: where notifications go. Secrets are write-only: answers show a mask in their place. */
import * as z from "zod";
import { instant } from "../src/base/event_time.ts";
import { randomId } from "../src/base/ids.ts";
import { isObject, jsonEquals, type JsonObject } from "../src/base/json.ts";
import { mergePatch } from "../src/base/merge_patch.ts";
import { badRequest, notFound, Problem } from "../src/base/problem.ts";
import { channelKinds, maskSecrets, requireChannelKind } from "../src/channel/mod.ts";
import type { Channel } from "../src/model/channel.ts";
import { type ChannelDraft, readChannelDraft } from "../src/model/channel_draft.ts";
import type { Attempt } from "../src/model/delivery.ts";
import { fallbackOf } from "../src/model/channel_policy.ts";
import type { Template } from "../src/model/template.ts";
import { shownRetry } from "../src/model/retry_policy.ts";
import { acceptConfig } from "../src/notify/accept_config.ts";
import { channelRetry } from "../src/notify/channel_retry.ts";
import { channelTemplate } from "../src/notify/words.ts";
import { channelsNamed } from "../src/notify/channels_named.ts";
import { VersionConflictError } from "../src/store/rule_store.ts";
import { type Answer, noContent, ok, page } from "./answer.ts";
import { shownAttempt } from "./deliveries.ts";
import { decodeCursor, encodeCursor } from "./cursor.ts";
import { etag, ifMatch } from "./etag.ts";
import type { Query } from "./query.ts";
import type { Call, RouteContext, RouteTable } from "./route_table.ts";

const CHANNELS = "/api/v1/channels";
const CHANNEL = `${CHANNELS}/:id`;
const DAY_MS = 86_400_000;
/** Rules that a refusal to delete lists. */
const RULES_TOLD_MAX = 50;

export function channelRoutes(routes: RouteTable, context: RouteContext): void {
  const { deps } = context;
  const { channels, clock, desk, rules, store } = deps;

  routes.on("GET", CHANNELS, async ({ query }) => channelPage(await channels.list(), query, context), {
    query: ["limit", "cursor"],
  });
  routes.on("GET", `${CHANNELS}/types`, () => page(channelTypes(), null));
  routes.on("GET", `${CHANNELS}/status`, () => channelStatus(context));
  routes.on("POST", CHANNELS, async ({ body }) => {
    const at = instant(clock.now());
    const draft = readChannelDraft(body);
    const channel = {
      ...accepted(draft, context),
      channel_id: draft.channel_id ?? randomId(),
      version: 1,
      created_at: at,
      updated_at: at,
      last_test: null,
    };
    if (await channels.get(channel.channel_id) !== undefined) throw taken(channel.channel_id);
    await requireFallback(channel, context, channel.channel_id);
    await channels.create(channel);
    const location = `${CHANNELS}/${encodeURIComponent(channel.channel_id)}`;
    return { status: 201, body: shownChannel(channel, context), headers: { ...etag(1), location } };
  });
  routes.on("GET", CHANNEL, async (call) => answer(await channelOf(call, context), context));
  routes.on("PUT", CHANNEL, (call) => save(call, context, () => call.body));
  routes.on("PATCH", CHANNEL, (call) => save(call, context, (old) => mergePatch(documentOf(old), call.body)));
  routes.on("DELETE", CHANNEL, async (call) => {
    const channel = await channelOf(call, context);
    const { channel_id, version } = channel;
    requireVersion(call, version);
    const naming = call.query.boolean("force") === true ? [] : await rules.naming(channel);
    if (naming.length > 0) throw inUse(channel_id, naming);
    if (call.query.boolean("force") !== true && desk.names(channel)) throw inRoutes(channel_id);
    const standsIn = await standingIn(channel, context);
    if (call.query.boolean("force") !== true && standsIn.length > 0) throw isFallback(channel_id, standsIn);
    await channels.delete(channel_id);
    deps.watch.forget(channel_id);
    await store.outbox.cancel(channel_id, "channel_deleted");
    return noContent;
  }, { query: ["force"] });
  testRoutes(routes, context);
}

/** By creation. Every channel has its own place, which stays when others go. */
function channelPage(channels: readonly Channel[], query: Query, context: RouteContext): Answer {
  const after = decodeCursor("channels", query.text("cursor")) ?? "";
  const limit = query.limit();
  const rest = channels.filter((channel) => placeOf(channel) > after)
    .sort((one, other) => placeOf(one) < placeOf(other) ? -1 : 1);
  const shown = rest.slice(0, limit);
  const next = rest.length > limit ? encodeCursor("channels", placeOf(shown.at(-1)!)) : null;
  return page(shown.map((channel) => shownChannel(channel, context)), next);
}

function placeOf({ created_at, channel_id }: Channel): string {
  return `${created_at} ${channel_id}`;
}

/** Sending a test message: by a channel, or by one that is not saved yet. */
function testRoutes(routes: RouteTable, context: RouteContext): void {
  const { channels, clock, pool } = context.deps;

  routes.on("POST", `${CHANNELS}/test`, async ({ body }) => {
    const at = instant(clock.now());
    const draft = readChannelDraft({ name: "test", ...body });
    const unsaved = { channel_id: "test", version: 1, created_at: at, updated_at: at, last_test: null };
    return tested(await pool.testChannel({ ...accepted(draft, context), ...unsaved }));
  });
  routes.on("POST", `${CHANNEL}/test`, async (call) => {
    const channel = await channelOf(call, context);
    const attempt = await pool.testChannel(channel);
    const { at, status, error } = attempt;
    const test = { at: instant(at), ok: attempt.class === "delivered", status, error };
    await channels.setLastTest(channel.channel_id, test);
    return tested(attempt);
  }, { body: "optional" });
}

async function save(
  call: Call,
  context: RouteContext,
  document: (old: Channel) => unknown,
): Promise<Answer> {
  const { channels, clock } = context.deps;
  const old = await channelOf(call, context);
  requireVersion(call, old.version);
  const draft = readChannelDraft(document(old));
  if (draft.channel_id !== null && draft.channel_id !== old.channel_id) throw renamed(old.channel_id);
  const { unusable: _, ...kept } = old;
  const next: Channel = {
    ...kept,
    ...accepted(draft, context, old),
    version: old.version + 1,
    updated_at: instant(clock.now()),
  };
  await requireFallback(next, context, next.channel_id);
  try {
    await channels.update(next);
  } catch (error) {
    if (error instanceof VersionConflictError) throw outdated(old.version + 1);
    throw error;
  }
  if (next.enabled && !(old.enabled && jsonEquals(old.config, next.config))) {
    await resume(next.channel_id, context);
  }
  return answer(next, context);
}

/** What the provider said about waiting was said to the channel as it was. */
async function resume(channelId: string, { deps }: RouteContext): Promise<void> {
  await deps.store.outbox.hurry({ channel_id: channelId }, deps.clock.now());
  deps.pool.openChannel(channelId);
}

type Settings = Pick<Channel, "name" | "type" | "config" | "enabled" | "policy">;

function accepted(draft: ChannelDraft, { deps }: RouteContext, old?: Channel): Settings {
  const kind = requireChannelKind(draft.type);
  // What cannot be opened cannot be kept: its secrets have to be sent again.
  const stored = old?.type === kind.type && old.unusable === undefined ? old.config : undefined;
  const config = acceptConfig(kind, draft.config, { ...(stored && { stored }), egress: deps.egress });
  requireTemplate({ type: kind.type, config }, (name) => deps.templates.get(name));
  return { name: draft.name, type: kind.type, config, enabled: draft.enabled, policy: draft.policy };
}

/** A channel that names a template can be sent nothing without it. */
function requireTemplate(
  { type, config }: Pick<Channel, "type" | "config">,
  get: (name: string) => Template | undefined,
): void {
  const name = channelTemplate({ config });
  if (name === null) return;
  const found = get(name);
  if (found?.channel_type === type) return;
  const why = found === undefined
    ? "there is none of that name"
    : `it is for channels of type ${found.channel_type}`;
  throw badRequest("unknown_template", `Cannot use template "${name}": ${why}`, "/config/template");
}

async function channelOf(call: Call, { deps }: RouteContext): Promise<Channel> {
  const channel = await deps.channels.get(call.param("id"));
  if (channel === undefined) throw notFound("channel", call.param("id"));
  return channel;
}

function answer(channel: Channel, context: RouteContext): Answer {
  return ok(shownChannel(channel, context), etag(channel.version));
}

function shownChannel(channel: Channel, { deps: { pool, watch } }: RouteContext): JsonObject {
  const health = watch.healthOf(channel.channel_id, pool.circuit(channel.channel_id));
  const effective = { retry: shownRetry(channelRetry(channel)) };
  return { ...maskSecrets(channel) as unknown as JsonObject, effective, health };
}

/** What became of the deliveries of each channel in the last day, and what waits. */
async function channelStatus(context: RouteContext): Promise<Answer> {
  const { channels, clock, pool, store, watch } = context.deps;
  const counts = await store.outbox.countsByChannel(clock.now() - DAY_MS);
  const items = (await channels.list()).map(({ channel_id, name, type, enabled }) => {
    const own = counts.filter((row) => row.channel_id === channel_id);
    const health = watch.healthOf(channel_id, pool.circuit(channel_id));
    const deliveries = Object.fromEntries(own.map(({ state, count }) => [state, count]));
    return { channel_id, name, type, enabled, health, deliveries };
  });
  return page(items, null);
}

/** Channels whose fallback this one is, by its id or name. */
async function standingIn({ channel_id, name }: Channel, { deps }: RouteContext): Promise<Channel[]> {
  const means = (wanted: string | null) =>
    wanted === channel_id || wanted?.toLowerCase() === name.toLowerCase();
  return (await deps.channels.list()).filter((one) =>
    one.channel_id !== channel_id && means(fallbackOf(one))
  );
}

/** A fallback that nothing answers to, or that is the channel itself, would be found out when it is needed. */
async function requireFallback(
  { name, policy }: Settings,
  { deps }: RouteContext,
  channelId: string,
): Promise<void> {
  const wanted = fallbackOf({ policy });
  if (wanted === null) return;
  const named = channelsNamed(wanted, await deps.channels.list());
  if (named.some(({ channel_id }) => channel_id !== channelId)) return;
  const self = named.length > 0 || wanted.toLowerCase() === name.toLowerCase();
  const why = self ? "a channel cannot stand in for itself" : "there is no such channel";
  throw badRequest(
    "unknown_channel",
    `Cannot use "${wanted}" as fallback_channel: ${why}`,
    "/policy/fallback_channel",
  );
}

/** The members that a client writes, with masks where secrets are. */
function documentOf(channel: Channel): JsonObject {
  const { name, type, config, enabled, policy } = maskSecrets(channel);
  return { name, type, config, enabled, policy };
}

function channelTypes(): JsonObject[] {
  return channelKinds.map(({ type, title, summary, schema, secrets }) => {
    const config = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
    return {
      type,
      title,
      summary,
      secrets: Object.keys(secrets),
      schema: isObject(config) ? config : {},
    };
  });
}

function tested(attempt: Attempt): Answer {
  return ok({ ok: attempt.class === "delivered", ...shownAttempt(attempt) });
}

function requireVersion(call: Call, version: number): void {
  const wanted = ifMatch(call.headers, version);
  if (wanted !== undefined && wanted !== version) throw outdated(version);
}

function outdated(version: number): Problem {
  return new Problem({
    status: 412,
    code: "version_outdated",
    detail:
      `Cannot save the channel over another version than its current one: current version is ${version}`,
  });
}

function inRoutes(channelId: string): Problem {
  return new Problem({
    status: 409,
    code: "channel_in_use",
    detail: `Cannot delete channel "${channelId}": routes name it; use ?force=true to delete it all the same`,
  });
}

function isFallback(channelId: string, channels: readonly Channel[]): Problem {
  const names = channels.map(({ name }) => `"${name}"`).join(", ");
  return new Problem({
    status: 409,
    code: "channel_in_use",
    detail: `Cannot delete channel "${channelId}": it is the fallback of ${names}; ` +
      "use ?force=true to delete it all the same",
  });
}

function taken(channelId: string): Problem {
  return new Problem({
    status: 409,
    code: "channel_exists",
    detail: `Cannot create channel "${channelId}": there is one already`,
  });
}

function inUse(channelId: string, ruleIds: readonly string[]): Problem {
  const named = ruleIds.slice(0, RULES_TOLD_MAX);
  return new Problem({
    status: 409,
    code: "channel_in_use",
    detail: `Cannot delete channel "${channelId}": ${ruleIds.length} active rules name it. ` +
      "Change them first, or delete it with ?force=true: then their alerts are not sent there",
    errors: named.map((id) => ({ pointer: "", code: "names_channel", message: `rule "${id}" names it` })),
  });
}

function renamed(channelId: string): Problem {
  return badRequest("channel_id_fixed", `Cannot change the channel_id of "${channelId}"`, "/channel_id");
}
