/**
 * The composition root: reads the configuration, opens the stores, starts the actors, serves HTTP, and on
 * SIGTERM or SIGINT stops in the opposite order within 5 s. The only file, besides deploy.ts, that knows
 * every room.
 */
import { type Clock, systemClock } from "./src/base/clock.ts";
import { randomId } from "./src/base/ids.ts";
import { createLogger, type Logger } from "./src/base/logging.ts";
import { Metrics } from "./src/base/metrics.ts";
import { systemRng } from "./src/base/rng.ts";
import { createKeyring } from "./src/base/sealing.ts";
import { channelKind } from "./src/channel/mod.ts";
import { Appender } from "./src/ingest/appender.ts";
import { type Config, ConfigError, isLoopback, readConfig } from "./src/model/config.ts";
import { createEgressGuard, type EgressGuard } from "./src/notify/egress.ts";
import { createRuleActions } from "./src/notify/rule_actions.ts";
import { createHttpClient } from "./src/notify/http_client.ts";
import { createMailClient } from "./src/notify/mail_client.ts";
import { createWordsmith, type Wordsmith } from "./src/notify/words.ts";
import { Sandbox } from "./src/sandbox/sandbox.ts";
import { createTemplateEngine, type TemplateEngine } from "./src/sandbox/templates.ts";
import { createMemoryStore } from "./src/store/memory/mod.ts";
import { openSqliteStore } from "./src/store/sqlite/mod.ts";
import { sealSecrets } from "./src/store/sealed_secrets.ts";
import { sealChannels } from "./src/store/sealed_channels.ts";
import type { Alert } from "./src/model/alert.ts";
import type { StoredAlert } from "./src/store/effect_store.ts";
import type { Store } from "./src/store/store.ts";
import { Housekeeper } from "./actors/housekeeper.ts";
import { AlertRouter } from "./actors/alert_router.ts";
import { Caller } from "./actors/caller.ts";
import { ChannelWatch } from "./actors/channel_watch.ts";
import { createNotifierPool, type NotifierPool, type NotifierPoolParts } from "./actors/notifier_pool.ts";
import { ChannelCache } from "./actors/channel_cache.ts";
import { createMonitor } from "./actors/monitor.ts";
import { Ledger } from "./actors/ledger.ts";
import { LookupBuilder } from "./actors/lookup_builder.ts";
import { LookupControl } from "./actors/lookup_control.ts";
import { LookupImages } from "./actors/lookup_images.ts";
import { LookupPoller } from "./actors/lookup_poller.ts";
import { Backtests } from "./actors/backtests.ts";
import { FieldLearner } from "./actors/field_learner.ts";
import { RecordCache } from "./src/ingest/record_cache.ts";
import { PollSnapshots } from "./actors/poll_snapshots.ts";
import { type LateActionPorts, lateActionPorts } from "./actors/action_ports.ts";
import { createActionStorage } from "./actors/action_storage.ts";
import { NO_ACTION } from "./src/model/action.ts";
import type { HttpPort } from "./src/channel/mod.ts";
import { withSecrets } from "./src/notify/secret_http.ts";
import { withOwnEndpoints } from "./src/notify/own_endpoints.ts";
import { openScripts } from "./actors/open_scripts.ts";
import { RuleRuns } from "./actors/rule_runs.ts";
import { PolicyDesk } from "./actors/policy_desk.ts";
import { Poller, type PollerOptions } from "./actors/poller.ts";
import { RoutingDesk } from "./actors/routing_desk.ts";
import { createRuleControl } from "./actors/rule_control.ts";
import { SecretVault } from "./actors/secret_vault.ts";
import { SecretKeeper } from "./actors/secret_keeper.ts";
import { NamedCache } from "./actors/named_cache.ts";
import { DEFAULT_TEMPLATES } from "./src/model/default_templates.ts";
import { DEFAULT_ACTION_TEMPLATES } from "./src/model/default_action_templates.ts";
import type { Template } from "./src/model/template.ts";
import { observeServer } from "./actors/server_metrics.ts";
import { Simulator } from "./actors/simulator.ts";
import { Supervisor } from "./actors/supervisor.ts";
import { watchStore } from "./actors/watched_store.ts";
import { WorkerFleet } from "./actors/worker_fleet.ts";
import { type App, createApp } from "./routes/app.ts";
import type { AppDeps } from "./routes/deps.ts";

