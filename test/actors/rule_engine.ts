/**
 * The engine without HTTP: store, appender, supervisor, on Workers or inline, for tests that feed events
 * and look at alerts.
 */
import { type Clock, systemClock, turn } from "../../src/base/clock.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { silentLogger } from "../../src/base/logging.ts";
import { Metrics } from "../../src/base/metrics.ts";
import type { HttpPort } from "../../src/channel/http.ts";
import { Appender } from "../../src/ingest/appender.ts";
import type { EventSlice } from "../../src/ingest/event_slice.ts";
import type { Receipt } from "../../src/ingest/intake.ts";
import { encodeRuleRecord } from "../../src/ingest/rule_record.ts";
import type { RuleChange, RuleVersion } from "../../src/store/rule_store.ts";
import type { Store } from "../../src/store/store.ts";
import type { Alert } from "../../src/model/alert.ts";
import type { Probe } from "../../actors/actor_set.ts";
import type { Fleet } from "../../actors/fleet.ts";
import { Caller } from "../../actors/caller.ts";
import { InlineFleet } from "../../actors/inline_fleet.ts";
import { Supervisor } from "../../actors/supervisor.ts";
import { WorkerFleet, type WorkerFleetOptions } from "../../actors/worker_fleet.ts";

export interface RuleEngineOptions {
  store: Store;
  fleet?: Fleet;
  workers?: number;
  probe?: Probe;
  clock?: Clock;
  /** Where the calls of rules go; absent: nobody makes them. */
  http?: HttpPort;
}

const encoder = new TextEncoder();

/** A slice of events as the parser would make it. */
export function sliceOf(events: readonly JsonObject[]): EventSlice {
  const texts = events.map((event) => encoder.encode(JSON.stringify(event)));
  const lines = new Uint32Array(events.length + 1);
  texts.forEach((text, i) => lines[i + 1] = lines[i]! + text.byteLength + 1);
  const body = new Uint8Array(lines[events.length]! - 1);
  texts.forEach((text, i) => {
    body.set(text, lines[i]!);
    if (i > 0) body[lines[i]! - 1] = 0x0a;
  });
  return { events, body, lines };
}

export function workerFleet(options: Partial<WorkerFleetOptions> = {}): WorkerFleet {
  return new WorkerFleet({
    clock: systemClock,
    logger: silentLogger,
    cores: 2,
    entry: new URL("../../actors/rule_worker.ts", import.meta.url),
    ...options,
  });
}

export class RuleEngine implements AsyncDisposable {
  readonly store: Store;
  readonly supervisor: Supervisor;
  readonly appender: Appender;
  readonly #caller: Caller | null;
  readonly metrics = new Metrics();
  readonly errors: unknown[] = [];
  /** Resolves at the first fatal error. */
  readonly failed: Promise<void>;
  readonly #clock: Clock;
  #stopped = false;

