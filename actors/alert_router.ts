/**
 * The router: takes alerts from its inbox into groups and flushes groups when they are due. It decides
 * nothing itself (src/notify/group_state.ts and flush.ts do) but keeps time, reads and writes: each turn is
 * one transaction, and what is in memory moves only after it. A restart goes on where the last turn ended.
 */
import type { Clock } from "../src/base/clock.ts";
import { present } from "../src/base/assert.ts";
import { placedId } from "../src/base/ids.ts";
import type { Logger } from "../src/base/logging.ts";
import type { Counter, Metrics } from "../src/base/metrics.ts";
import type { GroupState, Member } from "../src/model/alert_group.ts";
import type { Channel } from "../src/model/channel.ts";
import { channelKind } from "../src/channel/mod.ts";
import { sendsResolved } from "../src/model/channel_policy.ts";
import { type Delivery, GROUP_ALERTS_MAX } from "../src/model/delivery.ts";
import { channelRetry } from "../src/notify/channel_retry.ts";
import { type Flush, flushGroup, type Sink } from "../src/notify/flush.ts";
import { isResolved } from "../src/notify/group_member.ts";
import { groupDedupKey } from "../src/notify/group_message.ts";
import { GROUPS_MAX, groupsOf, joinGroup, openGroup, regroup } from "../src/notify/group_state.ts";
import { type RouteNode, walkRoutes } from "../src/notify/route_tree.ts";
import { WakeLoop } from "../src/notify/wake_loop.ts";
import { LEASE_MS } from "../src/store/outbox.ts";
import type { RoutingStore } from "../src/store/routing_store.ts";
import { channelsNamed } from "../src/notify/channels_named.ts";
import type { RoutingDesk } from "./routing_desk.ts";

export interface AlertRouterParts {
  store: RoutingStore;
  desk: RoutingDesk;
  channels(): readonly Channel[];
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** Owner of the leases of new deliveries. */
  owner: string;
  onDeliveries(deliveries: readonly Delivery[]): void;
}

const POLL_MS = 5_000;
/** A group is written whole: under a stream of alerts the inbox gathers this long. */
const TAKE_GAP_MS = 100;
/** Alerts taken, and groups flushed, in one transaction. */
const INBOX_ROWS_MAX = 200;
const FLUSHES_MAX = 50;

interface ChannelSink extends Sink {
  /** Of a delivery, ms. */
  life_ms: number;
}

export class AlertRouter {
  readonly #p: AlertRouterParts;
  readonly #loop: WakeLoop;
  readonly #refused: Counter;
  readonly #flushes: Counter;
  readonly #held: Counter;
  #groups = new Map<string, GroupState>();
  #nodes: ReadonlyMap<string, RouteNode> = new Map();
  #running = false;
  #tookAt = -Infinity;
  /** Turns and changes of routes, one after the other. */
  #work: Promise<unknown> = Promise.resolve();

