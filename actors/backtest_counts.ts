/** How often a rule fired in a backtest: by hour and by key, with its counters. Beyond a bound it is counted apart. */
import { instant } from "../src/base/event_time.ts";
import type { JsonObject } from "../src/base/json.ts";
import type { AlertEffect } from "../src/engine/effects.ts";
import { canonicalKey } from "../src/engine/group_key.ts";
import type { Plan } from "../src/engine/plan.ts";
import type { BacktestNews } from "./backtest_worker.ts";

export const KEYS_COUNTED_MAX = 1000;
export const HOURS_COUNTED_MAX = 24 * 366;
const HOUR_MS = 3_600_000;

/** Whether an effect is an alert of its own, and no correction or end of one. */
export function isNewAlert({ status, revision }: Pick<AlertEffect, "status" | "revision">): boolean {
  return status === "firing" && revision === 1;
}

/** A key under the names of its fields. */
export function namedKey(
  { fields, key }: Pick<Plan, "fields" | "key">,
  values: AlertEffect["key"],
): JsonObject {
  return Object.fromEntries(values.map((value, at) => [fields[key[at]!]!, value]));
}

export class BacktestCounts {
  /** Alerts that fired. */
  total = 0;
  readonly #plan: Plan;
  readonly #hours = new Map<number, number>();
  readonly #keys = new Map<string, { key: JsonObject; count: number }>();
  readonly #counters: Record<string, number> = {};
  #hoursLeftOut = 0;
  #keysLeftOut = 0;
  #late = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  add({ counters, late, alerts }: BacktestNews): void {
    this.#late += late;
    for (const [name, n] of Object.entries(counters)) this.#counters[name] = (this.#counters[name] ?? 0) + n;
    for (const alert of alerts) if (isNewAlert(alert)) this.#count(alert);
  }

  shown(): JsonObject {
    const hours = [...this.#hours].sort(([a], [b]) => a - b);
    return {
      by_hour: hours.map(([hour, count]) => ({ hour: instant(hour), count })),
      hours_left_out: this.#hoursLeftOut,
      by_key: [...this.#keys.values()].sort((a, b) => b.count - a.count),
      keys_left_out: this.#keysLeftOut,
      counters: this.#counters,
      late_events: this.#late,
    };
  }

  #count({ key, event_time }: AlertEffect): void {
    this.total++;
    const hour = Math.floor(event_time / HOUR_MS) * HOUR_MS;
    if (this.#hours.has(hour) || this.#hours.size < HOURS_COUNTED_MAX) {
      this.#hours.set(hour, (this.#hours.get(hour) ?? 0) + 1);
    } else this.#hoursLeftOut++;
    const text = canonicalKey(key);
    const known = this.#keys.get(text);
    if (known !== undefined) known.count++;
    else if (this.#keys.size < KEYS_COUNTED_MAX) {
      this.#keys.set(text, { key: namedKey(this.#plan, key), count: 1 });
    } else this.#keysLeftOut++;
  }
}
