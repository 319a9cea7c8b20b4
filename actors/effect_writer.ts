/**
 * Turns what actors decided into durable alerts and deliveries, strictly in the order it was told: frames,
 * and the changes of placement between them, go through one queue. One transaction per turn; a frame counts
 * only for the incarnation that its rule runs as now. Only after COMMIT are frames acknowledged, deliveries
 * offered to the notifier and listeners told.
 */
import { assert } from "../src/base/assert.ts";
import { type Clock, sleep, turn } from "../src/base/clock.ts";
import type { Logger } from "../src/base/logging.ts";
import type { Counter, Metrics } from "../src/base/metrics.ts";
import type { Delivery } from "../src/model/delivery.ts";
import type {
  AlertWrite,
  EffectFrame,
  EffectStore,
  StoredAlert,
  WorkerFloor,
} from "../src/store/effect_store.ts";
import { StorageBusyError, StorageFullError } from "../src/store/event_log.ts";
import { LEASE_MS } from "../src/store/outbox.ts";
import type { Host } from "./host.ts";
import type { Frame, RuleFrame } from "./messages.ts";

/** Alerts of one transaction; more wait for the next turn. */
const COMMIT_ALERTS_MAX = 500;
const GAP_FRAMES_MAX = 16;
const RETRY_MS = 1000;

export interface AlertSource {
  /** The documents of a frame, with the deliveries that each asks for. */
  make(frame: RuleFrame): Promise<AlertWrite[]>;
  /** The rule of a frame; null when the frame is not of its running incarnation. */
  ruleOf(frame: RuleFrame): string | null;
}

export interface EffectWriterOptions {
  effects: EffectStore;
  maker: AlertSource;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** Between two transactions, ms, unless much waits: each costs about as much as ten alerts. */
  gapMs: number;
  /** Owner of the leases of new deliveries. */
  owner: string;
  onCommitted(alerts: readonly StoredAlert[], deliveries: readonly Delivery[]): void;
  /** Floors or rules have moved. */
  onProgress(): void;
  /** Events came too late for a rule. */
  onLate(frame: RuleFrame): void;
  /** Calls of endpoints are wanted. */
  onCalls(ruleId: string, frame: RuleFrame): void;
  /** A frame was refused by the store: the actor that sent it must be restarted. */
  onStale(ruleId: string): void;
  onFatal(error: unknown): void;
}

type Entry =
  | { kind: "frame"; host: Host; frame: Frame }
  | { kind: "task"; run: () => Promise<void> };

export class EffectWriter {
  readonly #options: EffectWriterOptions;
  readonly #counted: Counter;
  readonly #queue: Entry[] = [];
  readonly #committed = new WeakMap<Host, number>();
  /** Cleared in the same turn in which the queue was found empty, so that no entry is overlooked. */
  #running = false;
  #committedAt = -Infinity;
  #stopped = false;

