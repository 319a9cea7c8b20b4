/**
 * The API over the real parts, with actors inline and a store in memory: requests go straight to the app, or
 * over loopback when a test is about the wire.
 */
import { parseRanges } from "../../src/base/address_ranges.ts";
import { type Clock, systemClock } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { createLogger } from "../../src/base/logging.ts";
import { Metrics } from "../../src/base/metrics.ts";
import { systemRng } from "../../src/base/rng.ts";
import { Appender } from "../../src/ingest/appender.ts";
import { StallWatch } from "../../src/ingest/stall_watch.ts";
import { createEgressGuard } from "../../src/notify/egress.ts";
import { createRuleActions } from "../../src/notify/rule_actions.ts";
import { createHttpClient } from "../../src/notify/http_client.ts";
import { createMailClient } from "../../src/notify/mail_client.ts";
import { createWordsmith } from "../../src/notify/words.ts";
import { createTemplateEngine } from "../../src/sandbox/templates.ts";
import { createMemoryStore } from "../../src/store/memory/mod.ts";
import type { Store } from "../../src/store/store.ts";
import { Caller } from "../../actors/caller.ts";
import { AlertRouter } from "../../actors/alert_router.ts";
import { ChannelCache } from "../../actors/channel_cache.ts";
import { InlineFleet } from "../../actors/inline_fleet.ts";
import { ChannelWatch } from "../../actors/channel_watch.ts";
import { Backtests } from "../../actors/backtests.ts";
import { FieldLearner } from "../../actors/field_learner.ts";
import { RecordCache } from "../../src/ingest/record_cache.ts";
import { NO_ACTION } from "../../src/model/action.ts";
import { lateActionPorts } from "../../actors/action_ports.ts";
import { createActionStorage } from "../../actors/action_storage.ts";
import { openScripts } from "../../actors/open_scripts.ts";
import { withSecrets } from "../../src/notify/secret_http.ts";
import { withOwnEndpoints } from "../../src/notify/own_endpoints.ts";
import { RuleRuns } from "../../actors/rule_runs.ts";
import { SecretVault } from "../../actors/secret_vault.ts";
import { PolicyDesk } from "../../actors/policy_desk.ts";
import type { EventSlice } from "../../src/ingest/event_slice.ts";
import { createNotifierPool } from "../../actors/notifier_pool.ts";
import { createMonitor } from "../../actors/monitor.ts";
import { Ledger } from "../../actors/ledger.ts";
import { LookupBuilder } from "../../actors/lookup_builder.ts";
import { LookupControl } from "../../actors/lookup_control.ts";
import { LookupImages } from "../../actors/lookup_images.ts";
import { LookupPoller } from "../../actors/lookup_poller.ts";
import { Poller } from "../../actors/poller.ts";
import { RoutingDesk } from "../../actors/routing_desk.ts";
import { createRuleControl } from "../../actors/rule_control.ts";
import { NamedCache } from "../../actors/named_cache.ts";
import { DEFAULT_TEMPLATES } from "../../src/model/default_templates.ts";
import { DEFAULT_ACTION_TEMPLATES } from "../../src/model/default_action_templates.ts";
import { observeServer } from "../../actors/server_metrics.ts";
import { Supervisor } from "../../actors/supervisor.ts";
import { watchStore } from "../../actors/watched_store.ts";
import { type App, createApp } from "../../routes/app.ts";
import { cacheEnvironment, openSandbox } from "../sandbox/open_sandbox.ts";

export interface ApiOptions {
  token?: string | null;
  /** How long a body may stand still, ms. */
  bodyIdleMs?: number;
  store?: Store;
  topicsMax?: number;
  /** When polls are due. */
  pollClock?: Clock;
}

export interface Reply {
  status: number;
  headers: Headers;
  // deno-lint-ignore no-explicit-any -- what tests look into
  body: any;
  text: string;
}

export interface Api extends AsyncDisposable {
  app: App;
  store: Store;
  supervisor: Supervisor;
  logged: string[];
  /** Sends a request; objects go as JSON. */
  send(
    method: string,
    path: string,
    body?: JsonObject | string | null,
    headers?: HeadersInit,
  ): Promise<Reply>;
  /** Serves on a loopback port of the system's choice until the API is disposed. */
  serve(): number;
  /** Appends what the product itself writes into the log. */
  submit(topic: string, slices: readonly EventSlice[]): Promise<unknown>;
  /** Waits until every rule has applied what is in the log. */
  settle(): Promise<void>;
  /** Waits until what happened stands in the figures. */
  counted(): Promise<void>;
}

