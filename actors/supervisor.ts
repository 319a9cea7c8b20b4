/**
 * The supervisor: the parts that keep rules running (put together in supervisor_parts.ts), and their face
 * to the outside. Rules begin and end in actor_life.ts, change along the log in rule_follower.ts, come back
 * from failures in recovery.ts; catch_up.ts feeds those that are behind; what they decide is written by
 * effect_writer.ts; their state is kept by checkpoints.ts. How far each is, and what went wrong, is in the
 * store.
 */
import type { Clock } from "../src/base/clock.ts";
import type { Logger } from "../src/base/logging.ts";
import type { Metrics } from "../src/base/metrics.ts";
import { instant } from "../src/base/event_time.ts";
import { Problem } from "../src/base/problem.ts";
import type { BaselineFigures, KeyDocument } from "../src/engine/command.ts";
import type { Explanation } from "../src/engine/explain.ts";
import type { ParsedRecord } from "../src/ingest/parsed_record.ts";
import { timeRecord } from "../src/ingest/time_record.ts";
import type { Channel } from "../src/model/channel.ts";
import type { Delivery } from "../src/model/delivery.ts";
import type { StoredAlert } from "../src/store/effect_store.ts";
import type { ErrorEntry } from "../src/store/figure_store.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import type { Store } from "../src/store/store.ts";
import type { Caller } from "./caller.ts";
import type { Checkpoints } from "./checkpoints.ts";
import type { Control, RuleStateReport, RunningRule, SupervisorStatus } from "./control.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import { compileVersion, type LiveRule } from "./live_rule.ts";
import type { LookupImages } from "./lookup_images.ts";
import type { DetachedActor, FromHost } from "./messages.ts";
import type { Poller } from "./poller.ts";
import { watermarkLag } from "./rule_figures.ts";
import type { RoutingDesk } from "./routing_desk.ts";
import { assembleParts, type SupervisorParts } from "./supervisor_parts.ts";

export interface SupervisorOptions {
  store: Store;
  fleet: Fleet;
  clock: Clock;
  logger: Logger;
  /** Where its parts count; absent: nowhere that anybody looks. */
  metrics: Metrics;
  /** Workers that rules may use. */
  workers: number;
  /** Frames of effects gather this long between two transactions, ms; absent = not at all. */
  commitGapMs?: number;
  /** Lookup tables in shared memory; absent: a store of them of its own. */
  images?: LookupImages;
  /** Names this start of the process in leases. */
  owner: string;
  /** Polls the values of rules that name an endpoint; absent: nobody does. */
  poller?: Pick<Poller, "follow" | "report">;
  /** Makes the calls that rules want; absent: nobody does. */
  caller?: Pick<Caller, "follow" | "offer" | "report">;
  channels(): readonly Channel[];
  /** Routes, silences, inhibitions; absent: there are none. */
  routing?: RoutingDesk;
  onAlerts(alerts: readonly StoredAlert[], deliveries: readonly Delivery[]): void;
  /** A rule threw, hung or took too much memory. */
  onError?(error: ErrorEntry): void;
  onFatal(error: unknown): void;
}

export class Supervisor implements Control {
  readonly #o: SupervisorOptions;
  readonly #p: SupervisorParts;
  readonly #listeners = new Set<(alerts: readonly StoredAlert[]) => void>();
  #readyAt = 0;
  #ready = false;
  #stopping = false;

