/**
 * Who is sent next: a lane per channel, taken in turn. Plain bookkeeping without I/O, so that fairness can
 * be tested as such.
 *
 * Two bounds, each with the same rule against hogging: a lane may start (or hold) no more than it leaves to
 * all others. So a hung channel takes its `perChannel` slots, and once these no longer fit, each further one
 * takes half of what is left: with the defaults (64 and 16) seven may hang before an eighth has to wait.
 * A gated lane (its provider asked to wait) starts nothing and holds nothing until the gate opens. A paused lane
 * (its channel's rate limit) keeps what it holds, and lets one job at a time ask whether it may begin.
 */
import type { Alert } from "../model/alert.ts";
import type { Delivery } from "../model/delivery.ts";

/** A delivery that this process holds the lease of. `alert` is null where it is to be read when needed. */
export interface Job {
  /** What fails is not tried again. */
  once?: true;
  delivery: Delivery;
  alert: Alert | null;
}

export interface LaneLimits {
  /** Attempts in flight, in all. */
  concurrency: number;
  /** Attempts in flight of one channel. */
  perChannel: number;
  /** Deliveries held, waiting and in flight. */
  heldMax: number;
}

interface Lane {
  waiting: Job[];
  /** Index of the first of `waiting` that was not taken yet. */
  head: number;
  running: number;
  gatedUntil: number;
  pausedUntil: number;
  /** Taken, and not known to have begun. */
  asking: number;
  /** Whether its jobs ask one by one. */
  inTurn: boolean;
}

// What any one channel may hold, however full the pool is.
const LANE_HELD_MIN = 32;
// Taken jobs are cut off the array in bulk.
const COMPACT_AT = 256;

export class Lanes {
  readonly #limits: LaneLimits;
  /** In the order of their turns: the lane that was served last is the last. */
  readonly #lanes = new Map<string, Lane>();
  #running = 0;
  #waiting = 0;

  constructor(limits: LaneLimits) {
    this.#limits = limits;
  }

  get running(): number {
    return this.#running;
  }

  get held(): number {
    return this.#running + this.#waiting;
  }

  /** Whether one more delivery of this channel may be held at `now`. */
  admits(channelId: string, now: number): boolean {
    const lane = this.#lanes.get(channelId);
    if (lane !== undefined && lane.gatedUntil > now) return false;
    const free = this.#limits.heldMax - this.held;
    if (free <= 0) return false;
    const held = lane === undefined ? 0 : heldOf(lane);
    return held < LANE_HELD_MIN || held < free;
  }

  add(job: Job): void {
    this.#lane(job.delivery.channel_id).waiting.push(job);
    this.#waiting++;
  }

  /** The next to be sent; undefined when all slots are taken or nobody may start. */
  take(now: number): Job | undefined {
    if (this.#running >= this.#limits.concurrency) return undefined;
    for (const [channelId, lane] of this.#lanes) {
      if (!this.#mayStart(lane, now)) continue;
      this.#lanes.delete(channelId);
      this.#lanes.set(channelId, lane);
      lane.running++;
      lane.asking++;
      this.#running++;
      this.#waiting--;
      return shift(lane);
    }
    return undefined;
  }

  /** A job that was taken has begun: the next of its lane may ask. */
  began(channelId: string): void {
    this.#lane(channelId).asking--;
  }

  /**
   * A job that was taken may not begin yet: it goes back to the front of its lane, which starts nothing until
   * `until`, ms since the epoch (null: until one that is asking has begun).
   */
  pause(job: Job, until: number | null): void {
    const lane = this.#lane(job.delivery.channel_id);
    lane.running--;
    lane.asking--;
    this.#running--;
    this.#waiting++;
    lane.inTurn = true;
    lane.pausedUntil = Math.max(lane.pausedUntil, until ?? 0);
    if (lane.head > 0) lane.waiting[--lane.head] = job;
    else lane.waiting.unshift(job);
  }

  /** When the next pause ends, ms since the epoch; Infinity when none is. */
  nextStart(now: number): number {
    const pauses = [...this.#lanes.values()].map((lane) => lane.pausedUntil).filter((at) => at > now);
    return Math.min(Infinity, ...pauses);
  }

  /** The job's attempt is over and its slot free. */
  done(channelId: string): void {
    this.#lane(channelId).running--;
    this.#running--;
    this.#sweep(channelId);
  }

  /** Closes a lane until `until`, ms since the epoch, and answers what waited in it. */
  gate(channelId: string, until: number): Job[] {
    const lane = this.#lane(channelId);
    lane.gatedUntil = Math.max(lane.gatedUntil, until);
    return this.#empty(lane);
  }

  /** Opens a lane before its time. */
  open(channelId: string): void {
    const lane = this.#lanes.get(channelId);
    if (lane === undefined) return;
    lane.gatedUntil = lane.pausedUntil = 0;
    this.#sweep(channelId);
  }

  /** Takes everything out that was not started. */
  drain(): Job[] {
    return [...this.#lanes.values()].flatMap((lane) => this.#empty(lane));
  }

  /** Channels that may hold nothing more for now. Forgets gates that have opened. */
  full(now: number): string[] {
    const channels = [...this.#lanes.keys()];
    channels.forEach((channelId) => this.#sweep(channelId, now));
    return channels.filter((channelId) => !this.admits(channelId, now));
  }

  /** When the next gate opens, ms since the epoch; Infinity when none is closed. */
  nextOpening(now: number): number {
    const gates = [...this.#lanes.values()].map((lane) => lane.gatedUntil).filter((at) => at > now);
    return Math.min(Infinity, ...gates);
  }

  #mayStart(lane: Lane, now: number): boolean {
    if (lane.head === lane.waiting.length || Math.max(lane.gatedUntil, lane.pausedUntil) > now) return false;
    if (lane.inTurn && lane.asking > 0) return false;
    const free = this.#limits.concurrency - this.#running;
    return lane.running === 0 || lane.running < Math.min(this.#limits.perChannel, free);
  }

  #lane(channelId: string): Lane {
    const known = this.#lanes.get(channelId);
    if (known !== undefined) return known;
    const lane: Lane = {
      ...{ waiting: [], head: 0, running: 0 },
      ...{ gatedUntil: 0, pausedUntil: 0, asking: 0, inTurn: false },
    };
    this.#lanes.set(channelId, lane);
    return lane;
  }

  #empty(lane: Lane): Job[] {
    const jobs = lane.waiting.slice(lane.head);
    lane.waiting = [];
    lane.head = 0;
    this.#waiting -= jobs.length;
    return jobs;
  }

  // A lane exists while it holds something or is gated, so that their number stays bounded.
  #sweep(channelId: string, now = 0): void {
    const lane = this.#lanes.get(channelId);
    if (lane !== undefined && heldOf(lane) === 0 && lane.gatedUntil <= now) this.#lanes.delete(channelId);
  }
}

function heldOf(lane: Lane): number {
  return lane.running + lane.waiting.length - lane.head;
}

function shift(lane: Lane): Job {
  const job = lane.waiting[lane.head++]!;
  if (lane.head >= COMPACT_AT) {
    lane.waiting = lane.waiting.slice(lane.head);
    lane.head = 0;
  }
  return job;
}