  constructor(parts: AlertRouterParts) {
    this.#p = parts;
    const { clock, logger, metrics } = parts;
    this.#loop = new WakeLoop({
      clock,
      logger,
      pollMs: POLL_MS,
      turn: () => this.#inTurn(() => this.#turn()),
    });
    metrics.observed(
      "tocsin_route_groups",
      "Groups of alerts that are open.",
      () => [[{}, this.#groups.size]],
    );
    this.#refused = metrics.counter("tocsin_routes_refused_total", "Alerts that a full group refused.");
    this.#flushes = metrics.counter(
      "tocsin_group_notifications_total",
      "Notifications of groups by their reason.",
    );
    this.#held = metrics.counter(
      "tocsin_suppressed_total",
      "Notifications that were held back by their reason.",
    );
  }

  async start(): Promise<void> {
    this.#groups = new Map((await this.#p.store.groups()).map((group) => [group.group_key, group]));
    this.#readNodes();
    this.#p.desk.onRoutes = () => this.#inTurn(() => this.#regroup());
    this.#running = true;
    this.nudge();
  }

  /** Alerts may lie in the inbox. */
  nudge(): void {
    if (this.#running) this.#loop.nudge();
  }

  /** Open groups, by their keys. */
  groups(): readonly GroupState[] {
    return [...this.#groups.values()].toSorted((a, b) => a.group_key < b.group_key ? -1 : 1);
  }

  async stop(): Promise<void> {
    this.#running = false;
    await this.#loop.stop();
    await this.#work;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#work.then(work);
    this.#work = done.catch(() => {});
    return done;
  }

  /** Answers when the next group is due. */
  async #turn(): Promise<number> {
    const { clock } = this.#p;
    const wait = this.#tookAt + TAKE_GAP_MS - clock.monotonic();
    while (wait <= 0 && this.#running && await this.#take()) continue;
    while (this.#running && await this.#flush()) continue;
    let due = wait > 0 ? clock.now() + wait : Infinity;
    for (const group of this.#groups.values()) due = Math.min(due, group.next_flush_at);
    return due;
  }

  /** Whether there may be more in the inbox. */
  async #take(): Promise<boolean> {
    const { store, desk, clock } = this.#p;
    const rows = await store.inbox(INBOX_ROWS_MAX);
    const now = clock.now();
    const gone = desk.sources.sweep(now);
    if (rows.length === 0 && gone.length === 0) return false;
    this.#tookAt = clock.monotonic();
    const changed = new Map<string, GroupState>();
    const sources: Member[] = [];
    for (const { member, routed } of rows) {
      if (routed) this.#place(member, changed, now);
      if (desk.isSource(member.labels)) sources.push(desk.sources.observe(member, now));
    }
    await this.#write({ taken: rows.at(-1)?.seq ?? 0, groups: [...changed.values()], sources, gone });
    return rows.length === INBOX_ROWS_MAX;
  }

  #place(member: Member, changed: Map<string, GroupState>, now: number): void {
    const { tree, stored } = this.#p.desk;
    if (tree === null) return;
    for (const place of groupsOf(tree, member.labels)) {
      const group = changed.get(place.group_key) ?? this.#groups.get(place.group_key);
      if (group !== undefined) {
        // What is in memory moves only after the turn is written.
        const copy = changed.get(place.group_key) ?? { ...group, members: { ...group.members } };
        if (!joinGroup(copy, member, now)) this.#refused.add(1, { bound: "members" });
        changed.set(place.group_key, copy);
      } else if (this.#groups.size + changed.size >= GROUPS_MAX) this.#refused.add(1, { bound: "groups" });
      else if (!isResolved(member, now)) {
        const generation = `${stored.version} ${member.alert_id} ${member.revision}`;
        changed.set(place.group_key, openGroup(place, member, { now, generation }));
      }
    }
  }

  /** Whether there may be more that is due. */
  async #flush(): Promise<boolean> {
    const { desk, clock } = this.#p;
    const now = clock.now();
    const due = [...this.#groups.values()].filter((group) => group.next_flush_at <= now).slice(
      0,
      FLUSHES_MAX,
    );
    if (due.length === 0) return false;
    const calm = desk.calm(now);
    const deliveries: Delivery[] = [];
    const [groups, ended]: [GroupState[], string[]] = [[], []];
    for (const group of due) {
      const node = this.#nodes.get(group.route_id);
      const sinks = this.#sinks(group.receiver);
      const flush = node === undefined ? null : flushGroup(group, { node, sinks, calm, now });
      if (flush?.group) groups.push(flush.group);
      else ended.push(group.group_key);
      if (flush !== null) deliveries.push(...deliveriesOf(group, flush, { sinks, now }));
    }
    await this.#write({ groups, ended, deliveries });
    return true;
  }

  async #regroup(): Promise<void> {
    const { desk, clock } = this.#p;
    const { tree, stored } = desk;
    const now = clock.now();
    const generation = String(stored.version);
    const groups = tree === null ? [] : regroup(this.groups(), tree, { now, generation });
    const kept = new Set(groups.map((group) => group.group_key));
    await this.#write({ groups, ended: [...this.#groups.keys()].filter((key) => !kept.has(key)) });
    this.#readNodes();
    this.nudge();
  }

  async #write(
    turn: Partial<
      Pick<
        Parameters<RoutingStore["turn"]>[0],
        "taken" | "groups" | "ended" | "sources" | "gone" | "deliveries"
      >
    >,
  ): Promise<void> {
    const { store, clock, owner, onDeliveries } = this.#p;
    const whole = { taken: 0, groups: [], ended: [], sources: [], gone: [], deliveries: [], ...turn };
    const born = await store.turn({ ...whole, owner, leaseUntil: clock.now() + LEASE_MS });
    for (const key of whole.ended) this.#groups.delete(key);
    for (const group of whole.groups) this.#groups.set(group.group_key, group);
    for (const { state, reason, group } of born) {
      if (state === "suppressed") this.#held.add(1, { reason: reason! });
      else this.#flushes.add(1, { reason: group!.why });
    }
    const sent = born.filter(({ state }) => state !== "suppressed");
    if (sent.length > 0) onDeliveries(sent);
  }

  #readNodes(): void {
    const { tree } = this.#p.desk;
    this.#nodes = new Map(tree === null ? [] : [...walkRoutes(tree)].map((node) => [node.id, node]));
  }

  #sinks(receiver: string): ChannelSink[] {
    const { desk, channels, logger } = this.#p;
    const found = desk.channelsOf(receiver).flatMap((name) => {
      const named = channelsNamed(name, channels());
      if (named.length === 0) {
        logger.warn("a receiver names a channel that does not exist", { receiver, name });
      }
      return named;
    });
    return [...new Set(found)].map((channel) => ({
      channel_id: channel.channel_id,
      send_resolved: sendsResolved(channel),
      ordered: channelKind(channel.type)?.ordered === true,
      life_ms: channelRetry(channel).lifeMs,
    }));
  }
}

