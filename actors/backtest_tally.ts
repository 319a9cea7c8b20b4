/**
 * What a backtest tells of its rules: alerts counted by hour and key, the first of them whole, and how two versions
 * differ. Bounded: what is beyond a bound is counted, and said.
 */
import { instant } from "../src/base/event_time.ts";
import type { JsonObject } from "../src/base/json.ts";
import type { AlertEffect } from "../src/engine/effects.ts";
import { canonicalKey } from "../src/engine/group_key.ts";
import type { Plan } from "../src/engine/plan.ts";
import type { Alert, Evidence } from "../src/model/alert.ts";
import type { Rule } from "../src/model/rule.ts";
import { buildAlert } from "../src/notify/alert_builder.ts";
import type { BacktestNews } from "./backtest_worker.ts";

export const ALERTS_SHOWN_MAX = 1000;
/** Characters of JSON that the alerts of one result may take: results are kept in memory. */
export const ALERTS_CHARACTERS_MAX = 4_000_000;
export const KEYS_COUNTED_MAX = 1000;
export const HOURS_COUNTED_MAX = 24 * 366;
/** Alerts of two versions that are told apart. */
export const ALERTS_COMPARED_MAX = 50_000;
const HOUR_MS = 3_600_000;
const EXAMPLES_MAX = 20;

/** A rule as alerts are made of it; the first is the one that is tested, the second the one that runs. */
export interface TallyRule {
  rule: Rule;
  rule_id: string;
  plan: Plan;
}

interface Counted {
  firing: number;
  effects: AlertEffect[];
  hours: Map<number, number>;
  keys: Map<string, { key: JsonObject; count: number }>;
  uncountedKeys: number;
  causes: Map<string, AlertEffect>;
  counters: Record<string, number>;
  late: number;
}

export class BacktestTally {
  readonly #rules: readonly TallyRule[];
  readonly #event: (offset: number) => Promise<JsonObject | null>;
  readonly #counted: Counted[];

  constructor(rules: readonly TallyRule[], event: (offset: number) => Promise<JsonObject | null>) {
    this.#rules = rules;
    this.#event = event;
    this.#counted = rules.map(() => ({
      ...{ firing: 0, effects: [], hours: new Map(), keys: new Map(), uncountedKeys: 0 },
      ...{ causes: new Map(), counters: {}, late: 0 },
    }));
  }

  add(news: readonly BacktestNews[]): void {
    for (const [i, one] of news.entries()) {
      const counted = this.#counted[i]!;
      counted.late += one.late;
      for (const [name, n] of Object.entries(one.counters)) {
        counted.counters[name] = (counted.counters[name] ?? 0) + n;
      }
      for (const effect of one.alerts) this.#count(i, counted, effect);
    }
  }

  async result(): Promise<JsonObject> {
    const [tested, running] = this.#counted;
    return {
      ...await this.#shown(0, tested!),
      comparison: running === undefined ? null : await this.#comparison(tested!, running),
    };
  }

  #count(i: number, counted: Counted, effect: AlertEffect): void {
    if (counted.effects.length < ALERTS_SHOWN_MAX) counted.effects.push(effect);
    if (effect.status !== "firing" || effect.revision > 1) return;
    counted.firing++;
    const hour = Math.floor(effect.event_time / HOUR_MS) * HOUR_MS;
    if (counted.hours.has(hour) || counted.hours.size < HOURS_COUNTED_MAX) {
      counted.hours.set(hour, (counted.hours.get(hour) ?? 0) + 1);
    }
    const text = canonicalKey(effect.key);
    const known = counted.keys.get(text);
    if (known !== undefined) known.count++;
    else if (counted.keys.size < KEYS_COUNTED_MAX) {
      counted.keys.set(text, { key: this.#key(i, effect), count: 1 });
    } else counted.uncountedKeys++;
    if (this.#rules.length > 1 && counted.causes.size < ALERTS_COMPARED_MAX) {
      counted.causes.set(`${text} ${JSON.stringify(effect.cause)} ${effect.ordinal}`, effect);
    }
  }

  #key(i: number, { key }: AlertEffect): JsonObject {
    const { plan } = this.#rules[i]!;
    return Object.fromEntries(key.map((value, at) => [plan.fields[plan.key[at]!]!, value]));
  }

  async #shown(i: number, counted: Counted): Promise<JsonObject> {
    const alerts: Alert[] = [];
    let room = ALERTS_CHARACTERS_MAX;
    for (const effect of counted.effects) {
      const alert = await this.#alert(i, effect);
      room -= JSON.stringify(alert).length;
      if (room < 0) break;
      alerts.push(alert);
    }
    return {
      alerts_total: counted.firing,
      alerts: alerts as unknown as JsonObject[],
      alerts_left_out: Math.max(
        0,
        counted.firing -
          alerts.filter(({ status, revision }) => status === "firing" && revision === 1).length,
      ),
      by_hour: [...counted.hours].sort(([a], [b]) => a - b).map(([hour, count]) => ({
        hour: instant(hour),
        count,
      })),
      by_key: [...counted.keys.values()].sort((a, b) => b.count - a.count),
      keys_left_out: counted.uncountedKeys,
      counters: counted.counters,
      late_events: counted.late,
    };
  }

  /** Alerts are the same where their cause is (SEMANTICS 21). */
  async #comparison(tested: Counted, running: Counted): Promise<JsonObject> {
    const fresh = [...tested.causes].filter(([cause]) => !running.causes.has(cause)).map(([, effect]) =>
      effect
    );
    const gone = [...running.causes].filter(([cause]) => !tested.causes.has(cause)).map(([, effect]) =>
      effect
    );
    const examples = async (i: number, effects: readonly AlertEffect[]) => {
      const shown = [];
      for (const effect of effects.slice(0, EXAMPLES_MAX)) shown.push(await this.#alert(i, effect));
      return shown as unknown as JsonObject[];
    };
    return {
      running_alerts_total: running.firing,
      same: tested.causes.size - fresh.length,
      newly_fires: fresh.length,
      fires_no_more: gone.length,
      newly_fires_examples: await examples(0, fresh),
      fires_no_more_examples: await examples(1, gone),
      complete: tested.firing <= ALERTS_COMPARED_MAX && running.firing <= ALERTS_COMPARED_MAX,
    };
  }

  async #alert(i: number, effect: AlertEffect): Promise<Alert> {
    const events: Evidence[] = [];
    for (const offset of effect.events) {
      const event = await this.#event(offset);
      events.push(event === null ? { offset, event, expired: true } : { offset, event });
    }
    const { rule, rule_id, plan } = this.#rules[i]!;
    return buildAlert({ rule, rule_id, plan, effect, events });
  }
}