/** Part of the 5 s that applying, delivering and the rest may take at a stop. */
const DRAIN_APPLY_MS = 2000;
const DRAIN_DELIVER_MS = 1500;
/** A client that holds its connection open, half an upload say, is not waited for longer. */
const DRAIN_CONNECTIONS_MS = 500;
/** After this the process ends whatever still goes on; nothing accepted is lost by it. */
const STOP_MS_MAX = 4800;
/** Under a steady stream alerts gather this long: a lone one is written at once. */
const COMMIT_GAP_MS = 4;
/** Outcomes of deliveries gather this long: a transaction for each would cost more than the attempts. */
const RECORD_GAP_MS = 25;
/** A lookup table of 64 MB may take its time. */
const POLL_MS_MAX = 60_000;
const EXIT_CONFIG = 78;
const EXIT_FATAL = 70;

export interface ServerOptions {
  config: Config;
  logger: Logger;
  /** The outcome of a write is unknown: the process must end and recover from disk. */
  onFatal(error: unknown): void;
  /** Entry of the rule workers; tests give one that fails on purpose. */
  workerEntry?: URL;
  /** Variables that tell a child process where Deno caches modules. */
  moduleCache?: Readonly<Record<string, string>>;
}

export interface Server extends AsyncDisposable {
  hostname: string;
  port: number;
  store: Store;
  supervisor: Supervisor;
}

/** Starts everything; disposing stops it: intake first, then actors, deliveries and stores. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { config, logger } = options;
  const opened = await openStore(config, systemClock, logger);
  const counted = { figures: opened.figures, clock: systemClock, logger, onFatal: options.onFatal };
  const ledger = new Ledger(counted);
  const store = watchStore(opened, ledger);
  const engine = await startEngine(store, { ...options, ledger });
  const { app, supervisor } = engine;
  const listener = Deno.serve({ hostname: config.host, port: config.port, onListen: () => {} }, app.fetch);
  let stopping: Promise<void> | null = null;
  const stop = async () => {
    await engine.stop();
    app.close();
    await atMost(DRAIN_CONNECTIONS_MS, listener.shutdown());
    await ledger.stop();
    await store[Symbol.asyncDispose]();
  };
  const { hostname, port } = listener.addr;
  return { hostname, port, store, supervisor, [Symbol.asyncDispose]: () => stopping ??= stop() };
}

interface Engine {
  app: App;
  supervisor: Supervisor;
  stop(): Promise<void>;
}

/** Everything between the stores and HTTP, running. */
async function startEngine(store: Store, options: ServerOptions & { ledger: Ledger }): Promise<Engine> {
  const { config, logger, onFatal } = options;
  const clock = systemClock;
  const owner = randomId();
  const metrics = new Metrics();
  const { channels, secrets, keeper } = await openSecrets(store, options);
  const egress = createEgressGuard({ allow: config.egress_allow });
  const client = createHttpClient({ egress, clock });
  const http = withSecrets({ http: client, secrets });
  const caller = { http, clock, rng: systemRng, logger, metrics };
  const ports = lateActionPorts();
  const asks = (executedBy: string) => withOwnEndpoints({ http, own: ports.own, clock, executedBy });
  const mail = createMailClient({ egress, clock });
  const worded = await startTemplates({ store, metrics }, options);
  const delivery = await openDelivery(store, {
    ...{ ...caller, mail, channels, owner, words: worded.words, ports, asks: asks("cep-action") },
    onAlerts: (all) => supervisor.announce(all),
  });
  const { pool, desk, router } = delivery;
  const { poller, ...polling } = openPolling({
    ...{ ...caller, http: asks("cep-metric-poll"), owner },
    submit: (...given) => intake.submit(...given),
  });
  const asking = { ...caller, http: asks("cep-enrichment") };
  const asked = new Caller({ ...asking, log: store.log, onLogged: () => supervisor.ruleSaved(), onFatal });
  const entry = options.workerEntry ?? new URL("./actors/rule_worker.ts", import.meta.url);
  const images = new LookupImages(store.lookups);
  const supervisor: Supervisor = new Supervisor({
    ...{ store, images, clock, logger, metrics, owner, poller, caller: asked },
    fleet: new WorkerFleet({ clock, logger, cores: navigator.hardwareConcurrency, entry }),
    workers: config.rule_workers,
    commitGapMs: COMMIT_GAP_MS,
    channels: () => channels.all(),
    routing: desk,
    onAlerts: (alerts, deliveries) => {
      polling.heard(alerts);
      pool.offer(deliveries, alerts.map((stored) => stored.alert));
      router.nudge();
    },
    ...{ onFatal, onError: (error) => options.ledger.error(error) },
  });
  const intake = openIntake(store, supervisor, onFatal);
  const keeping = { retentionMs: config.retention_ms, retentionBytes: config.retention_bytes, onFatal };
  const housekeeper = new Housekeeper({ store, supervisor, clock, logger, ...keeping });
  observeServer(metrics, { store, supervisor });
  await store.outbox.adopt(owner);
  await supervisor.start();
  await delivery.start();
  polling.start();
  housekeeper.start();
  void keeper.start(channels.all(), secrets.all());
  const around = { images, supervisor, worded, channels, secrets, egress, intake, poller, ports };
  const behind = { ...caller, store, ...around };
  const face = await openFace({ ...behind, ...delivery, instance: owner }, options);
  const stop = async () => {
    await polling.stop();
    await asked.stop();
    await intake.close();
    await face.stop();
    await keeper.stop();
    await housekeeper.stop();
    await supervisor.stop(DRAIN_APPLY_MS);
    await delivery.stop();
    await worded.sandbox[Symbol.asyncDispose]();
    client.close();
    mail.close();
  };
  return { app: face.app, supervisor, stop };
}

