/**
 * How actors begin and end. There is one way to begin, whatever the reason: load the actor (from its
 * snapshot, if it has one) at a host, feed it privately to where the router stands, join it to the feed.
 */
import { present } from "../src/base/assert.ts";
import type { Encoder } from "../src/batch/encoder.ts";
import type { Logger } from "../src/base/logging.ts";
import { STATE_FORMAT } from "../src/engine/snapshot.ts";
import type { RuleVersion } from "../src/store/rule_store.ts";
import type { EffectStore } from "../src/store/effect_store.ts";
import type { Store } from "../src/store/store.ts";
import type { CatchUp } from "./catch_up.ts";
import type { EffectWriter } from "./effect_writer.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import type { Hosts } from "./hosts.ts";
import type { LookupImages } from "./lookup_images.ts";
import { actorLoad, compileVersion, type LiveRule, subscriptionOf } from "./live_rule.ts";
import type { Placement, PlacementWish } from "./placement.ts";
import { ruleStart } from "./rule_starts.ts";
import type { SnapshotNumbers } from "./snapshot_numbers.ts";
import type { RuleTable } from "./rule_table.ts";

export interface Beginning {
  newest: RuleVersion;
  /** Beyond what the rule wishes by itself: "alone" for one under suspicion. */
  wish?: PlacementWish;
  /** Reads record by record, event by event below this offset; 0 = nowhere. */
  suspectBelow?: number;
  /** Start reading here, leaving out what lies before. */
  skipTo?: number;
  /** Mean the newest version from the start, whatever was in force. */
  newestAtOnce?: boolean;
}

export interface ActorLifeParts {
  store: Store;
  fleet: Fleet;
  hosts: Hosts;
  placement: Placement;
  table: RuleTable;
  writer: EffectWriter;
  encoder: Encoder;
  images: LookupImages;
  numbers: SnapshotNumbers;
  catchUp(): CatchUp;
  logger: Logger;
  /** No worker could be started for a rule. */
  onUnavailable(live: LiveRule, error: unknown): Promise<void>;
}

export class ActorLife {
  readonly #p: ActorLifeParts;

  constructor(parts: ActorLifeParts) {
    this.#p = parts;
  }

  /**
   * Loads the actor and lets it catch up. At a boundary of the router (`at`: the offset of the next record)
   * an actor that has nothing to catch up with joins at once.
   */
  async begin(live: LiveRule, how: Beginning, at?: number): Promise<void> {
    if (!await this.load(live, how)) return;
    const { host, offset } = live;
    const now = at !== undefined && host !== null && offset > at && await this.join(host, [live], at);
    if (!now) this.#p.catchUp().add(live);
  }

  /** Whether a host will be started for the rule. */
  opensHost(live: LiveRule): boolean {
    return this.#p.placement.opens(live.compiled.rule.isolation);
  }

  /** Brings the actor to life at a host, not joined. False when the rule was stopped meanwhile. */
  async load(live: LiveRule, how: Beginning): Promise<boolean> {
    const { store, table } = this.#p;
    const start = await ruleStart(store, how.newest);
    const [incarnation] = await store.effects.incarnate([live.ruleId]);
    const { snapshot } = start;
    if (snapshot !== undefined) this.#p.numbers.see(snapshot.snapshot);
    const poison = (await store.health.poison(live.ruleId)).map((row) => row.offset);
    const version = how.newestAtOnce === true ? how.newest : start.version;
    const usable = start.saved && snapshot?.generation === version.generation ? snapshot : undefined;
    const compiled = version === live.compiled.row ? live.compiled : compileVersion(version);
    // State that an edit has reset since begins where the rule stopped.
    const anew = version.generation !== start.version.generation;
    const offset = how.skipTo ?? (anew ? start.applied : start.offset);
    const tables = await this.#p.images.at(compiled.plan, offset);
    const host = await this.#host(live, how.wish ?? live.compiled.rule.isolation);
    if (host === null) return false;
    live.incarnation = present(incarnation, "an incarnation");
    live.host = host;
    live.offset = offset;
    live.status = "catching_up";
    live.partitions = new Map(usable?.partitions.map((one) => [one.partition, one.snapshot]));
    table.mean(live, compiled);
    if (how.newestAtOnce === true) await this.#keepBeginning(live);
    const load = actorLoad(live, table.topics, {
      tables,
      chunks: usable?.chunks ?? null,
      applied: Math.max(start.applied, live.offset),
      poison,
      suspectBelow: how.suspectBelow ?? 0,
      callsFrom: store.log.next,
    });
    host.send({ kind: "load", load });
    return true;
  }

  /**
   * Writes down that the actor begins here and means this, before it applies anything: the log alone does
   * not tell, so a replay would not find it (INVARIANTS 6).
   */
  async #keepBeginning({ ruleId: rule_id, offset, compiled: { row }, partitions }: LiveRule): Promise<void> {
    const { effects, snapshots } = this.#p.store;
    const rows = [{ rule_id, slot: null, applied: { offset, effects: 0 } }];
    const manifest = {
      ...{ rule_id, snapshot: this.#p.numbers.next(), offset, format: STATE_FORMAT },
      ...{ generation: row.generation, rule_version: row.version },
      partitions: [...partitions].map(([partition, snapshot]) => ({ partition, snapshot })),
    };
    await this.#p.writer.waitOut(() => effects.place(rows));
    await this.#p.writer.waitOut(() => snapshots.publish([manifest], null));
  }