  constructor(options: RuleEngineOptions) {
    this.store = options.store;
    const clock = this.#clock = options.clock ?? systemClock;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.failed = promise;
    const onFatal = (error: unknown) => {
      this.errors.push(error);
      resolve();
    };
    const { http, store: { log } } = options;
    const { metrics } = this;
    const onLogged = () => this.supervisor.ruleSaved();
    this.#caller = http === undefined
      ? null
      : new Caller({ http, clock, logger: silentLogger, metrics, log, onLogged, onFatal });
    this.supervisor = new Supervisor({
      store: options.store,
      fleet: options.fleet ?? new InlineFleet(options.probe ?? null),
      clock,
      logger: silentLogger,
      metrics: this.metrics,
      workers: options.workers ?? 4,
      owner: "test",
      ...(this.#caller !== null && { caller: this.#caller }),
      channels: () => [],
      onAlerts: () => {},
      onFatal,
    });
    this.appender = new Appender({
      log: options.store.log,
      clock,
      lag: () => 0,
      room: () => this.supervisor.room(),
      onAppended: (records) => this.supervisor.offer(records),
      onFatal,
    });
  }

  static async start(options: RuleEngineOptions): Promise<RuleEngine> {
    const engine = new RuleEngine(options);
    await engine.supervisor.start();
    return engine;
  }

  post(events: readonly JsonObject[], topic = "default"): Promise<Receipt> {
    return this.appender.submit(topic, [sliceOf(events)]);
  }

  async saveRule(
    ruleId: string,
    doc: JsonObject,
    options: { change?: RuleChange; generation?: number; start?: number } = {},
  ): Promise<RuleVersion> {
    const before = await this.store.rules.latest(ruleId);
    const version = (before?.version ?? 0) + 1;
    const change = options.change ?? (before === undefined ? "created" : "updated");
    const said = options.start === undefined ? {} : { start: options.start };
    const body = encodeRuleRecord({ rule_id: ruleId, version, change, ...said });
    const now = this.#clock.now();
    const saved = await this.store.rules.save({
      rule_id: ruleId,
      version,
      generation: options.generation ?? before?.generation ?? 1,
      change,
      active: change !== "disabled" && change !== "deleted",
      doc: { rule_name: ruleId, trigger_type: "event", ...doc },
      created_at: now,
      updated_at: now,
    }, {
      kind: "rule",
      topic: "",
      count: 1,
      arrival: now,
      body,
      lines: Uint32Array.of(0, body.byteLength + 1),
    });
    this.supervisor.ruleSaved();
    return saved;
  }

  /** Switches a rule off, on or away, as rule_control.ts does. */
  async switchRule(ruleId: string, change: "disabled" | "enabled" | "deleted"): Promise<RuleVersion> {
    const before = await this.store.rules.latest(ruleId);
    const generation = (before?.generation ?? 0) + (change === "enabled" ? 1 : 0);
    const saved = await this.saveRule(ruleId, before?.doc ?? {}, { change, generation });
    if (change !== "enabled") await this.supervisor.stopRule(ruleId);
    return saved;
  }

  /** Lets time pass in the log. */
  async tick(): Promise<void> {
    const { log } = this.store;
    const arrival = Math.max(this.#clock.now(), log.lastArrival);
    const body = new Uint8Array(0);
    const record = { kind: "tick", topic: "", count: 1, arrival, body, lines: Uint32Array.of(0, 1) } as const;
    const [first] = await log.append([record]);
    this.supervisor.offer([{ record: { ...record, first: first! }, events: [] }]);
  }

  /** Writes the state of all actors down. */
  async checkpoint(): Promise<void> {
    await Promise.all(this.supervisor.hosts().map((host) => this.supervisor.checkpoints.request(host)));
  }

  /** Waits until everything in the log is applied. */
  settle(): Promise<void> {
    return this.supervisor.applied(this.store.log.next);
  }

  /** Waits until all calls that events wanted are answered, and what they come to is told. */
  async answered(): Promise<void> {
    for (let settled = -1; settled < this.store.log.next;) {
      settled = this.store.log.next;
      await this.settle();
      while (this.#caller?.isIdle === false) {
        if (this.#stopped) return;
        await turn(systemClock);
      }
    }
  }

  /** All alerts, oldest first. */
  async alerts(): Promise<Alert[]> {
    const stored = await this.store.effects.alertsAfter(0, 1_000_000);
    return stored.map((one) => one.alert);
  }

  async counters(ruleId: string): Promise<Record<string, number>> {
    return (await this.store.effects.progress(ruleId))?.counters ?? {};
  }

  /** @param ms how long what was accepted may take to be applied */
  async stop(ms = 2000): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    await this.#caller?.stop();
    await this.appender.close();
    await this.supervisor.stop(ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    if (this.errors.length > 0) throw new AggregateError(this.errors, "the engine met fatal errors");
  }
}