/**
 * One delivery for each notification, and for each alert that was held back one that says why, once a
 * revision. Ids are made of the group, its generation and the number of the flush, never of the time.
 */
function deliveriesOf(
  group: GroupState,
  { notifications, held }: Flush,
  { sinks, now }: { sinks: readonly ChannelSink[]; now: number },
): Delivery[] {
  const { group_key, generation, receiver, labels } = group;
  const base = { kind: "channel" as const, retries: 0, created_at: now };
  const ordered = new Set(sinks.filter((sink) => sink.ordered).map((sink) => sink.channel_id));
  const lives = new Map(sinks.map((sink) => [sink.channel_id, sink.life_ms]));
  const sent = notifications.map(({ channel_id, reason, flush, alerts }): Delivery => {
    const newest = alerts.reduce((a, b) => b.member.updated_at >= a.member.updated_at ? b : a).member;
    const { alert_id, revision, rule_id } = newest;
    return {
      ...base,
      delivery_id: placedId("dl_", flush, [group_key, generation, flush, channel_id]),
      ...{ alert_id, revision, rule_id, channel_id, state: "queued", reason: null },
      expires_at: now + present(lives.get(channel_id), "the sink of a notification"),
      next_attempt_at: now,
      ...(ordered.has(channel_id) && { order_key: groupDedupKey(group_key) }),
      group: {
        ...{ group_key, receiver, labels, flush, why: reason },
        alerts: alerts.slice(0, GROUP_ALERTS_MAX)
          .map(({ member: { alert_id, revision }, status }) => ({ alert_id, revision, status })),
        truncated: Math.max(0, alerts.length - GROUP_ALERTS_MAX),
      },
    };
  });
  const quiet = held.flatMap(({ member: { alert_id, revision, rule_id }, reason, by }) =>
    sinks.map(({ channel_id }): Delivery => ({
      ...base,
      delivery_id: placedId("dl_", 0, [group_key, alert_id, revision, channel_id, reason, by]),
      ...{ alert_id, revision, rule_id, channel_id, state: "suppressed", reason, suppressed_by: by },
      ...{ expires_at: now, next_attempt_at: null },
    }))
  );
  return [...sent, ...quiet];
}