  /** A place for the rule at a host that lives; null when the rule was stopped meanwhile. */
  async #host(live: LiveRule, wish: PlacementWish): Promise<Host | null> {
    const { table, hosts, placement } = this.#p;
    if (!table.has(live)) return null;
    const slot = placement.place(live.ruleId, wish);
    if (wish === "dedicated" && placement.rulesOf(slot).length > 1) {
      this.#p.logger.warn("no worker is left for a dedicated rule: it shares one", { rule_id: live.ruleId });
    }
    for (;;) {
      const host = await this.#spawned(live, slot);
      if (host === null) return null;
      if (!table.has(live)) {
        if (placement.rulesOf(slot).length === 0) await hosts.retire(slot);
        return null;
      }
      if (hosts.has(host)) return host;
    }
  }

  async #spawned(live: LiveRule, slot: number): Promise<Host | null> {
    try {
      return await this.#p.hosts.get(slot);
    } catch (error) {
      await this.#p.onUnavailable(live, error);
      return null;
    }
  }

  /** At a boundary, or before the router starts: a detached host and rules of it join the feed at `at`. */
  attach(host: Host, rules: readonly LiveRule[], at: number): void {
    for (const live of rules) this.subscribe(live, host);
    const cursor = this.#p.fleet.attach(host);
    host.send({ kind: "join", handles: rules.map((live) => live.handle), at, cursor });
  }

  /** At a boundary: rules that stand at `at` join the feed. False when the host left it meanwhile. */
  async join(host: Host, rules: readonly LiveRule[], at: number): Promise<boolean> {
    if (host.leaving || !this.#p.hosts.has(host)) return false;
    if (!host.attached) {
      this.attach(host, rules, at);
      return true;
    }
    const handles = rules.map((live) => live.handle);
    const message = { kind: "join", handles, at, cursor: 0 } as const;
    if (!await this.#p.fleet.control(host, [message], at)) return false;
    for (const live of rules) this.subscribe(live, host);
    return true;
  }

  /** The common feed reads for the rule as it is now. */
  subscribe(live: LiveRule, host: Host): void {
    this.unsubscribe(live);
    this.#p.encoder.add(subscriptionOf(live, host.slot));
    live.subscribed = true;
    live.joined = true;
  }

  unsubscribe(live: LiveRule): void {
    if (live.subscribed) this.#p.encoder.remove(live.handle);
    live.subscribed = false;
    live.joined = false;
  }

  /** The hosts' word that rules joined: from here on the host's floor speaks for them. */
  joined(
    host: Host,
    actors: readonly { handle: number; incarnation: number }[],
    at: number,
  ): Promise<void> {
    const { table, writer, store } = this.#p;
    const rules = actors.flatMap(({ handle, incarnation }) => {
      const live = table.incarnation(handle, incarnation);
      return live?.host === host ? [{ live, incarnation }] : [];
    });
    return writer.task(async () => {
      const rows: Parameters<EffectStore["place"]>[0][number][] = [];
      for (const { live, incarnation } of rules) {
        const progress = await store.effects.progress(live.ruleId);
        // By now it may have left again.
        if (live.incarnation !== incarnation || live.host !== host || !live.joined) continue;
        const offset = Math.max(progress?.applied.offset ?? 0, live.offset, at);
        rows.push({ rule_id: live.ruleId, slot: host.floor, applied: { offset, effects: 0 } });
        live.status = "running";
      }
      await writer.waitOut(() => store.effects.place(rows));
    });
  }

  /**
   * Takes the actor away from its host and its floor. Behind the frames that came before, and at once: a
   * later frame's floor must not speak for it.
   */
  withdraw(live: LiveRule): Promise<void> {
    const { hosts, writer } = this.#p;
    this.unsubscribe(live);
    const { host, incarnation } = live;
    live.host = null;
    if (host !== null && hosts.has(host)) {
      host.send({ kind: "unload", handle: live.handle, incarnation });
    }
    return writer.task(async () => {
      if (live.incarnation === incarnation) live.incarnation = -1;
      await this.#release([live]);
    });
  }

  /**
   * A host left the feed with these actors: they go on privately. Its floor, which other rules may raise
   * again before they are back, speaks for them no more.
   */
  detached(rules: readonly LiveRule[]): Promise<void> {
    for (const live of rules) {
      this.unsubscribe(live);
      live.status = "catching_up";
    }
    return this.#p.writer.task(() => this.#release(rules));
  }

  /** Frees rules from their host's floor. */
  async #release(rules: readonly LiveRule[]): Promise<void> {
    const { writer, store: { effects } } = this.#p;
    const rows: Parameters<EffectStore["place"]>[0][number][] = [];
    for (const { ruleId } of rules) {
      const progress = await effects.progress(ruleId);
      if (progress !== undefined) rows.push({ rule_id: ruleId, slot: null, applied: progress.applied });
    }
    await writer.waitOut(() => effects.place(rows));
  }

  /** Withdraws the actor and begins anew from its snapshot. */
  async restart(live: LiveRule, how: Omit<Beginning, "newest"> = {}): Promise<void> {
    const { store, table, placement, hosts } = this.#p;
    live.status = "restarting";
    await this.withdraw(live);
    const newest = await store.rules.get(live.ruleId);
    if (newest === undefined || !table.has(live)) return;
    const previous = placement.slotOf(live.ruleId);
    await this.begin(live, { newest, ...how });
    if (previous !== null && placement.rulesOf(previous).length === 0) await hosts.retire(previous);
  }

  /** The actor is no more; what it committed stays. */
  async remove(live: LiveRule): Promise<void> {
    const { table, placement, hosts } = this.#p;
    table.stop(live);
    await this.withdraw(live);
    table.forget(live);
    const empty = placement.remove(live.ruleId);
    if (empty !== null) await hosts.retire(empty);
  }
}
