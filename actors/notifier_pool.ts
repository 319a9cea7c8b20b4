/**
 * The notifier pool: takes deliveries out of the outbox and attempts them, many at a time, until each is
 * delivered, dead or expired. Deliveries born in this process are offered and sent at once, without a claim;
 * all others (retries, redrives, what another process left behind) are claimed when they are due.
 *
 * Promises: a delivery is attempted at least once with the same id; no channel can take all slots or all
 * places (see Lanes); at most `heldMax` deliveries are held, the rest waits in the outbox; those of a disabled
 * channel wait there until it is enabled or their life is over; a stop loses nothing. Fails like its stores:
 * what cannot be recorded stays leased and is tried again.
 */
import type { Clock, Timer } from "../src/base/clock.ts";
import type { Logger } from "../src/base/logging.ts";
import type { Metrics } from "../src/base/metrics.ts";
import type { Rng } from "../src/base/rng.ts";
import type { HttpPort, MailPort } from "../src/channel/mod.ts";
import type { Alert } from "../src/model/alert.ts";
import type { Channel } from "../src/model/channel.ts";
import type { Attempt, Delivery } from "../src/model/delivery.ts";
import { RUN_STOPPED, type ToldDelivery } from "./run_teller.ts";
import { type Job, Lanes } from "../src/notify/lanes.ts";
import { ChannelGate } from "../src/notify/channel_gate.ts";
import type { CircuitView } from "../src/notify/circuit_breaker.ts";
import { createPipeline, type Pipeline, type PipelineParts } from "../src/notify/pipeline.ts";
import { Recorder } from "../src/notify/recorder.ts";
import { WakeLoop } from "../src/notify/wake_loop.ts";
import type { Wordsmith } from "../src/notify/words.ts";
import type { ChannelStore } from "../src/store/channel_store.ts";
import type { EffectStore } from "../src/store/effect_store.ts";
import { type AttemptOutcome, LEASE_MS, type Outbox } from "../src/store/outbox.ts";
import { observePool } from "./pool_metrics.ts";

export interface NotifierPoolParts {
  outbox: Outbox;
  effects: Pick<EffectStore, "alert" | "alertRevision">;
  channels: Pick<ChannelStore, "get" | "list">;
  /** Templates; absent: every channel finds its own words. */
  words?: Pick<Wordsmith, "of">;
  acting?: NonNullable<PipelineParts["acting"]>;
  http: HttpPort;
  mail: MailPort;
  watch?: NonNullable<PipelineParts["watch"]>;
  clock: Clock;
  rng: Rng;
  logger: Logger;
  metrics: Metrics;
  /** Names this start of this process in leases. */
  owner: string;
  /** Attempts in flight, in all. */
  concurrency?: number;
  /** Attempts in flight of one channel. */
  perChannel?: number;
  /** Deliveries held, in any stage. */
  heldMax?: number;
  /** Outcomes gather this long between two transactions, ms. A crash meanwhile sends those again. */
  recordGapMs?: number;
}

const POLL_MS = 5_000;
const SAMPLE_MS = 15_000;
const DRAIN_MS = 3_000;
const CLAIM_ROWS_MAX = 200;
const EXPIRE_ROWS_MAX = 500;
/** While rows wait in the outbox, claim again when this part of `heldMax` has ended. */
const REFILLS_PER_HELD = 8;
/** Past so many held deliveries an alert is read again when its turn comes, rather than kept (up to 256 kB). */
const ALERTS_KEPT_MAX = 500;