  constructor(options: SupervisorOptions) {
    this.#o = options;
    this.#p = assembleParts(options, {
      onCommitted: (alerts, deliveries) => {
        options.onAlerts(alerts, deliveries);
        for (const listener of this.#listeners) listener(alerts);
      },
    });
    options.fleet.listener = {
      onMessage: (host, message) => this.#take(host, message),
      onLost: (host, reason, crumb) => {
        this.#p.hosts.drop(host);
        this.#p.checkpoints.abandon(host);
        this.#run(this.#p.recovery.onLost(host, reason, crumb));
      },
    };
  }

  get checkpoints(): Checkpoints {
    return this.#p.checkpoints;
  }

  /** Loads every active rule and starts to follow the log from where the slowest of them stands. */
  async start(): Promise<void> {
    const { log, rules } = this.#o.store;
    await this.#p.recovery.open();
    const all = await rules.active();
    const active = all.filter((rule) => this.#p.recovery.quarantineOf(rule.rule_id) === null);
    // One that does not start is told where a rule wants it.
    await this.#p.hosts.warm(Math.min(active.length, this.#o.workers)).catch(() => {});
    let cursor = log.next;
    for (const newest of active) {
      const live = await this.#loadAtStart(newest);
      if (live !== null) cursor = Math.min(cursor, live.offset);
    }
    if (all.some((newest) => this.#goesByTime(newest))) await this.#logStart();
    cursor = Math.max(cursor, log.first);
    for (const host of this.#p.hosts.all()) this.#p.life.attach(host, this.#p.table.of(host), cursor);
    this.#readyAt = log.next;
    this.#p.router.start(cursor);
  }

  /** Records that were just appended, in the order of the log. */
  offer(records: readonly ParsedRecord[]): void {
    for (const { record } of records) this.#p.records.add(record);
    this.#p.router.offer(records);
  }

  /** Resolves when intake may append more. */
  room(): Promise<void> {
    return this.#p.router.room();
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
    this.#p.checkpoints.stop();
    this.#p.writer.stop();
    // The hosts go first: nobody waits for one that hangs.
    const ended = [this.#p.catchUp.stop(), this.#p.router.stop()];
    await this.#o.fleet[Symbol.asyncDispose]();
    await Promise.all(ended);
  }

  hosts(): Host[] {
    return this.#p.hosts.all();
  }

  /** Events that the slowest reader of the feed is behind the log. */
  lag(): number {
    let slowest = this.#p.router.cursor;
    for (const host of this.#p.hosts.all()) {
      const committed = this.#p.writer.committed(host);
      // One that has just begun has said nothing yet.
      if (host.attached && committed > 0) slowest = Math.min(slowest, committed);
    }
    return Math.max(0, this.#o.store.log.next - slowest);
  }

  /** The lowest offsets that rules may still replay from. A rule without a snapshot needs all it has seen. */
  async needed(): Promise<{ running: number; quarantined: number }> {
    const { log, snapshots } = this.#o.store;
    const kept = await snapshots.allOffsets();
    let running = this.#p.router.cursor;
    for (const live of this.#p.table.all()) {
      running = Math.min(
        running,
        kept.get(live.ruleId) ?? Math.min(live.offset, live.compiled.row.from_offset),
      );
    }
    let quarantined = log.next;
    for (const { rule_id, offset } of this.#p.recovery.all()) {
      quarantined = Math.min(quarantined, kept.get(rule_id) ?? offset);
    }
    return { running, quarantined };
  }

  async ruleState(ruleId: string): Promise<RuleStateReport | undefined> {
    const { store } = this.#o;
    const live = this.#p.table.get(ruleId);
    const newest = live?.compiled.row ?? await store.rules.get(ruleId);
    if (newest === undefined) return undefined;
    this.#p.progress.refresh();
    const progress = await store.effects.progress(ruleId);
    const quarantine = this.#p.recovery.quarantineOf(ruleId);
    const figures = live === undefined ? null : await this.#p.inspections.ask(live);
    const applied = Math.max(progress?.applied.offset ?? 0, live?.offset ?? 0);
    const lost = quarantine !== null && quarantine.offset < store.log.first;
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
      watermark: figures === null || figures.watermark === null ? null : instant(figures.watermark),
      watermark_lag_seconds: watermarkLag(figures?.watermark ?? null, this.#o.clock),
      open_windows: figures?.open_windows ?? null,
      partials: figures?.partials ?? null,
      pending: figures?.pending ?? null,
      late: live?.late ?? [],
      poll: this.#o.poller?.report(ruleId) ?? null,
      waiting: figures?.waiting ?? null,
      calls: this.#o.caller?.report(ruleId) ?? null,
      restarts: live?.restarts.total ?? 0,
      quarantine,
      gap: lost ? { from: quarantine.offset, to: store.log.first } : null,
      poison: await store.health.poison(ruleId),
    };
  }

  running(): RunningRule[] {
    const live = [...this.#p.table.all()].map((rule): RunningRule => ({
      rule_id: rule.ruleId,
      status: rule.status,
      cost: { ...rule.cost },
      restarts: rule.restarts.total,
      offset: rule.offset,
    }));
    const idle = { cost: null, restarts: 0, status: "quarantined" as const };
    return [
      ...live,
      ...[...this.#p.recovery.all()].map(({ rule_id, offset }) => ({ rule_id, offset, ...idle })),
    ];
  }

  async baseline(ruleId: string, key: KeyDocument | null): Promise<BaselineFigures | null> {
    const live = this.#p.table.get(ruleId);
    return live === undefined ? null : await this.#p.inspections.baseline(live, key);
  }

  async explain(ruleId: string): Promise<Explanation | null> {
    const live = this.#p.table.get(ruleId);
    return live === undefined ? null : await this.#p.inspections.explain(live);
  }

  resume(ruleId: string, from: "quarantine" | "now"): Promise<void> {
    return this.#p.recovery.resume(ruleId, from);
  }

  /** Alerts that no rule made were committed. */
  announce(alerts: readonly StoredAlert[]): void {
    this.#o.onAlerts(alerts, []);
    for (const listener of this.#listeners) listener(alerts);
  }

  onAlerts(listener: (alerts: readonly StoredAlert[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  applied(offset: number): Promise<void> {
    return this.#p.progress.applied(offset);
  }

  status(): SupervisorStatus {
    this.#p.progress.refresh();
    this.#ready ||= this.#p.router.cursor >= this.#readyAt && this.#p.progress.isApplied(this.#readyAt);
    return {
      workers: this.#p.hosts.all().length,
      rules: this.#p.table.size,
      quarantined: this.#p.recovery.count,
      lag: this.lag(),
      ready: this.#ready && !this.#stopping,
      stopping: this.#stopping,
    };
  }

  ruleSaved(): void {
    this.#p.router.nudge();
  }

  lookupSaved(): void {
    this.#p.router.nudge();
  }

  async stopRule(ruleId: string): Promise<void> {
    const live = this.#p.table.get(ruleId);
    if (live !== undefined) await this.#p.life.remove(live);
    await this.#p.recovery.release(ruleId);
    this.#p.progress.changed();
  }

  /** Whether event time passes for a rule: as it is now, or once it comes to its newest version. */
  #goesByTime(newest: RuleVersion): boolean {
    const live = this.#p.table.get(newest.rule_id);
    if (live !== undefined && live.compiled.plan.clock !== null) return true;
    return live?.compiled.row.version !== newest.version && clockedVersion(newest);
  }

  /** The time that the process was down is no evidence of absence (SEMANTICS 9). */
  async #logStart(): Promise<void> {
    const { store: { log }, clock } = this.#o;
    await log.append([timeRecord("start", Math.max(clock.now(), log.lastArrival))]);
  }

  /** A rule that this release does not accept any more is put aside, not dropped. */
  async #loadAtStart(newest: RuleVersion): Promise<LiveRule | null> {
    try {
      const live = this.#p.table.create(compileVersion(newest));
      await this.#p.life.load(live, { newest });
      return live;
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      const { store, clock } = this.#o;
      const offset = (await store.effects.progress(newest.rule_id))?.applied.offset ?? newest.from_offset;
      await this.#p.recovery.quarantine({
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
        return this.#p.writer.frame(host, message.frame);
      case "costs":
        return this.#p.table.noteCosts(message.costs);
      case "joined":
        return this.#run(
          this.#p.life.joined(host, message.actors, message.at).then(() => this.#p.progress.changed()),
        );
      case "crashed": {
        const { handle, incarnation } = message.crash;
        const live = this.#p.table.incarnation(handle, incarnation);
        if (live !== undefined) this.#run(this.#p.recovery.onCrash(live, message.crash));
        return;
      }
      case "detached":
        return this.#run(this.#onDetached(host, message.actors));
      case "chunks":
      case "checkpointed":
        return this.#p.checkpoints.take(host, message);
      case "inspected":
        return this.#p.inspections.answer(message);
      case "ready":
      case "taken":
        return;
    }
  }

  /** A host left the ring: its actors go on privately from where they stand. */
  async #onDetached(host: Host, actors: readonly DetachedActor[]): Promise<void> {
    this.#o.logger.warn("a worker fell behind and catches up from the log", { worker: host.slot });
    const left = actors.flatMap((actor) => {
      const live = this.#p.table.incarnation(actor.handle, actor.incarnation);
      // One that has not joined is fed privately as it is.
      return live?.joined ? [{ live, ...actor }] : [];
    });
    await this.#p.life.detached(left.map(({ live }) => live));
    for (const { live, incarnation, offset, version } of left) {
      const compiled = await this.#p.table.version(live.ruleId, version);
      if (live.incarnation !== incarnation) continue;
      live.offset = offset;
      this.#p.table.mean(live, compiled);
      this.#p.catchUp.add(live);
    }
  }

  async #settle(): Promise<void> {
    await this.applied(this.#o.store.log.next);
    await Promise.all(this.#p.hosts.all().map((host) => this.#p.checkpoints.request(host)));
    await this.#p.writer.drain();
  }

  #run(work: Promise<void>): void {
    void work.catch(this.#o.onFatal);
  }
}

function clockedVersion(row: RuleVersion): boolean {
  try {
    return compileVersion(row).plan.clock !== null;
  } catch (error) {
    if (error instanceof Problem) return false;
    throw error;
  }
}