  constructor(options: EffectWriterOptions) {
    this.#options = options;
    this.#counted = options.metrics.counter(
      "tocsin_rule_counts_total",
      "Counters of rules, summed over all rules.",
    );
  }

  /** Takes a frame; it is committed soon, in order. */
  frame(host: Host, frame: Frame): void {
    this.#push({ kind: "frame", host, frame });
  }

  /** Runs `run` behind everything told so far, and before what follows. */
  task<T>(run: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#push({ kind: "task", run: () => run().then(resolve, reject) });
    });
  }

  /** The offset up to which all joined actors of a host are durably applied. */
  committed(host: Host): number {
    return this.#committed.get(host) ?? 0;
  }

  /** Resolves when everything told so far is committed. */
  drain(): Promise<void> {
    return this.task(() => Promise.resolve());
  }

  /** Drops what waits; nothing is written from here on. */
  stop(): void {
    this.#stopped = true;
    this.#queue.length = 0;
  }

  #push(entry: Entry): void {
    if (this.#stopped) return;
    this.#queue.push(entry);
    if (this.#running) return;
    this.#running = true;
    void this.#run();
  }

  async #run(): Promise<void> {
    // Appends of this turn go first (INVARIANTS 20).
    await turn(this.#options.clock);
    while (this.#queue.length > 0 && !this.#stopped) {
      const entry = this.#queue[0]!;
      if (entry.kind === "task") {
        this.#queue.shift();
        await entry.run();
      } else {
        await this.#gap();
        await this.#commit(this.#takeFrames());
        this.#committedAt = this.#options.clock.monotonic();
        await turn(this.#options.clock);
      }
    }
    this.#running = false;
  }

  /** Under a steady stream of alerts, lets some gather: a lone one is written at once. */
  async #gap(): Promise<void> {
    const { clock, gapMs } = this.#options;
    const wait = this.#committedAt + gapMs - clock.monotonic();
    if (wait > 0 && this.#queue.length < GAP_FRAMES_MAX) await sleep(clock, wait);
  }

  #takeFrames(): { host: Host; frame: Frame }[] {
    const taken: { host: Host; frame: Frame }[] = [];
    let alerts = 0;
    for (
      let next = this.#queue[0];
      next?.kind === "frame" && alerts < COMMIT_ALERTS_MAX;
      next = this.#queue[0]
    ) {
      this.#queue.shift();
      taken.push(next);
      for (const rule of next.frame.rules) alerts += rule.alerts.length;
    }
    return taken;
  }

  async #commit(taken: readonly { host: Host; frame: Frame }[]): Promise<void> {
    const { effects, owner, clock } = this.#options;
    const floors = new Map<number, WorkerFloor>();
    for (const { host, frame } of taken) {
      if (frame.upto !== null) floors.set(host.floor, { slot: host.floor, applied: frame.upto });
    }
    const written = await this.waitOut(async () => {
      const frames = await this.#toFrames(taken);
      const leaseUntil = clock.now() + LEASE_MS;
      return {
        frames,
        answer: await effects.commit({ frames, floors: [...floors.values()], owner, leaseUntil }),
      };
    });
    if (written === null) return;
    for (const { host, frame } of taken) {
      for (const rule of frame.rules) this.#pass(rule);
      if (frame.upto !== null) this.#committed.set(host, frame.upto);
      host.acknowledge(frame.number);
    }
    this.#tell(written.frames, written.answer);
    this.#options.onProgress();
  }

  /** What does not go by the store: one who is not meant any more is left out there. */
  #pass(frame: RuleFrame): void {
    const { maker, onLate, onCalls } = this.#options;
    if (frame.late.length > 0) onLate(frame);
    const ruleId = frame.calls.length === 0 ? null : maker.ruleOf(frame);
    if (ruleId !== null) onCalls(ruleId, frame);
  }

  #tell(
    frames: readonly EffectFrame[],
    answer: { frames: readonly ("written" | "stale")[]; alerts: readonly StoredAlert[] },
  ): void {
    const { onCommitted, onStale } = this.#options;
    answer.frames.forEach((outcome, i) => {
      const { rule_id, counters } = frames[i]!;
      if (outcome === "stale") return onStale(rule_id);
      for (const [counter, n] of Object.entries(counters)) this.#counted.add(n, { counter });
    });
    if (answer.alerts.length === 0) return;
    const fresh = new Set(answer.alerts.map((stored) => stored.alert.alert_id));
    const born = frames.flatMap((frame) => frame.alerts.filter(({ alert }) => fresh.has(alert.alert_id)));
    const deliveries = born.flatMap(({ deliveries }) => deliveries);
    onCommitted(answer.alerts, deliveries.filter(({ state }) => state !== "suppressed"));
  }

  /** Evidence is read from the log, which may be busy as well. */
  async #toFrames(taken: readonly { frame: Frame }[]): Promise<EffectFrame[]> {
    const frames: EffectFrame[] = [];
    for (const { frame } of taken) {
      for (const rule of frame.rules) {
        const ruleId = this.#options.maker.ruleOf(rule);
        if (ruleId !== null) frames.push(await this.#toFrame(ruleId, rule));
      }
    }
    return frames;
  }

  async #toFrame(ruleId: string, frame: RuleFrame): Promise<EffectFrame> {
    return {
      rule_id: ruleId,
      incarnation: frame.incarnation,
      from: { offset: frame.from, effects: 0 },
      to: { offset: frame.to, effects: 0 },
      counters: frame.counters as Record<string, number>,
      alerts: await this.#options.maker.make(frame),
    };
  }

  /** Waits out a full or busy disk: frames stay unacknowledged, so workers pause and nothing is lost. */
  async waitOut<T>(work: () => Promise<T>): Promise<T | null> {
    while (!this.#stopped) {
      try {
        return await work();
      } catch (error) {
        if (!(error instanceof StorageFullError || error instanceof StorageBusyError)) {
          this.#options.onFatal(error);
          return null;
        }
        this.#options.logger.warn("effects wait for the disk", { error });
        await sleep(this.#options.clock, RETRY_MS);
      }
    }
    assert(this.#stopped, "only a stop ends the wait");
    return null;
  }
}
