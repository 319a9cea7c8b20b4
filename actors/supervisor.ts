/**
 * The supervisor: brings rules to life, follows their changes along the log, and restarts what crashes.
 * There is one way for an actor to begin, whatever the reason: load it (from its snapshot, if it has one)
 * at a host, feed it privately to where the router stands, join it to the feed. What it decides goes to
 * the effect writer; how far it is, and what went wrong, is in the store.
 */
import { assert, present } from "../src/base/assert.ts";
import type { Clock } from "../src/base/clock.ts";
import type { Logger } from "../src/base/logging.ts";
import { badRequest, Problem } from "../src/base/problem.ts";
import { Registry } from "../src/batch/binding.ts";
import { Encoder } from "../src/batch/encoder.ts";
import type { ParsedRecord } from "../src/ingest/parsed_record.ts";
import { RecordCache } from "../src/ingest/record_cache.ts";
import { Router } from "../src/ingest/router.ts";
import { decodeRuleRecord } from "../src/ingest/rule_record.ts";
import { TopicNumbers } from "../src/ingest/topic_numbers.ts";
import type { Channel } from "../src/model/channel.ts";
import type { Delivery } from "../src/model/delivery.ts";
import type { StoredAlert } from "../src/store/effect_store.ts";
import type { LogRecord } from "../src/store/event_log.ts";
import type { Quarantine } from "../src/store/health_store.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import type { Store } from "../src/store/store.ts";
import { makeAlert } from "./alert_maker.ts";
import { CatchUp } from "./catch_up.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { Control, RuleStateReport, SupervisorStatus } from "./control.ts";
import type { Breadcrumb } from "./control_block.ts";
import { EffectWriter } from "./effect_writer.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import { Hosts } from "./hosts.ts";
import {
  actorLoad,
  bindPlan,
  type CompiledVersion,
  compileVersion,
  type LiveRule,
  subscriptionOf,
  topicNumbers,
} from "./live_rule.ts";
import type { Crash, DetachedActor, FromHost, RuleFrame } from "./messages.ts";
import { Placement, type PlacementWish } from "./placement.ts";
import { RestartBudget, STRIKES_MAX } from "./restart_policy.ts";
import { ruleStart } from "./rule_starts.ts";

const INSPECT_MS_MAX = 1000;

export interface SupervisorOptions {
  store: Store;
  fleet: Fleet;
  clock: Clock;
  logger: Logger;
  /** Workers that rules may use. */
  workers: number;
  /** Names this start of the process in leases. */
  owner: string;
  channels(): readonly Channel[];
  onAlerts(alerts: readonly StoredAlert[], deliveries: readonly Delivery[]): void;
  onFatal(error: unknown): void;
}