export class NotifierPool {
  readonly #parts: NotifierPoolParts;
  readonly #pipeline: Pipeline;
  readonly #lanes: Lanes;
  readonly #recorder: Recorder;
  readonly #claims: WakeLoop;
  readonly #heldMax: number;
  /** Ids of all rows that this pool holds the lease of, until what became of them is written. */
  readonly #leased = new Set<string>();
  readonly #inFlight = new Set<Promise<void>>();
  readonly #shutdown = new AbortController();
  readonly #timers = new Map<string, Timer>();
  readonly #channelGate = new ChannelGate();
  /** When the pool looks at paused lanes next. */
  #pausesEnd = Infinity;
  #state: "new" | "running" | "stopping" = "new";
  #stopped: Promise<void> | null = null;
  #givenBack: string[] = [];
  #releasing: Promise<void> = Promise.resolve();
  /** Of those, the ones that others of their order wait behind. */
  readonly #ordered = new Set<string>();
  /** Whether rows wait in the outbox that would have been taken but for a bound. */
  #behind = false;
  /** Deliveries whose outcome was written since the last claim. */
  #ended = 0;
  #counts: Record<string, number> = {};
  #oldestQueued: number | null = null;

  constructor(parts: NotifierPoolParts) {
    const {
      clock,
      logger,
      outbox,
      owner,
      concurrency = 64,
      perChannel = 32,
      heldMax = 5_000,
      recordGapMs = 0,
    } = parts;
    this.#parts = parts;
    this.#heldMax = heldMax;
    this.#pipeline = createPipeline({ ...parts, gate: this.#channelGate });
    this.#lanes = new Lanes({ concurrency, perChannel, heldMax });
    const onRecorded = (outcomes: readonly AttemptOutcome[]) => this.#recorded(outcomes);
    this.#recorder = new Recorder({ outbox, owner, clock, logger, gapMs: recordGapMs, onRecorded });
    this.#claims = new WakeLoop({ clock, logger, pollMs: POLL_MS, turn: () => this.#claim() });
    observePool(parts.metrics, {
      inFlight: () => this.#lanes.running,
      held: () => this.#leased.size,
      oldestQueuedSeconds: () => this.#oldestQueuedSeconds(),
      byState: () => this.#counts,
      openCircuits: () => this.#channelGate.openCircuits,
    });
  }