type FaceParts =
  & Pick<
    AppDeps,
    | "store"
    | "intake"
    | "watch"
    | "poller"
    | "instance"
    | "egress"
    | "desk"
    | "router"
    | "clock"
    | "logger"
    | "metrics"
  >
  & {
    images: LookupImages;
    supervisor: Supervisor;
    pool: NotifierPool;
    ports: LateActionPorts;
    http: HttpPort;
    channels: ChannelCache;
    secrets: SecretVault;
    worded: Awaited<ReturnType<typeof startTemplates>>;
  };

/** What is reached over HTTP: rules with their simulator, lookup tables and policies, behind one app. */
async function openFace(
  { images, supervisor: control, worded, ...parts }: FaceParts,
  options: ServerOptions,
): Promise<{ app: App; stop(): Promise<void> }> {
  const { store, channels, egress, clock } = parts;
  const simulator = new Simulator(clock);
  const tables = await startLookups({ ...parts, control, images }, options);
  const actionTemplates = await NamedCache.open(store.actionTemplates, DEFAULT_ACTION_TEMPLATES);
  const named = { ...parts, control, ...worded, ...tables, actionTemplates };
  const sandboxed = { program: Deno.execPath(), environment: options.moduleCache ?? {} };
  const scripts = await openScripts({ ...parts, ...sandboxed, lookups: tables.lookups });
  const rules = createRuleControl({ ...named, simulator, apis: scripts.apis });
  const old = new RecordCache(store.log);
  const backtests = new Backtests({
    ...{ log: store.log, clock, logger: parts.logger, metrics: parts.metrics, lag: () => control.lag() },
    event: (offset) => old.event(offset),
    cores: navigator.hardwareConcurrency,
  });
  const { poller, pool, metrics, intake, ports } = parts;
  const runs = new RuleRuns({
    ...{ rules, store, channels: () => channels.all(), routing: parts.desk, pool, poller, clock, metrics },
    owner: parts.instance,
    onAlerts: (alerts) => control.announce(alerts),
  });
  const storage = createActionStorage({ lookups: tables.lookups, intake, log: store.log, clock });
  ports.open({ rules: runs, storage, scripts: scripts.port, own: scripts.runtime.own });
  const policies = new PolicyDesk({ rules, store, channels, egress, clock });
  const fields = new FieldLearner({ log: store.log, clock });
  const monitor = createMonitor({ store, control, clock, poller });
  const made = { rules, policies, backtests, runs, fields, monitor, ...scripts };
  const app = createApp({ ...named, ...made, config: options.config });
  const stop = async () => {
    await tables.stop();
    await scripts.stop();
    await simulator[Symbol.asyncDispose]();
    await backtests[Symbol.asyncDispose]();
  };
  return { app, stop };
}

