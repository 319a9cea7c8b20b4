/**
 * What a log means, told the slow way: every rule walks over all records by itself, one event after the
 * other, with maps and no batches. Conditions are those of test/engine/oracle.ts.
 */
import { placedId } from "../../src/base/ids.ts";
import type { JsonObject, JsonScalar } from "../../src/base/json.ts";
import { compileRule } from "../../src/engine/compile.ts";
import type { Plan } from "../../src/engine/plan.ts";
import { type ParsedRecord, parseRecord } from "../../src/ingest/parsed_record.ts";
import { decodeRuleRecord } from "../../src/ingest/rule_record.ts";
import { parseRule } from "../../src/model/rule.ts";
import type { Alert } from "../../src/model/alert.ts";
import type { RuleVersion } from "../../src/store/rule_store.ts";
import type { Store } from "../../src/store/store.ts";
import { fieldValue, holds } from "../engine/oracle.ts";

/** An alert as far as it follows from the log; times in ms. */
export interface ToldAlert {
  alert_id: string;
  version: number;
  key: JsonObject;
  event_time: number;
  fired_at: number;
  events: number[];
  suppressed: number | null;
}

export interface Told {
  alerts: ToldAlert[];
  counters: Record<string, number>;
}

const MINUTE = 60_000;
const FUTURE = 5 * MINUTE;

/** What a store has to say of a rule by now. */
export async function toldBy(store: Store, ruleId: string): Promise<Told> {
  const stored = await store.effects.alertsAfter(0, 1_000_000);
  const alerts = stored.filter(({ alert }) => alert.rule_id === ruleId).map(({ alert }) => told(alert));
  return { alerts, counters: (await store.effects.progress(ruleId))?.counters ?? {} };
}

function told(alert: Alert): ToldAlert {
  return {
    alert_id: alert.alert_id,
    version: alert.rule_version,
    key: alert.key,
    event_time: Date.parse(alert.event_time),
    fired_at: Date.parse(alert.fired_at),
    events: alert.events.map(({ offset }) => offset),
    suppressed: typeof alert.values.suppressed === "number" ? alert.values.suppressed : null,
  };
}

/** What it should say. */
export async function naivelyTold(store: Store, ruleId: string): Promise<Told> {
  const records = (await store.log.read(0, { records: 1e9, bytes: 1e12 })).map(parseRecord);
  const found: Told = { alerts: [], counters: {} };
  const versions = await store.rules.versions(ruleId);
  versions.forEach((version, i) => {
    if (version.change !== "created" && version.change !== "enabled") return;
    const rest = versions.slice(i + 1);
    const end = rest.find(({ change }) => change === "disabled" || change === "deleted");
    const life = [version, ...rest.slice(0, end === undefined ? rest.length : rest.indexOf(end))];
    new NaiveRule(life, found).live(records, end?.from_offset ?? Infinity);
  });
  return found;
}

class NaiveRule {
  readonly #versions: RuleVersion[];
  readonly #found: Told;
  #plan: Plan;
  #last = new Map<string, { time: number; key: JsonScalar[] }>();
  #minute = { start: -1, alerts: 0, suppressed: 0 };

  constructor(versions: RuleVersion[], found: Told) {
    this.#versions = versions;
    this.#found = found;
    this.#plan = planOf(versions[0]!);
  }

