/**
 * Follows rule records and commands, so that each takes effect exactly at its place among the events:
 * live and in a replay, in the common feed and for an actor that catches up by itself.
 */
import { type CommandRecord, decodeCommandRecord } from "../src/ingest/command_record.ts";
import { decodeRuleRecord } from "../src/ingest/rule_record.ts";
import type { LogRecord } from "../src/store/event_log.ts";
import type { RuleChange } from "../src/store/rule_store.ts";
import type { Store } from "../src/store/store.ts";
import type { ActorLife } from "./actor_life.ts";
import type { EffectWriter } from "./effect_writer.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import type { LookupImages } from "./lookup_images.ts";
import { bindPlan, type CompiledVersion, type LiveRule, topicNumbers } from "./live_rule.ts";
import type { ToHost } from "./messages.ts";
import type { RuleTable } from "./rule_table.ts";

export interface RuleFollowerParts {
  store: Store;
  fleet: Fleet;
  table: RuleTable;
  life: ActorLife;
  images: LookupImages;
  writer: EffectWriter;
  isQuarantined(ruleId: string): boolean;
  onError(error: unknown): void;
}

export class RuleFollower {
  readonly #p: RuleFollowerParts;

  constructor(parts: RuleFollowerParts) {
    this.#p = parts;
  }

  /** The router reached a rule record or a command. */
  async follow(record: LogRecord): Promise<void> {
    if (record.kind === "command") return await this.#command(record);
    const said = decodeRuleRecord(record.body);
    const live = this.#p.table.get(said.rule_id);
    if (live !== undefined && live.compiled.row.version >= said.version) return;
    switch (said.change) {
      case "created":
      case "enabled":
        if (live === undefined) await this.#start(said.rule_id, said.version, record.first);
        return;
      case "updated":
        // One that is catching up meets the record in the log by itself.
        if (live?.joined && live.host !== null) {
          await this.#change(live, live.host, said.version, record);
        }
        return;
      case "disabled":
      case "deleted":
        return await this.#end(said.rule_id, said.change);
    }
  }

  /** Actors that catch up reached a rule record or a command; answers the one that means something else now. */
  async pass(rules: readonly LiveRule[], record: LogRecord): Promise<LiveRule | null> {
    if (record.kind === "command") {
      const said = decodeCommandRecord(record.body);
      const told = rules.find((one) => one.ruleId === said.rule_id);
      told?.host?.send(commandMessage(told, said, record.first));
      return null;
    }
    const said = decodeRuleRecord(record.body);
    if (said.change !== "updated") return null;
    const live = rules.find((one) => one.ruleId === said.rule_id);
    if (live === undefined || live.host === null || live.compiled.row.version >= said.version) return null;
    const compiled = await this.#p.table.version(live.ruleId, said.version);
    const { host, incarnation } = live;
    const message = await this.#planMessage(live, compiled, record);
    if (live.host !== host || live.incarnation !== incarnation) return null;
    this.#p.table.mean(live, compiled);
    host.send(message);
    return live;
  }

  /** A rule that starts now joins here, in its place, where its host is there; else it catches up by itself. */
  async #start(ruleId: string, version: number, at: number): Promise<void> {
    const { store, table, life, isQuarantined } = this.#p;
    const newest = await store.rules.latest(ruleId);
    if (newest?.active !== true || isQuarantined(ruleId)) return;
    const live = table.create(await table.version(ruleId, version));
    // A worker takes long to start, and the other rules do not wait for it.
    if (life.opensHost(live)) void life.begin(live, { newest }).catch(this.#p.onError);
    else await life.begin(live, { newest }, at);
  }

  async #change(live: LiveRule, host: Host, version: number, record: LogRecord): Promise<void> {
    const { fleet, table, life } = this.#p;
    const before = live.compiled.rule.isolation;
    const compiled = await table.version(live.ruleId, version);
    // When the host has left the feed, the actor meets the record in the log.
    const message = await this.#planMessage(live, compiled, record);
    if (live.host !== host || !live.joined || !await fleet.control(host, [message], record.first)) return;
    table.mean(live, compiled);
    life.subscribe(live, host);
    if (compiled.rule.isolation !== before) void life.restart(live).catch(this.#p.onError);
  }

  /** One that is catching up meets the command in the log by itself. */
  async #command({ body, first }: LogRecord): Promise<void> {
    const said = decodeCommandRecord(body);
    const live = this.#p.table.get(said.rule_id);
    if (!live?.joined || live.host === null) return;
    await this.#p.fleet.control(live.host, [commandMessage(live, said, first)], first);
  }

  async #planMessage(
    live: LiveRule,
    compiled: CompiledVersion,
    { first: at, arrival }: LogRecord,
  ): Promise<ToHost> {
    const { registry, topics } = this.#p.table;
    const { plan } = compiled;
    const binding = bindPlan(plan, live.handle, registry);
    const tables = await this.#p.images.at(plan, at);
    const to = { plan, binding, topics: topicNumbers(plan, topics), tables };
    return { kind: "plan", handle: live.handle, to, at, arrival };
  }

  /** A disabled or deleted rule: by now it was stopped, unless this is a replay. */
  async #end(ruleId: string, change: RuleChange): Promise<void> {
    const { store, table, life, writer } = this.#p;
    const newest = await store.rules.latest(ruleId);
    if (newest?.active === true) return;
    const live = table.get(ruleId);
    if (live !== undefined) await life.remove(live);
    await writer.task(async () => {
      await store.snapshots.remove(ruleId);
      if (change !== "deleted") return;
      await store.effects.forget(ruleId);
      await store.health.forget(ruleId);
    });
  }
}

function commandMessage({ handle }: LiveRule, { generation, command }: CommandRecord, at: number): ToHost {
  return { kind: "command", handle, generation, command, at };
}