/** The channels and the named secrets, opened, and who sees to it that they lie sealed. */
async function openSecrets(
  store: Store,
  { config, logger, onFatal }: ServerOptions,
): Promise<{ channels: ChannelCache; secrets: SecretVault; keeper: SecretKeeper }> {
  const keyring = createKeyring(config.secret_keys);
  const secretFields = (type: string) => Object.keys(channelKind(type)?.secrets ?? {});
  const sealed = sealChannels({ rows: store.channels, keyring, clock: systemClock, secretFields });
  const exposed = !isLoopback(config.host);
  const told = { seals: keyring.seals, exposed, secretFields, logger, onFatal };
  const named = sealSecrets({ rows: store.secrets, keyring, clock: systemClock });
  const keeper = new SecretKeeper({ channels: sealed, secrets: named, store, ...told });
  const secrets = await SecretVault.open({ secrets: named, documents: store, clock: systemClock });
  return { channels: await ChannelCache.open(sealed), secrets, keeper };
}

/** What polls the values of rules, and tells how that goes. */
function openPolling({ owner, ...parts }: PollerOptions & { owner: string }) {
  const poller = new Poller(parts);
  const snapshots = new PollSnapshots({ ...parts, poller, instance: owner });
  return {
    poller,
    heard: (alerts: readonly StoredAlert[]) => snapshots.heard(alerts),
    start: () => snapshots.start(),
    stop: async () => {
      await poller.stop();
      await snapshots.stop();
    },
  };
}

/** What brings alerts to channels: the pool, what keeps them quiet, the way through routes, and who watches. */
interface Delivering {
  pool: NotifierPool;
  desk: RoutingDesk;
  router: AlertRouter;
  watch: ChannelWatch;
  start(): Promise<void>;
  stop(): Promise<void>;
}

async function openDelivery(
  store: Store,
  parts: Omit<NotifierPoolParts, "outbox" | "effects" | "channels"> & {
    channels: ChannelCache;
    ports: LateActionPorts;
    /** HTTP of actions. */
    asks: HttpPort;
    /** Alerts of channels. */
    onAlerts(alerts: readonly StoredAlert[]): void;
  },
): Promise<Delivering> {
  const { outbox, effects, routing } = store;
  const { channels, clock, logger, metrics, owner, onAlerts } = parts;
  const desk = await RoutingDesk.open({ store: routing, clock });
  const noteOf = (alert: Alert) => desk.noteOf(alert, { action: NO_ACTION, once: false });
  const watched = { effects, channels: () => channels.all(), noteOf, onAlerts, clock, logger };
  const watch = new ChannelWatch(watched);
  const actions = createRuleActions({ rules: store.rules, outbox });
  const acting = { actions, ports: parts.ports, http: parts.asks };
  const pool = createNotifierPool({ ...parts, acting, watch, outbox, effects, recordGapMs: RECORD_GAP_MS });
  const router = new AlertRouter({
    ...{ store: routing, desk, clock, logger, metrics, owner },
    channels: () => channels.all(),
    onDeliveries: (deliveries) => pool.offer(deliveries, []),
  });
  const start = async () => {
    pool.start();
    await router.start();
    await watch.start();
  };
  const stop = async () => {
    await router.stop();
    await pool.stop({ drainMs: DRAIN_DELIVER_MS });
    await watch.settled();
  };
  return { pool, desk, router, watch, start, stop };
}

interface Templates {
  templates: NamedCache<Template>;
  engine: TemplateEngine;
  words: Wordsmith;
  sandbox: Sandbox;
}

