/**
 * The outbox: every side effect that must happen, claimed under a lease and attempted until it is
 * delivered, dead or expired. Rows are born in EffectStore.commit. A lease belongs to an `owner` (one
 * start of one process); a row whose lease ran out may be claimed by anybody, so an attempt may happen
 * twice, always with the same delivery id.
 *
 * Rows of a channel that share an `order_key` are sent one after the other: they are born without a lease,
 * and one is claimed only when no earlier one of its key waits. Of one alert the newest counts: a row that
 * failed and waits to be tried again is cancelled ("superseded") once a later revision waits behind it.
 */
import type { JsonObject } from "../base/json.ts";
import type { Attempt, Delivery, DeliveryState, Settled } from "../model/delivery.ts";
import type { Exec } from "../model/exec.ts";

/** How long a delivery belongs to whoever bore or claimed it; renewed three times as often. */
export const LEASE_MS = 60_000;

/** What an attempt led to. */
export interface AttemptOutcome {
  delivery_id: string;
  /** null: it was not its turn to be attempted, and will not be. */
  attempt: Attempt | null;
  state: DeliveryState;
  retries: number;
  next_attempt_at: number | null;
  reason: string | null;
  /** Absent leaves what is stored. */
  settled?: Settled;
  /** What follows from it: born with the record, of the same alert, and due at once for anybody. */
  births?: readonly Delivery[];
  /** What an action came to, for those after it; absent leaves what is stored. */
  result?: JsonObject;
  /** Written with it. */
  exec?: Exec;
}

/** How an action of an alert stands, for those after it. */
export interface ActionOutcome {
  action: number;
  state: DeliveryState;
  result: JsonObject | null;
  /** Of the last attempt. */
  error: string | null;
}

/** What became of the deliveries of a channel. */
export interface ChannelCounts {
  channel_id: string;
  state: DeliveryState;
  count: number;
}

export interface DeliveryQuery {
  state?: string;
  channel_id?: string;
  /** Also deliveries of groups that tell of it. */
  alert_id?: string;
  rule_id?: string;
  reason?: string;
  limit: number;
  before?: number;
}

export interface StoredDelivery {
  seq: number;
  delivery: Delivery;
}

/** A delivery with the attempts that are kept of it, oldest first. */
export interface ShownDelivery extends StoredDelivery {
  attempts: Attempt[];
  /** All attempts that were made. */
  attempts_total: number;
}

/** Of each delivery its first attempt is kept, and this many of the last. */
export const LAST_ATTEMPTS_KEPT = 9;

export interface RedriveFilter {
  delivery_ids?: readonly string[];
  channel_id?: string;
  rule_id?: string;
  state?: "dead" | "expired" | "cancelled" | "unknown";
  reason?: string;
}

/** How many rows ended in one state for one reason. */
export interface RedriveFacet {
  state: NonNullable<RedriveFilter["state"]>;
  reason: string | null;
  count: number;
}

export interface Outbox {
  /**
   * Claims up to `limit` rows that are due (queued, retry_wait or deferred, unleased), oldest first. Rows of
   * `skipChannels` are left out: a slow or deferring channel must not hold up what waits behind it.
   */
  claim(
    options: {
      owner: string;
      now: number;
      leaseUntil: number;
      limit: number;
      skipChannels?: readonly string[];
    },
  ): Promise<Delivery[]>;
  /** Voids leases of other owners: called once at start, under the data directory's lock. */
  adopt(owner: string): Promise<number>;
  /** Extends the leases of `owner` on these rows. */
  renew(owner: string, deliveryIds: readonly string[], leaseUntil: number): Promise<void>;
  /** Gives rows back unattempted: due at once for anybody. */
  release(owner: string, deliveryIds: readonly string[]): Promise<void>;
  /**
   * Writes attempts and the states they led to, in one transaction. Only rows leased to `owner` move;
   * attempts are written in any case (what is born only where its row moves), and those past the first and the last {@linkcode LAST_ATTEMPTS_KEPT} dropped.
   */
  record(owner: string, outcomes: readonly AttemptOutcome[]): Promise<void>;
  /** Marks due rows whose `expires_at` passed as expired; answers how many. */
  expire(now: number, limit: number): Promise<number>;
  /** Cancels what waits for a deleted channel. */
  cancel(channelId: string, reason: string): Promise<number>;
  /** Makes deferred and retry_wait rows of a channel, or one of them, due at `now`; answers how many. */
  hurry(which: { channel_id: string } | { delivery_id: string }, now: number): Promise<number>;
  /** How many of the last attempts in a row were deferred, as far as they are kept. */
  deferrals(deliveryId: string): Promise<number>;
  /** The earliest next_attempt_at of unleased rows, but for those of `skipChannels`; null when nothing waits. */
  nextDue(skipChannels?: readonly string[]): Promise<number | null>;
  get(deliveryId: string): Promise<ShownDelivery | undefined>;
  /** The actions of a revision of an alert. */
  actions(alertId: string, revision: number): Promise<ActionOutcome[]>;
  /** Newest first; response bodies are left out (null). */
  list(query: DeliveryQuery): Promise<{ items: ShownDelivery[]; next: number | null }>;
  /** What a redrive would move, by state and reason: the most frequent first. */
  redrivable(filter: RedriveFilter): Promise<RedriveFacet[]>;
  /** Queues dead, expired, cancelled or unknown rows again, with their retries reset and a new life. Answers the ids. */
  redrive(filter: RedriveFilter, now: number, expiresAt: number, limit: number): Promise<string[]>;
  counts(): Promise<Record<string, number>>;
  /** Of deliveries made since `since` (ms), and of all that wait, by channel and state. */
  countsByChannel(since: number): Promise<ChannelCounts[]>;
  /** Oldest queued row's creation time, for the age metric; null when empty. */
  oldestQueued(): Promise<number | null>;
}
