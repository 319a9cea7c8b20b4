/**
 * What follows when a rule or its worker fails: strikes for an event that is to blame, parking it, a
 * restart within the budget, quarantine past it. A crash without a known event counts against the rule.
 */
import type { Clock } from "../src/base/clock.ts";
import type { Logger } from "../src/base/logging.ts";
import type { Metrics } from "../src/base/metrics.ts";
import { badRequest } from "../src/base/problem.ts";
import type { ErrorEntry } from "../src/store/figure_store.ts";
import type { Quarantine } from "../src/store/health_store.ts";
import type { Store } from "../src/store/store.ts";
import type { ActorLife, Beginning } from "./actor_life.ts";
import type { Breadcrumb } from "./control_block.ts";
import type { Host } from "./host.ts";
import { compileVersion, type LiveRule } from "./live_rule.ts";
import type { Crash } from "./messages.ts";
import type { PlacementWish } from "./placement.ts";
import { STRIKES_MAX } from "./restart_policy.ts";
import type { RuleTable } from "./rule_table.ts";

export interface RecoveryParts {
  store: Store;
  table: RuleTable;
  life: ActorLife;
  clock: Clock;
  logger: Logger;
  metrics: Metrics;
  /** A rule threw, hung or took too much memory. */
  onError?(error: ErrorEntry): void;
  /** Where the router stands. */
  cursor(): number;
  onChange(): void;
}

type Failure = Omit<Crash, "handle" | "incarnation" | "next">;

export class Recovery {
  readonly #p: RecoveryParts;
  readonly #quarantined = new Map<string, Quarantine>();
  readonly #restarts: { add(n: number): void };
  readonly #lost: { add(n: number): void };

  constructor(parts: RecoveryParts) {
    this.#p = parts;
    const { metrics } = parts;
    this.#restarts = metrics.counter("tocsin_rule_restarts_total", "Restarts of rules from a snapshot.").of(
      {},
    );
    this.#lost = metrics.counter("tocsin_rule_workers_lost_total", "Rule workers that died or hung.").of({});
  }

  /** Reads what was quarantined before. */
  async open(): Promise<void> {
    for (const row of await this.#p.store.health.quarantined()) this.#quarantined.set(row.rule_id, row);
  }

  get count(): number {
    return this.#quarantined.size;
  }

  all(): Iterable<Quarantine> {
    return this.#quarantined.values();
  }

  quarantineOf(ruleId: string): Quarantine | null {
    return this.#quarantined.get(ruleId) ?? null;
  }

  /** An actor threw; its host has dropped it. */
  async onCrash(live: LiveRule, failure: Failure, wish?: PlacementWish): Promise<void> {
    const { logger, life, table } = this.#p;
    const { error, phase, first, offset } = failure;
    live.status = "restarting";
    const withdrawn = life.withdraw(live);
    logger.error("rule crashed", { rule_id: live.ruleId, error, phase, first, offset });
    const ref = offset >= 0 ? String(offset) : null;
    const entry = { kind: "rule_crash" as const, at: this.#p.clock.now(), duration_ms: null, ref };
    this.#p.onError?.({ ...entry, rule_id: live.ruleId, message: `${error} (${phase})` });
    await withdrawn;
    const within = offset >= 0 ? await this.#strike(live, offset, error) : live.restarts.spend();
    if (!table.has(live)) return;
    if (!within) return await this.#quarantine(live, `${error} (${phase})`);
    const suspectBelow = phase === "read" || phase === "step" ? first + 1 : 0;
    await this.#restart(live, { suspectBelow, ...(wish === undefined ? {} : { wish }) });
  }

  /**
   * A host is gone. The rule that its last crumb names is to blame and goes on alone; the others begin
   * again, at no cost. Where no crumb tells, only a rule that was alone there can have done it.
   */
  async onLost(host: Host, reason: string, crumb: Breadcrumb): Promise<void> {
    const { table } = this.#p;
    const { phase, first, offset } = crumb;
    this.#lost.add(1);
    const rules = table.of(host);
    const blamed = phase === "idle" ? undefined : table.byHandle(crumb.handle);
    await Promise.all(rules.map((live) => {
      if (live === blamed) return this.onCrash(live, { error: reason, phase, first, offset }, "alone");
      if (blamed === undefined && rules.length === 1) {
        return this.onCrash(live, { error: reason, phase: "idle", first, offset: -1 });
      }
      return this.#restart(live);
    }));
  }

  /** No worker could be started for the rule: the machine has no room, and others must go on. */
  async onUnavailable(live: LiveRule, error: unknown): Promise<void> {
    await this.#quarantine(
      live,
      `no worker could be started: ${error instanceof Error ? error.message : error}`,
    );
  }

  /** The store refused a frame: what the actor believes is not what is committed. */
  async onStale(ruleId: string): Promise<void> {
    const live = this.#p.table.get(ruleId);
    if (live === undefined || live.status === "restarting") return;
    this.#p.logger.warn("a frame was stale: the rule starts again", { rule_id: ruleId });
    await this.#restart(live);
  }

  async quarantine(row: Quarantine): Promise<void> {
    this.#p.logger.error("rule quarantined", { ...row });
    this.#quarantined.set(row.rule_id, row);
    await this.#p.store.health.quarantine(row);
    this.#p.onChange();
  }

  /** The rule was disabled or deleted: nothing is left to resume. */
  async release(ruleId: string): Promise<void> {
    if (this.#quarantined.delete(ruleId)) await this.#p.store.health.release(ruleId);
  }

  /** Goes on with the newest version where it stopped, or now. @throws Problem 400 when it is not quarantined */
  async resume(ruleId: string, from: "quarantine" | "now"): Promise<void> {
    const { store, table, life, cursor } = this.#p;
    const newest = await store.rules.get(ruleId);
    if (!this.#quarantined.has(ruleId) || newest === undefined) {
      throw badRequest("not_quarantined", `Cannot resume rule "${ruleId}": it is not quarantined`);
    }
    await this.release(ruleId);
    if (!newest.active) return;
    const live = table.create(compileVersion(newest));
    const skip = from === "now" ? { skipTo: cursor() } : {};
    await life.begin(live, { newest, newestAtOnce: true, ...skip });
  }

  #restart(live: LiveRule, how: Omit<Beginning, "newest"> = {}): Promise<void> {
    this.#restarts.add(1);
    return this.#p.life.restart(live, how);
  }

  /** Counts a strike of an event; parks it at the last one, which counts as one restart. */
  async #strike(live: LiveRule, offset: number, error: string): Promise<boolean> {
    const { health } = this.#p.store;
    if (await health.strike(live.ruleId, offset) < STRIKES_MAX) return true;
    await health.park({ rule_id: live.ruleId, offset, error, at: this.#p.clock.now() });
    return live.restarts.spend();
  }

  async #quarantine(live: LiveRule, reason: string): Promise<void> {
    const { life, store, clock } = this.#p;
    const progress = await store.effects.progress(live.ruleId);
    const offset = progress?.applied.offset ?? live.offset;
    // Before it is gone, so that nobody sees it as merely stopped.
    await this.quarantine({ rule_id: live.ruleId, reason, offset, at: clock.now() });
    await life.remove(live);
    this.#p.onChange();
  }
}