  /** Begins to claim. Leases of earlier starts are the caller's to void (Outbox.adopt). */
  start(): void {
    if (this.#state !== "new") return;
    this.#state = "running";
    this.#every("renew", LEASE_MS / 3, () => this.#renew());
    this.#every("sample", SAMPLE_MS, () => this.#sample());
    this.#claims.nudge();
  }

  /**
   * Takes rows that were just committed under this owner's lease; `alerts` holds their alerts. Those that go in
   * order have no lease: they are claimed.
   */
  offer(deliveries: readonly Delivery[], alerts: readonly Alert[]): void {
    const leased = deliveries.filter(({ order_key }) => order_key === undefined);
    if (leased.length < deliveries.length) this.nudge();
    this.#hold(leased, new Map(alerts.map((alert) => [revisionName(alert), alert])));
    this.#pump();
  }

  /** A channel was mended, or is asked for by hand: what its provider said about waiting holds no more. */
  openChannel(channelId: string): void {
    this.#channelGate.open(channelId);
    this.#lanes.open(channelId);
    this.nudge();
  }

  /** Something in the outbox may be due: a redrive. */
  nudge(): void {
    if (this.#state === "running") this.#claims.nudge();
  }

  /** Sends a test message once; answers what the provider said. */
  async testChannel(channel: Channel): Promise<Attempt> {
    const attempt = await this.#pipeline.test(channel, this.#shutdown.signal);
    if (attempt.class === "delivered") this.openChannel(channel.channel_id);
    return attempt;
  }

  /**
   * Attempts deliveries that were born under the lease of `owner`, one after the other, once each: what fails is dead.
   * What has to wait, and what goes in order behind it or comes after the pool was told to stop, is left to the
   * outbox.
   */
  async attemptOnce(deliveries: readonly Delivery[], run: RunOnce): Promise<ToldDelivery[]> {
    const told = this.#attemptAll(deliveries, run);
    const over: Promise<void> = told.then(() => {}, () => {}).finally(() => this.#inFlight.delete(over));
    this.#inFlight.add(over);
    return await told;
  }

  async #attemptAll(deliveries: readonly Delivery[], run: RunOnce): Promise<ToldDelivery[]> {
    const { clock, outbox } = this.#parts;
    const told: ToldDelivery[] = [];
    const behind = new Set<string>();
    for (const [i, delivery] of deliveries.entries()) {
      const stopping = this.#state === "stopping";
      if (stopping || behind.has(delivery.order_key ?? "")) {
        await outbox.release(run.owner, [delivery.delivery_id]);
        told.push({ ...nameOf(delivery), state: "queued", error: stopping ? RUN_STOPPED : null });
        continue;
      }
      // What is still to come must not be taken for abandoned meanwhile.
      const rest = deliveries.slice(i).map((one) => one.delivery_id);
      await outbox.renew(run.owner, rest, clock.now() + 2 * LEASE_MS);
      const one = await this.#attemptOne(delivery, run);
      told.push(one);
      if (WAITING.includes(one.state) && delivery.order_key !== undefined) behind.add(delivery.order_key);
    }
    this.nudge();
    return told;
  }

  async #attemptOne(delivery: Delivery, { alert, owner, until }: RunOnce): Promise<ToldDelivery> {
    const { clock, outbox } = this.#parts;
    if (clock.now() >= until) {
      await outbox.record(owner, [givenUp(delivery)]);
      return { ...nameOf(delivery), state: "dead", error: CHAIN_TIMEOUT };
    }
    const job: Job = { delivery, alert, once: true };
    const attempted = await this.#pipeline.attempt(job, this.#shutdown.signal, () => {});
    if (attempted.kind !== "outcome") {
      await outbox.release(owner, [delivery.delivery_id]);
      return { ...nameOf(delivery), state: "queued", error: null };
    }
    // The run itself is what the log of executions tells of.
    const { exec, ...outcome } = attempted.outcome;
    await outbox.record(owner, [outcome]);
    const { state, attempt, result } = outcome;
    // What failed is dead, so only the end of this process leaves one to be tried again.
    const error = state === "retry_wait" ? RUN_STOPPED : attempt?.error ?? null;
    const status = attempt?.status ?? null;
    const came = { ...(result && { result }), ...(exec && { references: exec.references }) };
    return { ...nameOf(delivery), state, error, status, ...came };
  }

  /** How the circuit of a channel stands. */
  circuit(channelId: string): CircuitView {
    return this.#channelGate.circuit(channelId, this.#parts.clock.now());
  }

  /**
   * Gives back what was not started, lets attempts in flight end for `drainMs`, then cuts them off (they are
   * recorded as "unknown" and sent again by the next start). Idempotent.
   */
  stop({ drainMs = DRAIN_MS }: { drainMs?: number } = {}): Promise<void> {
    return this.#stopped ??= this.#stop(drainMs);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(drainMs: number): Promise<void> {
    this.#state = "stopping";
    for (const timer of this.#timers.values()) timer.cancel();
    await this.#claims.stop();
    this.#giveBack(this.#lanes.drain());
    const cutOff = this.#parts.clock.after(drainMs, () => this.#shutdown.abort());
    await Promise.all(this.#inFlight);
    cutOff.cancel();
    await this.#recorder.close();
    await this.#releasing;
  }

  #hold(deliveries: readonly Delivery[], alerts: ReadonlyMap<string, Alert>): number {
    const now = this.#parts.clock.now();
    const refused: Job[] = [];
    for (const delivery of deliveries) {
      if (this.#leased.has(delivery.delivery_id)) continue;
      const keep = this.#leased.size < ALERTS_KEPT_MAX;
      const job: Job = { delivery, alert: keep ? alerts.get(revisionName(delivery)) ?? null : null };
      this.#leased.add(delivery.delivery_id);
      if (delivery.order_key !== undefined) this.#ordered.add(delivery.delivery_id);
      if (this.#admits(delivery, now)) this.#lanes.add(job);
      else refused.push(job);
    }
    this.#giveBack(refused);
    return deliveries.length - refused.length;
  }

  #admits(delivery: Delivery, now: number): boolean {
    return this.#state === "running" && this.#room() > 0 && delivery.expires_at > now &&
      this.#lanes.admits(delivery.channel_id, now);
  }

  #room(): number {
    return this.#heldMax - this.#lanes.held - this.#recorder.pending;
  }

  #pump(): void {
    if (this.#state !== "running") return;
    const { clock } = this.#parts;
    for (let job = this.#lanes.take(clock.now()); job !== undefined; job = this.#lanes.take(clock.now())) {
      const attempt: Promise<void> = this.#attempt(job).finally(() => this.#inFlight.delete(attempt));
      this.#inFlight.add(attempt);
    }
  }

  async #attempt(job: Job): Promise<void> {
    const { delivery } = job;
    let [begun, paused] = [false, false];
    const begin = () => {
      if (begun) return;
      begun = true;
      this.#lanes.began(delivery.channel_id);
      this.#pump();
    };
    try {
      if (delivery.expires_at <= this.#parts.clock.now()) return this.#giveBack([job]);
      const attempted = await this.#pipeline.attempt(job, this.#shutdown.signal, begin);
      if (attempted.kind === "wait") {
        paused = true;
        return this.#pause(job, attempted.until);
      }
      if (attempted.kind === "disabled") return this.#giveBack([job]);
      const { outcome } = attempted;
      this.#recorder.push(outcome);
      if (outcome.state === "deferred") this.#gate(delivery.channel_id, outcome.next_attempt_at);
    } catch (error) {
      // A store failed. The row stays leased, and is attempted again when the lease runs out.
      this.#leased.delete(delivery.delivery_id);
      this.#ordered.delete(delivery.delivery_id);
      this.#parts.logger.error("a delivery could not be attempted", {
        delivery_id: delivery.delivery_id,
        error,
      });
    } finally {
      if (!paused) {
        begin();
        this.#lanes.done(delivery.channel_id);
      }
      this.#pump();
    }
  }