  live(records: readonly ParsedRecord[], end: number): void {
    const born = this.#versions[0]!.from_offset;
    const said = records.find(({ record }) => record.first === born)!.record;
    const begin = decodeRuleRecord(said.body).start ?? born + 1;
    for (const { record, events } of records) {
      if (record.first >= end || record.first + record.count <= begin) continue;
      const edit = this.#versions.find((version) =>
        version.from_offset === record.first && record.first > born
      );
      if (edit !== undefined) this.#become(planOf(edit));
      this.#passTime(record.arrival);
      const { topics } = this.#plan;
      if (topics === null ? record.topic.startsWith("_") : !topics.includes(record.topic)) continue;
      events.forEach((event, i) => {
        const offset = record.first + i;
        if (offset >= begin) this.#see(event, offset, record.arrival);
      });
    }
  }

  #become(plan: Plan): void {
    const { key, fields, cooldown_ms } = this.#plan;
    const names = JSON.stringify(key.map((i) => fields[i]));
    const same = names === JSON.stringify(plan.key.map((i) => plan.fields[i]));
    if (!same || cooldown_ms === 0 || plan.cooldown_ms === 0) this.#last.clear();
    this.#plan = plan;
  }

  #passTime(arrival: number): void {
    const due = this.#minute.start + MINUTE;
    if (this.#minute.suppressed === 0 || arrival < due) return;
    const { suppressed } = this.#minute;
    this.#minute.suppressed = 0;
    const cause = ["alerts_per_minute", this.#minute.start];
    this.#tell({ cause, key: [], shown: [], event_time: due, fired_at: arrival, events: [], suppressed });
  }

  #see(event: JsonObject, offset: number, arrival: number): void {
    const { where, fields, key, cooldown_ms } = this.#plan;
    if (!holds(where, fields, event)) return;
    this.#count("matched");
    const [time, quietTime] = this.#times(event, arrival);
    const values = key.map((i) => scalarOf(fieldValue(event, fields[i]!)));
    const text = canonical(values);
    const known = this.#last.get(text);
    if (known !== undefined && quietTime < known.time + cooldown_ms) return this.#count("in_cooldown");
    if (!this.#underCap(arrival)) return;
    const shown = known?.key ?? values;
    if (cooldown_ms > 0) this.#last.set(text, { time: quietTime, key: shown });
    const cause = ["event", offset];
    this.#tell({
      cause,
      key: values,
      shown,
      event_time: time,
      fired_at: arrival,
      events: [offset],
      suppressed: null,
    });
  }

  #times(event: JsonObject, arrival: number): [number, number] {
    const seconds = fieldValue(event, "timestamp");
    if (typeof seconds !== "number") return [arrival, arrival];
    const time = seconds * 1000;
    if (time <= arrival + FUTURE) return [time, time];
    this.#count("time_future");
    return [time, arrival];
  }

  #underCap(arrival: number): boolean {
    const start = Math.floor(arrival / MINUTE) * MINUTE;
    if (this.#minute.start !== start) this.#minute = { start, alerts: 0, suppressed: 0 };
    const cap = this.#plan.limits.alerts_per_minute;
    if (cap !== null && this.#minute.alerts >= cap) {
      this.#minute.suppressed++;
      this.#count("over_alerts_per_minute");
      return false;
    }
    this.#minute.alerts++;
    return true;
  }

  #tell(
    { cause, key, shown, ...rest }: Pick<ToldAlert, "event_time" | "fired_at" | "events" | "suppressed"> & {
      cause: (string | number)[];
      key: JsonScalar[];
      shown: JsonScalar[];
    },
  ): void {
    const { rule_id, rule_version: version, generation, fields } = this.#plan;
    const alert_id = placedId("al_", Number(cause[1]), [rule_id, generation, canonical(key), ...cause, 0]);
    const names = key.length === 0 ? [] : this.#plan.key.map((i) => fields[i]!);
    const named = Object.fromEntries(names.map((name, i) => [name, shown[i]!]));
    this.#count("alerts");
    this.#found.alerts.push({ alert_id, version, key: named, ...rest });
  }

  #count(name: string): void {
    this.#found.counters[name] = (this.#found.counters[name] ?? 0) + 1;
  }
}

function planOf({ doc, rule_id, version, generation }: RuleVersion): Plan {
  const parsed = parseRule(doc);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  return compileRule(parsed.rule, { rule_id, version, generation });
}

function scalarOf(value: unknown): JsonScalar {
  if (value === undefined) return null;
  return typeof value === "object" ? JSON.stringify(value) : value as JsonScalar;
}

/** Of one field at most: what several make is for the tests of the engine. */
function canonical(key: readonly JsonScalar[]): string {
  if (key.length === 0) return "";
  return key[0] === null ? "\0" : String(key[0]);
}