export class Supervisor implements Control {
  readonly #o: SupervisorOptions;
  readonly #registry = new Registry();
  readonly #encoder = new Encoder(this.#registry);
  readonly #topics = new TopicNumbers();
  readonly #records: RecordCache;
  readonly #router: Router;
  readonly #catchUp: CatchUp;
  readonly #writer: EffectWriter;
  readonly #hosts: Hosts;
  readonly #placement: Placement;
  readonly checkpoints: Checkpoints;
  readonly #rules = new Map<string, LiveRule>();
  readonly #byHandle = new Map<number, LiveRule>();
  readonly #quarantined = new Map<string, Quarantine>();
  readonly #listeners = new Set<(alerts: readonly StoredAlert[]) => void>();
  readonly #waiters = new Set<() => void>();
  readonly #inspections = new Map<number, (figures: { keys: number; state_bytes: number }) => void>();
  #handles = 0;
  #inspected = 0;
  #readyAt = 0;
  #ready = false;
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#o = options;
    const { store, clock, logger, fleet } = options;
    this.#records = new RecordCache(store.log);
    this.#hosts = new Hosts(fleet);
    this.#placement = new Placement(options.workers);
    this.#router = new Router({
      log: store.log,
      encoder: this.#encoder,
      feed: fleet.feed,
      topics: this.#topics,
      clock,
      onRuleRecord: (record) => this.#followRule(record),
      onError: options.onFatal,
    });
    this.#catchUp = new CatchUp({
      log: store.log,
      registry: this.#registry,
      topics: this.#topics,
      clock,
      router: () => this.#router,
      onRuleRecord: (live, record) => this.#passVersion(live, record),
      join: (host, rules, at) => this.#join(host, rules, at),
      onError: options.onFatal,
    });
    this.#writer = new EffectWriter({
      effects: store.effects,
      maker: { make: (frame) => this.#makeAlerts(frame), ruleOf: (frame) => this.#ruleOf(frame) },
      clock,
      logger,
      owner: options.owner,
      onCommitted: (alerts, deliveries) => this.#tellAlerts(alerts, deliveries),
      onProgress: () => this.#wakeWaiters(),
      onStale: (ruleId) => this.#onStale(ruleId),
      onFatal: options.onFatal,
    });
    this.checkpoints = new Checkpoints({
      snapshots: store.snapshots,
      writer: this.#writer,
      clock,
      logger,
      ruleOf: (handle, incarnation) => this.#incarnation(handle, incarnation),
      onFatal: options.onFatal,
    });
    fleet.listener = {
      onMessage: (host, message) => this.#take(host, message),
      onLost: (host, reason, crumb) => this.#onLost(host, reason, crumb),
    };
  }

  // ---- life of the supervisor

  /** Loads every active rule and starts to follow the log from where the slowest of them stands. */
  async start(): Promise<void> {
    const { store } = this.#o;
    for (const row of await store.health.quarantined()) this.#quarantined.set(row.rule_id, row);
    const starting: LiveRule[] = [];
    let cursor = store.log.next;
    for (const newest of await store.rules.active()) {
      if (this.#quarantined.has(newest.rule_id)) continue;
      const live = await this.#loadAtStart(newest);
      if (live === null) continue;
      starting.push(live);
      cursor = Math.min(cursor, live.offset);
    }
    cursor = Math.max(cursor, Math.min(store.log.first, store.log.next));
    for (const host of this.#hosts.all()) {
      const rules = starting.filter((live) => live.host === host);
      this.#attach(host, rules, cursor);
    }
    this.#readyAt = store.log.next;
    this.#router.start(cursor);
  }

  /** Records that were just appended, in the order of the log. */
  offer(records: readonly ParsedRecord[]): void {
    for (const { record } of records) this.#records.add(record);
    this.#router.offer(records);
  }

  /** Lets everything accepted be applied for up to `ms`, takes a last checkpoint, and stops. */
  async stop(ms: number): Promise<void> {
    this.#stopping = true;
    const deadline = Promise.withResolvers<void>();
    const timer = this.#o.clock.after(ms, deadline.resolve);
    const last = async () => {
      await this.applied(this.#o.store.log.next);
      await Promise.all(this.#hosts.all().map((host) => this.checkpoints.request(host)));
      await this.#writer.drain();
    };
    await Promise.race([last(), deadline.promise]);
    timer.cancel();
    this.checkpoints.stop();
    this.#writer.stop();
    await this.#catchUp.stop();
    await this.#router.stop();
    await this.#o.fleet[Symbol.asyncDispose]();
  }

  /** Hosts whose actors have taken part in the feed. */
  hosts(): Host[] {
    return this.#hosts.all();
  }

  /** Events that the slowest reader is behind the log. */
  lag(): number {
    const { next } = this.#o.store.log;
    let slowest = this.#router.cursor;
    for (const host of this.#hosts.all()) {
      if (host.attached) slowest = Math.min(slowest, Math.max(this.#writer.committed(host), 0));
    }
    return this.#rules.size === 0 ? next - this.#router.cursor : next - slowest;
  }

  // ---- Control

  async ruleState(ruleId: string): Promise<RuleStateReport | undefined> {
    const { store } = this.#o;
    const live = this.#rules.get(ruleId);
    const newest = live?.compiled.row ?? await store.rules.get(ruleId);
    if (newest === undefined) return undefined;
    const progress = await store.effects.progress(ruleId);
    const quarantine = this.#quarantined.get(ruleId) ?? null;
    const figures = live === undefined ? null : await this.#inspect(live);
    const applied = Math.max(progress?.applied.offset ?? 0, live?.offset ?? 0);
    return {
      rule_id: ruleId,
      status: quarantine !== null ? "quarantined" : live?.status ?? "stopped",
      applied,
      lag: live === undefined ? 0 : Math.max(0, store.log.next - applied),
      worker: live?.host?.slot ?? null,
      isolation: live?.compiled.rule.isolation ?? "shared",
      counters: progress?.counters ?? {},
      keys: figures?.keys ?? null,
      state_bytes: figures?.state_bytes ?? null,
      restarts: live?.restarts.total ?? 0,
      quarantine,
      poison: await store.health.poison(ruleId),
    };
  }

  async resume(ruleId: string, from: "quarantine" | "now"): Promise<void> {
    const { store } = this.#o;
    const quarantine = this.#quarantined.get(ruleId);
    const newest = await store.rules.get(ruleId);
    if (quarantine === undefined || newest === undefined) {
      throw badRequest("not_quarantined", `Cannot resume rule "${ruleId}": it is not quarantined`);
    }
    await store.health.release(ruleId);
    this.#quarantined.delete(ruleId);
    if (!newest.active) return;
    const live = this.#create(compileVersion(newest));
    const skipTo = from === "now" ? this.#router.cursor : null;
    await this.#begin(live, { newest, skipTo, suspectBelow: 0, wish: wishOf(live), newestAtOnce: true });
  }

  onAlerts(listener: (alerts: readonly StoredAlert[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  applied(offset: number): Promise<void> {
    if (this.#isApplied(offset)) return Promise.resolve();
    for (const host of this.#hosts.all()) host.send({ kind: "report", at: offset });
    return new Promise((resolve) => {
      const check = () => {
        if (!this.#isApplied(offset)) return;
        this.#waiters.delete(check);
        resolve();
      };
      this.#waiters.add(check);
    });
  }

  status(): SupervisorStatus {
    const lag = this.lag();
    this.#ready ||= this.#router.cursor >= this.#readyAt && this.#isApplied(this.#readyAt);
    return {
      workers: this.#hosts.all().length,
      rules: this.#rules.size,
      quarantined: this.#quarantined.size,
      lag,
      ready: this.#ready && !this.#stopping,
    };
  }

  ruleSaved(): void {
    this.#router.nudge();
  }

  async stopRule(ruleId: string): Promise<void> {
    const live = this.#rules.get(ruleId);
    if (live !== undefined) await this.#remove(live);
    if (this.#quarantined.delete(ruleId)) await this.#o.store.health.release(ruleId);
  }

  // ---- how an actor begins

  #create(compiled: CompiledVersion): LiveRule {
    const handle = ++this.#handles;
    const live: LiveRule = {
      ruleId: compiled.row.rule_id,
      handle,
      compiled,
      binding: bindPlan(compiled.plan, handle, this.#registry),
      status: "catching_up",
      host: null,
      incarnation: 0,
      offset: 0,
      joined: false,
      subscribed: false,
      restarts: new RestartBudget(this.#o.clock),
      partitions: new Map(),
    };
    this.#rules.set(live.ruleId, live);
    this.#byHandle.set(handle, live);
    return live;
  }

  async #loadAtStart(newest: RuleVersion): Promise<LiveRule | null> {
    try {
      const live = this.#create(compileVersion(newest));
      await this.#load(live, { newest, skipTo: null, suspectBelow: 0, wish: wishOf(live) });
      return live;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const offset = this.#o.store.log.next;
      await this.#writeQuarantine({
        rule_id: newest.rule_id,
        reason: error.message,
        offset,
        at: this.#o.clock.now(),
      });
      return null;
    }
  }

  /** Loads and lets it catch up. */
  async #begin(live: LiveRule, how: Beginning): Promise<void> {
    if (await this.#load(live, how)) this.#catchUp.add(live);
  }

  /** Brings the actor to life at a host, detached. False when the rule was stopped meanwhile. */
  async #load(live: LiveRule, how: Beginning): Promise<boolean> {
    const { store } = this.#o;
    const start = await ruleStart(store, how.newest);
    const [incarnation] = await store.effects.incarnate([live.ruleId]);
    const snapshot = start.snapshot ? await store.snapshots.load(live.ruleId) : undefined;
    const poison = (await store.health.poison(live.ruleId)).map((row) => row.offset);
    const host = await this.#hosts.get(this.#placement.place(live.ruleId, how.wish));
    if (this.#rules.get(live.ruleId) !== live) return false;
    const usable = snapshot?.generation === start.version.generation ? snapshot : undefined;
    live.incarnation = present(incarnation, "an incarnation");
    live.host = host;
    live.offset = how.skipTo ?? start.offset;
    live.status = "catching_up";
    live.joined = false;
    live.partitions = new Map(usable?.partitions.map((one) => [one.partition, one.snapshot]));
    this.#mean(live, compileVersion(how.newestAtOnce === true ? how.newest : start.version));
    host.send({
      kind: "load",
      load: actorLoad(live, this.#topics, {
        chunks: usable?.chunks ?? null,
        applied: Math.max(start.applied, live.offset),
        poison,
        suspectBelow: how.suspectBelow,
      }),
    });
    return true;
  }

  #mean(live: LiveRule, compiled: CompiledVersion): void {
    live.compiled = compiled;
    live.binding = bindPlan(compiled.plan, live.handle, this.#registry);
  }

  /** At a boundary of the router, or before its start: the rules of a detached host, and it, join at `at`. */
  #attach(host: Host, rules: readonly LiveRule[], at: number): void {
    for (const live of rules) this.#subscribe(live, host);
    const cursor = this.#o.fleet.attach(host);
    host.send({ kind: "join", handles: rules.map((live) => live.handle), at, cursor });
  }

  async #join(host: Host, rules: readonly LiveRule[], at: number): Promise<boolean> {
    if (!host.attached) {
      this.#attach(host, rules, at);
      return true;
    }
    const handles = rules.map((live) => live.handle);
    const message = { kind: "join", handles, at, cursor: 0 } as const;
    if (!await this.#o.fleet.control(host, [message], at)) return false;
    for (const live of rules) this.#subscribe(live, host);
    return true;
  }

  #subscribe(live: LiveRule, host: Host): void {
    this.#unsubscribe(live);
    this.#encoder.add(subscriptionOf(live, host.slot));
    live.subscribed = true;
    live.joined = true;
  }

  #unsubscribe(live: LiveRule): void {
    if (live.subscribed) this.#encoder.remove(live.handle);
    live.subscribed = false;
    live.joined = false;
  }

  // ---- how rules change along the log

  /** The router reached a rule record. */
  async #followRule(record: LogRecord): Promise<void> {
    const said = decodeRuleRecord(record.body);
    const live = this.#rules.get(said.rule_id);
    if (live !== undefined && live.compiled.row.version >= said.version) return;
    const newest = await this.#o.store.rules.latest(said.rule_id);
    if (said.change === "created" || said.change === "enabled") {
      if (live === undefined && newest?.active && !this.#quarantined.has(said.rule_id)) {
        const version = await this.#version(said.rule_id, said.version);
        const created = this.#create(compileVersion(version));
        void this.#begin(created, { newest, skipTo: null, suspectBelow: 0, wish: wishOf(created) })
          .catch(this.#o.onFatal);
      }
    } else if (said.change === "updated") {
      // One that is catching up meets the record in the log by itself.
      if (live?.joined && live.host !== null) await this.#change(live, live.host, said.version, record.first);
    } else if (newest?.active !== true) {
      if (live !== undefined) await this.#remove(live);
      await this.#forget(said.rule_id, said.change);
    }
  }

  async #change(live: LiveRule, host: Host, version: number, at: number): Promise<void> {
    const before = live.compiled.rule.isolation;
    const compiled = compileVersion(await this.#version(live.ruleId, version));
    const binding = bindPlan(compiled.plan, live.handle, this.#registry);
    const topics = topicNumbers(compiled.plan, this.#topics);
    const message = { kind: "plan", handle: live.handle, plan: compiled.plan, binding, topics } as const;
    if (!await this.#o.fleet.control(host, [message], at)) return;
    this.#mean(live, compiled);
    this.#subscribe(live, host);
    if (compiled.rule.isolation !== before) this.#restart(live, { suspectBelow: 0, wish: wishOf(live) });
  }

  /** A private reader reached a rule record. */
  async #passVersion(live: LiveRule, record: LogRecord): Promise<void> {
    const said = decodeRuleRecord(record.body);
    if (said.rule_id !== live.ruleId || said.change !== "updated" || live.host === null) return;
    if (live.compiled.row.version >= said.version) return;
    this.#mean(live, compileVersion(await this.#version(live.ruleId, said.version)));
    const { plan } = live.compiled;
    const topics = topicNumbers(plan, this.#topics);
    live.host.send({ kind: "plan", handle: live.handle, plan, binding: live.binding, topics });
  }

  async #version(ruleId: string, version: number): Promise<RuleVersion> {
    const live = this.#rules.get(ruleId);
    if (live?.compiled.row.version === version) return live.compiled.row;
    const versions = await this.#o.store.rules.versions(ruleId);
    return present(versions.find((row) => row.version === version), `version ${version} of ${ruleId}`);
  }

  /** What a disabled or deleted rule leaves behind. */
  async #forget(ruleId: string, change: string): Promise<void> {
    const { snapshots, effects, health } = this.#o.store;
    await this.#writer.task(async () => {
      await snapshots.remove(ruleId);
      if (change !== "deleted") return;
      await effects.forget(ruleId);
      await health.forget(ruleId);
    });
  }

  // ---- how actors end

  /** The actor is no more; what it committed stays. Resolves when its place in the store is free. */
  async #remove(live: LiveRule): Promise<void> {
    live.status = "stopped";
    this.#rules.delete(live.ruleId);
    await this.#withdraw(live);
    this.#byHandle.delete(live.handle);
    const empty = this.#placement.remove(live.ruleId);
    if (empty !== null) await this.#hosts.retire(empty);
    this.#wakeWaiters();
  }

  /**
   * Takes the actor away from its host and its floor. Behind the frames that came before, and at once: a
   * later frame's floor must not speak for it.
   */
  #withdraw(live: LiveRule): Promise<void> {
    this.#unsubscribe(live);
    const { host, incarnation } = live;
    live.host = null;
    if (host !== null && this.#hosts.all().includes(host)) {
      host.send({ kind: "unload", handle: live.handle, incarnation });
    }
    return this.#writer.task(async () => {
      if (live.incarnation === incarnation) live.incarnation = -1;
      const progress = await this.#o.store.effects.progress(live.ruleId);
      if (progress === undefined) return;
      await this.#o.store.effects.place([{ rule_id: live.ruleId, slot: null, applied: progress.applied }]);
    });
  }

  #restart(live: LiveRule, how: { suspectBelow: number; wish: PlacementWish; newestAtOnce?: boolean }): void {
    live.status = "restarting";
    const withdrawn = this.#withdraw(live);
    const again = async () => {
      await withdrawn;
      const newest = await this.#o.store.rules.get(live.ruleId);
      if (newest === undefined || this.#rules.get(live.ruleId) !== live) return;
      const previous = this.#placement.slotOf(live.ruleId);
      await this.#begin(live, { newest, skipTo: null, ...how });
      const now = this.#placement.slotOf(live.ruleId);
      if (previous !== null && previous !== now && this.#placement.rulesOf(previous).length === 0) {
        await this.#hosts.retire(previous);
      }
    };
    void again().catch(this.#o.onFatal);
  }

  /** Decides what follows a crash: strike, parking, restart, quarantine. */
  async #onCrash(
    live: LiveRule,
    crash: Omit<Crash, "handle" | "incarnation">,
    wish: PlacementWish,
  ): Promise<void> {
    const { store, logger, clock } = this.#o;
    const { error, phase, first, offset } = crash;
    logger.error("rule crashed", { rule_id: live.ruleId, error, phase, first, offset });
    live.status = "restarting";
    await this.#withdraw(live);
    let within = true;
    if (offset >= 0) {
      const strikes = await store.health.strike(live.ruleId, offset);
      if (strikes >= STRIKES_MAX) {
        await store.health.park({ rule_id: live.ruleId, offset, error, at: clock.now() });
        within = live.restarts.spend();
      }
    } else within = live.restarts.spend();
    if (this.#rules.get(live.ruleId) !== live) return;
    if (!within) return await this.#quarantine(live, `${error} (${phase})`);
    const suspectBelow = phase === "read" || phase === "step" ? first + 1 : 0;
    this.#restart(live, { suspectBelow, wish });
  }

  async #quarantine(live: LiveRule, reason: string): Promise<void> {
    await this.#remove(live);
    const progress = await this.#o.store.effects.progress(live.ruleId);
    const offset = progress?.applied.offset ?? live.offset;
    await this.#writeQuarantine({ rule_id: live.ruleId, reason, offset, at: this.#o.clock.now() });
  }

  async #writeQuarantine(row: Quarantine): Promise<void> {
    this.#o.logger.error("rule quarantined", { ...row });
    this.#quarantined.set(row.rule_id, row);
    await this.#o.store.health.quarantine(row);
    this.#wakeWaiters();
  }

  #onStale(ruleId: string): void {
    const live = this.#rules.get(ruleId);
    if (live === undefined) return;
    this.#o.logger.warn("a frame was stale: the rule starts again", { rule_id: ruleId });
    this.#restart(live, { suspectBelow: 0, wish: wishOf(live) });
  }

  // ---- what hosts say

  #take(host: Host, message: FromHost): void {
    switch (message.kind) {
      case "frame":
        return this.#writer.frame(host, message.frame);
      case "joined":
        return this.#onJoined(host, message.handles, message.at);
      case "crashed": {
        const live = this.#incarnation(message.crash.handle, message.crash.incarnation);
        if (live === undefined) return;
        return void this.#onCrash(live, message.crash, wishOf(live)).catch(this.#o.onFatal);
      }
      case "detached":
        return void this.#onDetached(host, message.actors).catch(this.#o.onFatal);
      case "chunks":
      case "checkpointed":
        return this.checkpoints.take(host, message);
      case "inspected":
        this.#inspections.get(message.id)?.(message);
        this.#inspections.delete(message.id);
        return;
      case "ready":
      case "taken":
        return;
    }
  }

  #onJoined(host: Host, handles: readonly number[], at: number): void {
    const joined = handles.flatMap((handle) => {
      const live = this.#byHandle.get(handle);
      return live?.host === host && live.joined ? [{ live, incarnation: live.incarnation }] : [];
    });
    void this.#writer.task(async () => {
      const rows = [];
      for (const { live, incarnation } of joined) {
        if (live.incarnation !== incarnation) continue;
        const progress = await this.#o.store.effects.progress(live.ruleId);
        const known = Math.max(progress?.applied.offset ?? 0, live.offset, at);
        rows.push({ rule_id: live.ruleId, slot: host.floor, applied: { offset: known, effects: 0 } });
        live.status = "running";
      }
      await this.#o.store.effects.place(rows);
      this.#wakeWaiters();
    }).catch(this.#o.onFatal);
  }

  /** A host left the ring: its actors go on privately from where they stand. */
  async #onDetached(host: Host, actors: readonly DetachedActor[]): Promise<void> {
    this.#o.logger.warn("a worker fell behind and catches up from the log", { worker: host.slot });
    for (const { handle, incarnation, offset, version } of actors) {
      const live = this.#incarnation(handle, incarnation);
      if (live === undefined) continue;
      this.#unsubscribe(live);
      live.status = "catching_up";
      live.offset = offset;
      if (live.compiled.row.version !== version) {
        this.#mean(live, compileVersion(await this.#version(live.ruleId, version)));
      }
      this.#catchUp.add(live);
    }
  }

  #onLost(host: Host, reason: string, crumb: Breadcrumb): void {
    this.#hosts.drop(host);
    this.checkpoints.abandon(host);
    const blamed = crumb.phase === "idle" ? undefined : this.#byHandle.get(crumb.handle);
    const crash = {
      error: reason,
      phase: crumb.phase,
      first: crumb.first,
      next: crumb.first,
      offset: crumb.offset,
    };
    for (const live of this.#rules.values()) {
      if (live.host !== host) continue;
      if (live === blamed) void this.#onCrash(live, crash, "alone").catch(this.#o.onFatal);
      else if (blamed !== undefined) this.#restart(live, { suspectBelow: 0, wish: wishOf(live) });
      else {void this.#onCrash(live, { ...crash, phase: "idle", offset: -1 }, wishOf(live)).catch(
          this.#o.onFatal,
        );}
    }
  }

  // ---- small answers

  #incarnation(handle: number, incarnation: number): LiveRule | undefined {
    const live = this.#byHandle.get(handle);
    return live?.incarnation === incarnation ? live : undefined;
  }

  #ruleOf(frame: RuleFrame): string | null {
    return this.#incarnation(frame.handle, frame.incarnation)?.ruleId ?? null;
  }

  async #makeAlerts(frame: RuleFrame) {
    const live = present(this.#byHandle.get(frame.handle), "the rule of a frame");
    if (frame.alerts.length === 0) return [];
    const compiled = live.compiled.row.version === frame.version
      ? live.compiled
      : compileVersion(await this.#version(live.ruleId, frame.version));
    const making = { clock: this.#o.clock, records: this.#records, channels: this.#o.channels };
    const made = [];
    for (const effect of frame.alerts) made.push(await makeAlert(making, compiled, effect));
    return made;
  }

  #tellAlerts(alerts: readonly StoredAlert[], deliveries: readonly Delivery[]): void {
    this.#o.onAlerts(alerts, deliveries);
    for (const listener of this.#listeners) listener(alerts);
  }

  #isApplied(offset: number): boolean {
    assert(Number.isSafeInteger(offset), "offsets are integers");
    if (this.#router.cursor < offset || this.#catchUp.busy) return false;
    for (const live of this.#rules.values()) {
      if (live.status !== "running" || live.host === null) return false;
      if (Math.max(this.#writer.committed(live.host), live.offset) < offset) return false;
    }
    return true;
  }

  #wakeWaiters(): void {
    for (const check of this.#waiters) check();
  }

  #inspect(live: LiveRule): Promise<{ keys: number; state_bytes: number } | null> {
    const { host, handle } = live;
    if (host === null) return Promise.resolve(null);
    const id = ++this.#inspected;
    return new Promise((resolve) => {
      const late = this.#o.clock.after(INSPECT_MS_MAX, () => {
        this.#inspections.delete(id);
        resolve(null);
      });
      this.#inspections.set(id, (figures) => {
        late.cancel();
        resolve({ keys: figures.keys, state_bytes: figures.state_bytes });
      });
      host.send({ kind: "inspect", handle, id });
    });
  }
}

interface Beginning {
  newest: RuleVersion;
  /** Start reading here, leaving out what lies before; null = where its state ends. */
  skipTo: number | null;
  suspectBelow: number;
  wish: PlacementWish;
  /** Mean the newest version from the start, whatever was in force. */
  newestAtOnce?: boolean;
}

function wishOf(live: LiveRule): PlacementWish {
  return live.compiled.rule.isolation;
}
