/**
 * What a log means, told by the engine itself but one event after the other: no batches of several rows, no
 * snapshots, no frames, no Workers. Whatever an engine went through, its alerts and counters are these
 * (INVARIANTS 1): every revision in turn, as the store keeps it.
 */
import { present } from "../../src/base/assert.ts";
import type { JsonObject } from "../../src/base/json.ts";
import { noEffects } from "../../src/engine/effects.ts";
import { restart } from "../../src/engine/step.ts";
import { type ParsedRecord, parseRecord } from "../../src/ingest/parsed_record.ts";
import { decodeRuleRecord } from "../../src/ingest/rule_record.ts";
import type { Alert, Evidence } from "../../src/model/alert.ts";
import { parseRule } from "../../src/model/rule.ts";
import { buildAlert } from "../../src/notify/alert_builder.ts";
import type { RuleVersion } from "../../src/store/rule_store.ts";
import type { Store } from "../../src/store/store.ts";
import { RuleBench } from "../engine/rule_bench.ts";

/** Alerts as of their last revision, in the order in which that was told, and counters. */
export interface Account {
  alerts: Alert[];
  counters: Record<string, number>;
}

/** What a store has to say of a rule by now. */
export async function accountOf(store: Store, ruleId: string): Promise<Account> {
  const stored = await store.effects.alertsAfter(0, 1_000_000);
  const alerts = stored.map(({ alert }) => alert).filter(({ rule_id }) => rule_id === ruleId);
  return { alerts, counters: (await store.effects.progress(ruleId))?.counters ?? {} };
}

export async function readLog(store: Store): Promise<ParsedRecord[]> {
  return (await store.log.read(0, { records: 1e9, bytes: 1e12 })).map(parseRecord);
}

/**
 * What it should say. `restored`: the state goes through a snapshot behind each record. That may differ in one
 * thing: a timer that was set and has lost its meaning still lets a tick move event time, and is in no snapshot;
 * so how far quiet time came before a start of the process depends on it.
 */
export async function foldedAccount(
  store: Store,
  ruleId: string,
  { restored }: { restored: boolean },
): Promise<Account> {
  const records = await readLog(store);
  const versions = await store.rules.versions(ruleId);
  const account = new Accounting(records);
  versions.forEach((version, i) => {
    if (version.change !== "created" && version.change !== "enabled") return;
    const rest = versions.slice(i + 1);
    const over = rest.findIndex(({ change }) => change === "disabled" || change === "deleted");
    const life = [version, ...over < 0 ? rest : rest.slice(0, over)];
    foldLife(life, { records, end: rest[over]?.from_offset ?? Infinity, account, restored });
  });
  return { alerts: [...account.alerts.values()], counters: account.counters };
}

/**
 * Whether the process started while quiet time was passing: how far that had come, where nothing was due, is
 * known to the engine alone.
 */
export function quietBeforeStart(log: readonly ParsedRecord[], idleMs: number): boolean {
  let since = Infinity;
  let quiet = false;
  for (const { record: { kind, arrival } } of log) {
    if (kind === "start" && quiet) return true;
    if (kind === "events" || kind === "start") since = arrival;
    quiet = arrival - since >= idleMs;
  }
  return false;
}

/** One life of a rule: from the record that made or enabled it to the one that ends it. */
function foldLife(
  life: readonly RuleVersion[],
  { records, end, account, restored }: {
    records: readonly ParsedRecord[];
    end: number;
    account: Accounting;
    restored: boolean;
  },
): void {
  const [first] = life as [RuleVersion];
  const bench = new RuleBench(first.doc, first);
  const begin = beginOf(first, records);
  let version = first;
  for (const { record, events } of records) {
    if (record.first >= end) break;
    if (record.first + record.count <= begin) continue;
    const edit = life.find((one) =>
      one.from_offset === record.first && one !== first && record.kind === "rule"
    );
    if (edit !== undefined) bench.become(edit.doc, version = edit);
    if (record.kind === "start") restart(bench.state, record.arrival);
    const { topics } = bench.plan;
    const concerns = topics === null ? !record.topic.startsWith("_") : topics.includes(record.topic);
    if (record.kind !== "events" || !concerns) bench.feed([], record.arrival);
    else {
      events.forEach((event, i) => {
        bench.next = record.first + i;
        if (bench.next >= begin) bench.feed([event], record.arrival, record.topic);
      });
    }
    account.take(bench, version);
    if (restored) bench.restore();
  }
}

/** Where the first event of a life stands. */
function beginOf({ from_offset }: RuleVersion, records: readonly ParsedRecord[]): number {
  const said = records.find(({ record }) => record.first === from_offset && record.kind === "rule");
  return decodeRuleRecord(present(said, "the record of a rule").record.body).start ?? from_offset + 1;
}

/** Takes what was decided, as the store does: a later revision takes the place of the one before. */
class Accounting {
  readonly alerts = new Map<string, Alert>();
  readonly counters: Record<string, number> = {};
  readonly #events = new Map<number, JsonObject>();

  constructor(records: readonly ParsedRecord[]) {
    for (const { record, events } of records) {
      events.forEach((event, i) => this.#events.set(record.first + i, event));
    }
  }

  take(bench: RuleBench, { rule_id, doc }: RuleVersion): void {
    const { alerts, counters } = bench.effects;
    bench.effects = noEffects();
    for (const [name, n] of Object.entries(counters)) this.counters[name] = (this.counters[name] ?? 0) + n;
    if (alerts.length === 0) return;
    const parsed = parseRule(doc);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    for (const effect of alerts) {
      const events = effect.events.map((offset): Evidence => ({ offset, event: this.#events.get(offset)! }));
      this.#put(buildAlert({ rule: parsed.rule, rule_id, plan: bench.plan, effect, events }));
    }
  }

  /** A key that a cap put out and that came again may tell of a window once more: the store knows it already. */
  #put(alert: Alert): void {
    const told = this.alerts.get(alert.alert_id)?.revision ?? 0;
    const forgotten = this.counters.keys_evicted !== undefined;
    if (forgotten && alert.revision <= told) return;
    if (!forgotten && alert.revision !== told + 1) {
      throw new Error(`${alert.alert_id}: revision ${alert.revision} follows ${told}`);
    }
    this.alerts.delete(alert.alert_id);
    this.alerts.set(alert.alert_id, alert);
  }
}
