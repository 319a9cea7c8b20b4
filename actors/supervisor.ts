/**
 * The supervisor: puts the parts together that keep rules running, and is their face to the outside. Rules
 * begin and end in actor_life.ts, change along the log in rule_follower.ts, come back from failures in
 * recovery.ts; catch_up.ts feeds those that are behind; what they decide is written by effect_writer.ts;
 * their state is kept by checkpoints.ts. How far each is, and what went wrong, is in the store.
 */
import { assert, present } from "../src/base/assert.ts";
import type { Clock } from "../src/base/clock.ts";
import type { Logger } from "../src/base/logging.ts";
import { Problem } from "../src/base/problem.ts";
import { Encoder } from "../src/batch/encoder.ts";
import type { ParsedRecord } from "../src/ingest/parsed_record.ts";
import { RecordCache } from "../src/ingest/record_cache.ts";
import { Router } from "../src/ingest/router.ts";
import type { Channel } from "../src/model/channel.ts";
import type { Delivery } from "../src/model/delivery.ts";
import type { StoredAlert } from "../src/store/effect_store.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import type { Store } from "../src/store/store.ts";
import { ActorLife } from "./actor_life.ts";
import { makeAlert } from "./alert_maker.ts";
import { CatchUp } from "./catch_up.ts";
import { Checkpoints } from "./checkpoints.ts";
import type { Control, RuleStateReport, SupervisorStatus } from "./control.ts";
import { EffectWriter } from "./effect_writer.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import { Hosts } from "./hosts.ts";
import { Inspections } from "./inspections.ts";
import { compileVersion, type LiveRule } from "./live_rule.ts";
import type { DetachedActor, FromHost, RuleFrame } from "./messages.ts";
import { Placement } from "./placement.ts";
import { Recovery } from "./recovery.ts";
import { RuleFollower } from "./rule_follower.ts";
import { RuleTable } from "./rule_table.ts";

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
  readonly checkpoints: Checkpoints;
  readonly #o: SupervisorOptions;
  readonly #encoder: Encoder;
  readonly #table: RuleTable;
  readonly #records: RecordCache;
  readonly #router: Router;
  readonly #catchUp: CatchUp;
  readonly #writer: EffectWriter;
  readonly #hosts: Hosts;
  readonly #life: ActorLife;
  readonly #follower: RuleFollower;
  readonly #recovery: Recovery;
  readonly #inspections: Inspections;
  readonly #listeners = new Set<(alerts: readonly StoredAlert[]) => void>();
  readonly #waiters = new Set<() => void>();
  #readyAt = 0;
  #ready = false;
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#o = options;
    const { store, clock, logger, fleet, onFatal } = options;
    this.#table = new RuleTable(store.rules, clock);
    const { registry, topics } = this.#table;
    this.#encoder = new Encoder(registry);
    this.#records = new RecordCache(store.log);
    this.#hosts = new Hosts(fleet);
    this.#inspections = new Inspections(clock);
    this.#writer = new EffectWriter({
      effects: store.effects,
      maker: {
        make: (frame) => this.#makeAlerts(frame),
        ruleOf: (frame) => this.#table.incarnation(frame.handle, frame.incarnation)?.ruleId ?? null,
      },
      clock,
      logger,
      owner: options.owner,
      onCommitted: (alerts, deliveries) => this.#tellAlerts(alerts, deliveries),
      onProgress: () => this.#wakeWaiters(),
      onStale: (ruleId) => this.#run(this.#recovery.onStale(ruleId)),
      onFatal,
    });
    this.#life = new ActorLife({
      store,
      fleet,
      hosts: this.#hosts,
      placement: new Placement(options.workers),
      table: this.#table,
      writer: this.#writer,
      encoder: this.#encoder,
      catchUp: () => this.#catchUp,
    });
    this.#recovery = new Recovery({
      store,
      table: this.#table,
      life: this.#life,
      clock,
      logger,
      cursor: () => this.#router.cursor,
      onChange: () => this.#wakeWaiters(),
    });
    this.#follower = new RuleFollower({
      store,
      fleet,
      table: this.#table,
      life: this.#life,
      writer: this.#writer,
      isQuarantined: (ruleId) => this.#recovery.quarantineOf(ruleId) !== null,
      onError: onFatal,
    });
    this.#router = new Router({
      log: store.log,
      encoder: this.#encoder,
      feed: fleet.feed,
      topics,
      clock,
      onRuleRecord: (record) => this.#follower.follow(record),
      onError: onFatal,
    });
    this.#catchUp = new CatchUp({
      log: store.log,
      registry,
      topics,
      clock,
      router: () => this.#router,
      onRuleRecord: (live, record) => this.#follower.pass(live, record),
      join: (host, rules, at) => this.#life.join(host, rules, at),
      onError: onFatal,
    });
    this.checkpoints = new Checkpoints({
      snapshots: store.snapshots,
      writer: this.#writer,
      clock,
      logger,
      ruleOf: (handle, incarnation) => this.#table.incarnation(handle, incarnation),
      onFatal,
    });
    fleet.listener = {
      onMessage: (host, message) => this.#take(host, message),
      onLost: (host, reason, crumb) => {
        this.#hosts.drop(host);
        this.checkpoints.abandon(host);
        this.#run(this.#recovery.onLost(host, reason, crumb));
      },
    };
  }

  /** Loads every active rule and starts to follow the log from where the slowest of them stands. */
  async start(): Promise<void> {
    const { log, rules } = this.#o.store;
    await this.#recovery.open();
    let cursor = log.next;
    for (const newest of await rules.active()) {
      if (this.#recovery.quarantineOf(newest.rule_id) !== null) continue;
      const live = await this.#loadAtStart(newest);
      if (live !== null) cursor = Math.min(cursor, live.offset);
    }
    cursor = Math.max(cursor, log.first);
    for (const host of this.#hosts.all()) this.#life.attach(host, this.#table.of(host), cursor);
    this.#readyAt = log.next;
    this.#router.start(cursor);
  }

  /** Records that were just appended, in the order of the log. */
  offer(records: readonly ParsedRecord[]): void {
    for (const { record } of records) this.#records.add(record);
    this.#router.offer(records);
  }

  /** Resolves when intake may append more. */
  room(): Promise<void> {
    return this.#router.room();
  }

  /** Lets everything accepted be applied for up to `ms`, takes a last checkpoint, and stops. */
  async stop(ms: number): Promise<void> {
    this.#stopping = true;
    const deadline = Promise.withResolvers<void>();
    const timer = this.#o.clock.after(ms, deadline.resolve);
    try {
      await Promise.race([this.#settle(), deadline.promise]);
    } finally {
      timer.cancel();
      await this.#end();
    }
  }

  async #end(): Promise<void> {
    this.checkpoints.stop();
    this.#writer.stop();
    // The hosts go first: nobody waits for one that hangs.
    const ended = [this.#catchUp.stop(), this.#router.stop()];
    await this.#o.fleet[Symbol.asyncDispose]();
    await Promise.all(ended);
  }

  hosts(): Host[] {
    return this.#hosts.all();
  }

  /** Events that the slowest reader of the feed is behind the log. */
  lag(): number {
    let slowest = this.#router.cursor;
    for (const host of this.#hosts.all()) {
      const committed = this.#writer.committed(host);
      // One that has just begun has said nothing yet.
      if (host.attached && committed > 0) slowest = Math.min(slowest, committed);
    }
    return Math.max(0, this.#o.store.log.next - slowest);
  }

  async ruleState(ruleId: string): Promise<RuleStateReport | undefined> {
    const { store } = this.#o;
    const live = this.#table.get(ruleId);
    const newest = live?.compiled.row ?? await store.rules.get(ruleId);
    if (newest === undefined) return undefined;
    const progress = await store.effects.progress(ruleId);
    const quarantine = this.#recovery.quarantineOf(ruleId);
    const figures = live === undefined ? null : await this.#inspections.ask(live);
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

  resume(ruleId: string, from: "quarantine" | "now"): Promise<void> {
    return this.#recovery.resume(ruleId, from);
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
    this.#ready ||= this.#router.cursor >= this.#readyAt && this.#isApplied(this.#readyAt);
    return {
      workers: this.#hosts.all().length,
      rules: this.#table.size,
      quarantined: this.#recovery.count,
      lag: this.lag(),
      ready: this.#ready && !this.#stopping,
    };
  }

  ruleSaved(): void {
    this.#router.nudge();
  }

  async stopRule(ruleId: string): Promise<void> {
    const live = this.#table.get(ruleId);
    if (live !== undefined) await this.#life.remove(live);
    await this.#recovery.release(ruleId);
    this.#wakeWaiters();
  }

  /** A rule that this release does not accept any more is put aside, not dropped. */
  async #loadAtStart(newest: RuleVersion): Promise<LiveRule | null> {
    try {
      const live = this.#table.create(compileVersion(newest));
      await this.#life.load(live, { newest });
      return live;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const { store, clock } = this.#o;
      const offset = (await store.effects.progress(newest.rule_id))?.applied.offset ?? newest.from_offset;
      await this.#recovery.quarantine({
        rule_id: newest.rule_id,
        reason: error.message,
        offset,
        at: clock.now(),
      });
      return null;
    }
  }

  #take(host: Host, message: FromHost): void {
    switch (message.kind) {
      case "frame":
        return this.#writer.frame(host, message.frame);
      case "joined":
        return this.#run(
          this.#life.joined(host, message.handles, message.at).then(() => this.#wakeWaiters()),
        );
      case "crashed": {
        const { handle, incarnation } = message.crash;
        const live = this.#table.incarnation(handle, incarnation);
        if (live !== undefined) this.#run(this.#recovery.onCrash(live, message.crash));
        return;
      }
      case "detached":
        return this.#run(this.#onDetached(host, message.actors));
      case "chunks":
      case "checkpointed":
        return this.checkpoints.take(host, message);
      case "inspected":
        return this.#inspections.answer(message.id, message);
      case "ready":
      case "taken":
        return;
    }
  }

  /** A host left the ring: its actors go on privately from where they stand. */
  async #onDetached(host: Host, actors: readonly DetachedActor[]): Promise<void> {
    this.#o.logger.warn("a worker fell behind and catches up from the log", { worker: host.slot });
    const left = actors.flatMap((actor) => {
      const live = this.#table.incarnation(actor.handle, actor.incarnation);
      // One that has not joined is fed privately as it is.
      return live?.joined ? [{ live, ...actor }] : [];
    });
    await this.#life.detached(left.map(({ live }) => live));
    for (const { live, incarnation, offset, version } of left) {
      const compiled = await this.#table.version(live.ruleId, version);
      if (live.incarnation !== incarnation) continue;
      live.offset = offset;
      this.#table.mean(live, compiled);
      this.#catchUp.add(live);
    }
  }

  async #makeAlerts(frame: RuleFrame) {
    const live = present(this.#table.byHandle(frame.handle), "the rule of a frame");
    if (frame.alerts.length === 0) return [];
    const compiled = await this.#table.version(live.ruleId, frame.version);
    const making = { clock: this.#o.clock, records: this.#records, channels: this.#o.channels };
    const made = [];
    for (const effect of frame.alerts) made.push(await makeAlert(making, compiled, effect));
    return made;
  }

  #tellAlerts(alerts: readonly StoredAlert[], deliveries: readonly Delivery[]): void {
    this.#o.onAlerts(alerts, deliveries);
    for (const listener of this.#listeners) listener(alerts);
  }

  async #settle(): Promise<void> {
    await this.applied(this.#o.store.log.next);
    await Promise.all(this.#hosts.all().map((host) => this.checkpoints.request(host)));
    await this.#writer.drain();
  }

  #isApplied(offset: number): boolean {
    assert(Number.isSafeInteger(offset), "offsets are integers");
    if (this.#router.cursor < offset || this.#catchUp.busy) return false;
    for (const live of this.#table.all()) {
      if (live.status !== "running" || live.host === null) return false;
      if (Math.max(this.#writer.committed(live.host), live.offset) < offset) return false;
    }
    return true;
  }

  #wakeWaiters(): void {
    for (const check of this.#waiters) check();
  }

  #run(work: Promise<void>): void {
    void work.catch(this.#o.onFatal);
  }
}
