/** The rules that run here, by id and by the handle that batches know them by. */
import { present } from "../src/base/assert.ts";
import type { Clock } from "../src/base/clock.ts";
import { Registry } from "../src/batch/binding.ts";
import { TopicNumbers } from "../src/ingest/topic_numbers.ts";
import type { RuleStore, RuleVersion } from "../src/store/rule_store.ts";
import type { Host } from "./host.ts";
import { bindPlan, type CompiledVersion, compileVersion, type LiveRule } from "./live_rule.ts";
import type { RuleFrame } from "./messages.ts";
import { RestartBudget } from "./restart_policy.ts";
import { LATE_LISTED_MAX } from "./rule_actor.ts";
import { costRows } from "./step_costs.ts";

export class RuleTable {
  readonly registry = new Registry();
  readonly topics = new TopicNumbers();
  readonly #store: RuleStore;
  readonly #clock: Clock;
  readonly #byId = new Map<string, LiveRule>();
  readonly #byHandle = new Map<number, LiveRule>();
  #handles = 0;
  /** Told what a rule means from now on; null: it runs no more. */
  listener: ((ruleId: string, meaning: CompiledVersion | null) => void) | null = null;

  constructor(store: RuleStore, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  get size(): number {
    return this.#byId.size;
  }

  all(): Iterable<LiveRule> {
    return this.#byId.values();
  }

  of(host: Host): LiveRule[] {
    return [...this.#byId.values()].filter((live) => live.host === host);
  }

  get(ruleId: string): LiveRule | undefined {
    return this.#byId.get(ruleId);
  }

  /** Whether `live` still runs: it was neither stopped nor replaced. */
  has(live: LiveRule): boolean {
    return this.#byId.get(live.ruleId) === live;
  }

  byHandle(handle: number): LiveRule | undefined {
    return this.#byHandle.get(handle);
  }

  /** The rule of a handle while it runs as that incarnation. */
  incarnation(handle: number, incarnation: number): LiveRule | undefined {
    const live = this.#byHandle.get(handle);
    return live?.incarnation === incarnation ? live : undefined;
  }

  create(compiled: CompiledVersion): LiveRule {
    const handle = ++this.#handles;
    const live: LiveRule = {
      ruleId: compiled.row.rule_id,
      handle,
      compiled,
      binding: bindPlan(compiled.plan, handle, this.registry),
      status: "catching_up",
      host: null,
      incarnation: 0,
      offset: 0,
      joined: false,
      subscribed: false,
      restarts: new RestartBudget(this.#clock),
      late: [],
      cost: { ms: 0, batches: 0, events: 0 },
      partitions: new Map(),
    };
    this.#byId.set(live.ruleId, live);
    this.#byHandle.set(handle, live);
    this.listener?.(live.ruleId, compiled);
    return live;
  }

  /** Events came too late for the rule of a frame. */
  noteLate(frame: RuleFrame): void {
    const live = this.incarnation(frame.handle, frame.incarnation);
    if (live !== undefined) live.late = [...live.late, ...frame.late].slice(-LATE_LISTED_MAX);
  }

  /** What rules cost since they were last told of. */
  noteCosts(costs: ArrayBuffer): void {
    for (const { handle, ms, batches, events } of costRows(costs)) {
      const cost = this.#byHandle.get(handle)?.cost;
      if (cost === undefined) continue;
      cost.ms += ms;
      cost.batches += batches;
      cost.events += events;
    }
  }

  /** The rule runs no more; frames of it may still come until `forget`. */
  stop(live: LiveRule): void {
    live.status = "stopped";
    if (!this.has(live)) return;
    this.#byId.delete(live.ruleId);
    this.listener?.(live.ruleId, null);
  }

  forget(live: LiveRule): void {
    this.#byHandle.delete(live.handle);
  }

  /** What its actor means from now on. */
  mean(live: LiveRule, compiled: CompiledVersion): void {
    live.compiled = compiled;
    live.binding = bindPlan(compiled.plan, live.handle, this.registry);
    if (this.has(live)) this.listener?.(live.ruleId, compiled);
  }

  /** A version of a rule, compiled. */
  async version(ruleId: string, version: number): Promise<CompiledVersion> {
    const live = this.#byId.get(ruleId);
    if (live?.compiled.row.version === version) return live.compiled;
    const versions: RuleVersion[] = await this.#store.versions(ruleId);
    return compileVersion(present(versions.find((row) => row.version === version), `version ${version}`));
  }
}