/** Templates and the sandbox that runs them; its children start when they are first needed. */
async function startTemplates(
  { store, metrics }: { store: Store; metrics: Metrics },
  { logger, moduleCache }: ServerOptions,
): Promise<Templates> {
  const program = Deno.execPath();
  const sandbox = new Sandbox({
    clock: systemClock,
    logger,
    metrics,
    program,
    environment: moduleCache ?? {},
  });
  const engine = createTemplateEngine(sandbox);
  const templates = await NamedCache.open(store.templates, DEFAULT_TEMPLATES);
  return { templates, engine, sandbox, words: createWordsmith({ rules: store.rules, templates, engine }) };
}

interface Lookups {
  lookups: LookupControl;
  polls: LookupPoller;
  stop(): Promise<void>;
}

/** Lookup tables, and what fills those that come from a URL. */
async function startLookups(
  { store, control, images, egress, secrets, metrics }: {
    store: Store;
    control: Supervisor;
    images: LookupImages;
    egress: EgressGuard;
    secrets: SecretVault;
    metrics: Metrics;
  },
  { logger, onFatal }: ServerOptions,
): Promise<Lookups> {
  const clock = systemClock;
  const builder = new LookupBuilder();
  const lookups = await LookupControl.open({ store, control, images, builder, clock });
  const client = createHttpClient({ egress, clock, deadlineMs: POLL_MS_MAX });
  const http = withSecrets({ http: client, secrets });
  const polls = new LookupPoller({ lookups, builder, http, clock, logger, metrics, onFatal });
  await polls.start();
  const stop = async () => {
    await polls[Symbol.asyncDispose]();
    client.close();
  };
  return { lookups, polls, stop };
}

function openIntake(store: Store, supervisor: Supervisor, onFatal: (error: unknown) => void): Appender {
  return new Appender({
    log: store.log,
    clock: systemClock,
    lag: () => supervisor.lag(),
    room: () => supervisor.room(),
    onAppended: (records) => supervisor.offer(records),
    onFatal,
  });
}

function openStore(config: Config, clock: Clock, logger: Logger): Promise<Store> {
  if (config.data === ":memory:") return Promise.resolve(createMemoryStore());
  return openSqliteStore({ path: config.data, durability: config.durability, clock, logger });
}

async function main(): Promise<void> {
  const starting = createLogger({ level: "info", clock: systemClock });
  try {
    const config = readConfig(Deno.env.toObject(), Deno.readTextFileSync);
    const logger = createLogger({ level: config.log_level, clock: systemClock });
    const onFatal = (error: unknown) => {
      logger.error("stopping at once, to recover from disk at the next start", { error });
      Deno.exit(EXIT_FATAL);
    };
    const server = await startServer({ config, logger, onFatal, moduleCache: moduleCache() });
    logger.info(`Tocsin listens on http://${server.hostname}:${server.port}`, { data: config.data });
    const signal = await signalled(["SIGTERM", "SIGINT"]);
    logger.info("stopping", { signal });
    systemClock.after(STOP_MS_MAX, () => {
      logger.warn("stopping took too long: what is left is done at the next start");
      Deno.exit(0);
    });
    await server[Symbol.asyncDispose]();
    Deno.exit(0);
  } catch (error) {
    if (error instanceof ConfigError) {
      for (const line of error.message.split("\n")) starting.error(line);
      Deno.exit(EXIT_CONFIG);
    }
    starting.error("cannot start", { error });
    Deno.exit(1);
  }
}

/** The only variables that children of the sandbox get. */
function moduleCache(): Record<string, string> {
  const names = ["DENO_DIR", "HOME", "XDG_CACHE_HOME"];
  const given = names.map((name) => [name, Deno.env.get(name)] as const);
  return Object.fromEntries(given.flatMap(([name, value]) => value === undefined ? [] : [[name, value]]));
}

/** Waits for `work`, but no longer than `ms`. */
async function atMost(ms: number, work: Promise<void>): Promise<void> {
  const enough = Promise.withResolvers<void>();
  const timer = systemClock.after(ms, enough.resolve);
  await Promise.race([work, enough.promise]);
  timer.cancel();
}

function signalled(signals: readonly Deno.Signal[]): Promise<Deno.Signal> {
  return new Promise((resolve) => {
    for (const signal of signals) Deno.addSignalListener(signal, () => resolve(signal));
  });
}

if (import.meta.main) await main();