  /** It waits for its channel's limits where it is, unless the pool stops. */
  #pause(job: Job, until: number | null): void {
    this.#lanes.pause(job, until);
    if (this.#state !== "running") return this.#giveBack(this.#lanes.drain());
    this.#wakeForPauses();
  }

  #wakeForPauses(): void {
    const { clock } = this.#parts;
    const at = this.#lanes.nextStart(clock.now());
    if (at === Infinity || at >= this.#pausesEnd) return;
    this.#timers.get("pauses")?.cancel();
    this.#pausesEnd = at;
    const end = () => {
      this.#pausesEnd = Infinity;
      this.#pump();
      this.#wakeForPauses();
    };
    this.#timers.set("pauses", clock.after(Math.max(1, at - clock.now()), end));
  }

  /** A provider that asks to wait means the whole channel. */
  #gate(channelId: string, until: number | null): void {
    if (until !== null) this.#giveBack(this.#lanes.gate(channelId, until));
  }

  #recorded(outcomes: readonly AttemptOutcome[]): void {
    for (const { delivery_id, next_attempt_at, births } of outcomes) {
      if (births !== undefined) this.nudge();
      this.#leased.delete(delivery_id);
      if (this.#ordered.delete(delivery_id)) this.nudge();
      if (next_attempt_at !== null) this.#claims.wakeAt(next_attempt_at);
    }
    this.#ended += outcomes.length;
    const worthIt = this.#ended >= this.#heldMax / REFILLS_PER_HELD || this.#lanes.held === 0;
    if (this.#behind && worthIt) this.nudge();
  }

  /** One turn of claiming; answers when to look again. */
  async #claim(): Promise<number> {
    const { outbox, clock } = this.#parts;
    const now = clock.now();
    while (await outbox.expire(now, EXPIRE_ROWS_MAX) === EXPIRE_ROWS_MAX) continue;
    const disabled = await this.#disabled();
    while (this.#state === "running" && await this.#claimSome(now, disabled)) continue;
    const due = await outbox.nextDue(disabled) ?? Infinity;
    if (due > now) return due;
    // Due and yet not taken: its channel is gated until then, or full until some of its attempts end.
    const opening = this.#lanes.nextOpening(now);
    this.#behind ||= opening === Infinity;
    return opening;
  }

  /** Channels whose deliveries wait until they are enabled. */
  async #disabled(): Promise<string[]> {
    const channels = await this.#parts.channels.list();
    return channels.filter(({ enabled }) => !enabled).map(({ channel_id }) => channel_id);
  }

  /** Whether there may be more to claim at once. */
  async #claimSome(now: number, disabled: readonly string[]): Promise<boolean> {
    const { outbox, owner } = this.#parts;
    const room = this.#room();
    this.#ended = 0;
    this.#behind = room <= 0;
    if (room <= 0) return false;
    const limit = Math.min(room, CLAIM_ROWS_MAX);
    const skipChannels = [...this.#lanes.full(now), ...disabled];
    const rows = await outbox.claim({ owner, now, leaseUntil: now + LEASE_MS, limit, skipChannels });
    const taken = this.#hold(rows, new Map());
    this.#pump();
    return rows.length === limit && taken > 0;
  }

  /** Releases rows, all of one turn of the event loop in one call. */
  #giveBack(jobs: readonly Job[]): void {
    if (jobs.length === 0) return;
    const { outbox, owner, clock, logger } = this.#parts;
    this.#behind = true;
    this.#givenBack.push(...jobs.map((job) => job.delivery.delivery_id));
    if (this.#givenBack.length > jobs.length) return;
    this.#releasing = this.#releasing.then(() => new Promise<void>((resolve) => clock.immediate(resolve)))
      .then(async () => {
        const ids = this.#givenBack;
        this.#givenBack = [];
        // Before the release: once released they may be claimed again, which must not count as held.
        ids.forEach((id) => this.#leased.delete(id));
        ids.forEach((id) => this.#ordered.delete(id));
        await outbox.release(owner, ids).catch((error) =>
          logger.error("leases stay until they end", { error })
        );
      });
  }

  async #renew(): Promise<void> {
    const { outbox, owner, clock } = this.#parts;
    if (this.#leased.size > 0) await outbox.renew(owner, [...this.#leased], clock.now() + LEASE_MS);
  }

  async #sample(): Promise<void> {
    this.#counts = await this.#parts.outbox.counts();
    this.#oldestQueued = await this.#parts.outbox.oldestQueued();
  }

  #every(name: string, ms: number, work: () => Promise<void>): void {
    const run = () => {
      work().catch((error) =>
        this.#parts.logger.error("the notifier's upkeep failed", { work: name, error })
      );
      this.#timers.set(name, this.#parts.clock.after(ms, run));
    };
    run();
  }

  #oldestQueuedSeconds(): number {
    if (this.#oldestQueued === null) return 0;
    return Math.max(0, this.#parts.clock.now() - this.#oldestQueued) / 1000;
  }
}

/** A pool that was not started yet. */
export function createNotifierPool(parts: NotifierPoolParts): NotifierPool {
  return new NotifierPool(parts);
}

/** A run that attempts its deliveries itself. */
interface RunOnce {
  alert: Alert;
  /** Of the leases of its deliveries. */
  owner: string;
  /** When nothing further is begun, ms since the epoch. */
  until: number;
}

const WAITING = ["queued", "retry_wait", "deferred"];
const CHAIN_TIMEOUT = "Cannot go on with the run: it timed out";

function nameOf(
  { delivery_id, channel_id, kind }: Delivery,
): Pick<ToldDelivery, "delivery_id" | "channel_id" | "kind"> {
  return { delivery_id, channel_id, kind };
}

function givenUp({ delivery_id, retries }: Delivery): AttemptOutcome {
  const over = { attempt: null, state: "dead", next_attempt_at: null, reason: "chain_timeout" } as const;
  return { delivery_id, retries, ...over };
}

/** Two revisions of an alert may come in one commit, each with deliveries of its own. */
function revisionName({ alert_id, revision }: Alert | Delivery): string {
  return `${alert_id} ${revision}`;
}