const OWNER = "test";

export async function openApi(options: ApiOptions = {}): Promise<Api> {
  const clock = systemClock;
  const logged: string[] = [];
  const logger = createLogger({ level: "warn", clock, write: (line) => logged.push(line) });
  const kept = options.store ?? createMemoryStore();
  const fatal: unknown[] = [];
  const onFatal = (error: unknown) => fatal.push(error);
  const ledger = new Ledger({ figures: kept.figures, clock, logger, onFatal });
  const store = watchStore(kept, ledger);
  const channels = await ChannelCache.open(store.channels);
  const allow = parseRanges("127.0.0.1/32");
  const egress = createEgressGuard({ allow: "ranges" in allow ? allow.ranges : [] });
  const secrets = await SecretVault.open({ secrets: store.secrets, documents: store, clock });
  const client = createHttpClient({ egress, clock });
  const http = withSecrets({ http: client, secrets });
  const mail = createMailClient({ egress, clock });
  const metrics = new Metrics();
  const parts = {
    outbox: store.outbox,
    effects: store.effects,
    channels,
    http,
    mail,
    clock,
    logger,
    metrics,
  };
  const opened = openSandbox({ metrics });
  const engine = createTemplateEngine(opened.sandbox);
  const templates = await NamedCache.open(store.templates, DEFAULT_TEMPLATES);
  const words = createWordsmith({ rules: store.rules, templates, engine });
  const desk = await RoutingDesk.open({ store: store.routing, clock });
  const watch: ChannelWatch = new ChannelWatch({
    effects: store.effects,
    channels: () => channels.all(),
    noteOf: (alert) => desk.noteOf(alert, { action: NO_ACTION, once: false }),
    onAlerts: (alerts) => supervisor.announce(alerts),
    ...{ clock, logger },
  });
  const ports = lateActionPorts();
  const asks = (executedBy: string) => withOwnEndpoints({ http, own: ports.own, clock, executedBy });
  const pool = createNotifierPool({
    ...parts,
    watch,
    words,
    acting: {
      actions: createRuleActions({ rules: store.rules, outbox: store.outbox }),
      ports,
      http: asks("cep-action"),
    },
    rng: systemRng,
    owner: OWNER,
  });
  const router = new AlertRouter({
    ...{ store: store.routing, desk, clock, logger, metrics, owner: OWNER },
    channels: () => channels.all(),
    onDeliveries: (deliveries) => pool.offer(deliveries, []),
  });
  const poller: Poller = new Poller({
    http: asks("cep-metric-poll"),
    clock: options.pollClock ?? clock,
    rng: systemRng,
    logger,
    metrics,
    submit: (topic, slices) => intake.submit(topic, slices),
  });
  const { log } = store;
  const onLogged = () => supervisor.ruleSaved();
  const caller: Caller = new Caller({
    http: asks("cep-enrichment"),
    clock,
    logger,
    metrics,
    log,
    onLogged,
    onFatal,
  });
  const images = new LookupImages(store.lookups);
  const supervisor: Supervisor = new Supervisor({
    store,
    images,
    fleet: new InlineFleet(),
    clock,
    logger,
    metrics,
    workers: 4,
    owner: OWNER,
    poller,
    caller,
    channels: () => channels.all(),
    routing: desk,
    onAlerts: (alerts, deliveries) => {
      pool.offer(deliveries, alerts.map((stored) => stored.alert));
      router.nudge();
    },
    onError: (error) => ledger.error(error),
    onFatal,
  });
  const intake: Appender = new Appender({
    log: store.log,
    clock,
    lag: () => supervisor.lag(),
    room: () => supervisor.room(),
    onAppended: (records) => supervisor.offer(records),
    onFatal,
    ...(options.topicsMax !== undefined && { topicsMax: options.topicsMax }),
  });
  observeServer(metrics, { store, supervisor });
  await supervisor.start();
  pool.start();
  await router.start();
  await watch.start();
  const builder = new LookupBuilder();
  const lookups = await LookupControl.open({ store, control: supervisor, images, builder, clock });
  const polls = new LookupPoller({ lookups, builder, http, clock, logger, metrics, onFatal });
  await polls.start();
  const actionTemplates = await NamedCache.open(store.actionTemplates, DEFAULT_ACTION_TEMPLATES);
  const sandboxed = { program: Deno.execPath(), environment: cacheEnvironment() };
  const scripts = await openScripts({ store, lookups, http, secrets, clock, logger, metrics, ...sandboxed });
  const known = { channels, templates, actionTemplates, lookups, apis: scripts.apis, secrets };
  const rules = createRuleControl({ store, control: supervisor, clock, ...known });
  const old = new RecordCache(store.log);
  const backtests = new Backtests({
    ...{ log: store.log, clock, logger, metrics, lag: () => supervisor.lag() },
    event: (offset) => old.event(offset),
    cores: 2,
  });
  const runs = new RuleRuns({
    ...{ rules, store, channels: () => channels.all(), routing: desk, pool, poller, clock, metrics },
    owner: OWNER,
    onAlerts: (alerts) => supervisor.announce(alerts),
  });
  const storage = createActionStorage({ lookups, intake, log: store.log, clock });
  ports.open({ rules: runs, storage, scripts: scripts.port, own: scripts.runtime.own });
  const app = createApp({
    config: { admin_token: options.token ?? null },
    store,
    intake,
    control: supervisor,
    rules,
    lookups,
    polls,
    channels,
    secrets,
    templates,
    actionTemplates,
    engine,
    words,
    pool,
    poller,
    instance: OWNER,
    watch,
    runs,
    ...{ apis: scripts.apis, scripts: scripts.scripts, runtime: scripts.runtime },
    backtests,
    fields: new FieldLearner({ log: store.log, clock }),
    monitor: createMonitor({ store, control: supervisor, clock, poller }),
    policies: new PolicyDesk({ rules, store, channels, egress, clock }),
    egress,
    desk,
    router,
    clock,
    logger,
    metrics,
  }, { ...(options.bodyIdleMs !== undefined && { stalls: new StallWatch(clock, options.bodyIdleMs) }) });
  let server: Deno.HttpServer<Deno.NetAddr> | null = null;
  return {
    app,
    store,
    supervisor,
    logged,
    send: (method, path, body, headers) => send(app, { method, path, body, headers }),
    serve() {
      server ??= Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, app.fetch);
      return server.addr.port;
    },
    submit: (topic, slices) => intake.submit(topic, slices),
    settle: () => supervisor.applied(store.log.next),
    counted: () => ledger.flush(),
    async [Symbol.asyncDispose]() {
      app.close();
      await backtests[Symbol.asyncDispose]();
      await polls[Symbol.asyncDispose]();
      await server?.shutdown();
      await poller.stop();
      await caller.stop();
      await intake.close();
      await supervisor.stop(1_000);
      await router.stop();
      await pool.stop({ drainMs: 0 });
      await watch.settled();
      await scripts.stop();
      await opened[Symbol.asyncDispose]();
      client.close();
      mail.close();
      await ledger.stop();
      await store[Symbol.asyncDispose]();
      if (fatal.length > 0) throw new AggregateError(fatal, "the server met fatal errors");
    },
  };
}

/** Paths that stand at the root as they are. */
const ROOTED = /^\/(\/|api\/|api-manager\/|cep\/|runtime\/|ai\/)/;

async function send(
  app: App,
  { method, path, body, headers }: {
    method: string;
    path: string;
    body: JsonObject | string | null | undefined;
    headers: HeadersInit | undefined;
  },
): Promise<Reply> {
  const sent = new Headers(headers);
  const text = typeof body === "string" || body === null || body === undefined ? body : JSON.stringify(body);
  if (typeof text === "string" && !sent.has("content-type")) sent.set("content-type", "application/json");
  const url = `http://localhost${ROOTED.test(path) ? path : `/api/v1${path}`}`;
  const response = await app.fetch(new Request(url, { method, headers: sent, body: text ?? null }));
  const answer = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(answer) : null,
    text: answer,
  };
}

/** A rule that matches events with `cpu` above 90 in topic "metrics". */
export function cpuRule(members: JsonObject = {}): JsonObject {
  return {
    rule_name: "High CPU",
    trigger_type: "metric",
    severity: "critical",
    trigger_spec: { topics: ["metrics"], field: "cpu", op: ">", value: 90, group_by: ["host"] },
    ...members,
  };
}
