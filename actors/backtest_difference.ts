/**
 * How the alerts of two versions of a rule differ. Alerts are the same where their key and cause are (SEMANTICS 21).
 * Only what the other version has not told yet is kept, so that memory grows with the difference, up to
 * {@linkcode ALERTS_APART_MAX} a version; beyond that it is said that the numbers are not complete.
 */
import type { AlertEffect } from "../src/engine/effects.ts";
import { canonicalKey } from "../src/engine/group_key.ts";
import type { Plan } from "../src/engine/plan.ts";
import { isNewAlert } from "./backtest_counts.ts";

/** Alerts of one version that the other has not told. */
export const ALERTS_APART_MAX = 50_000;

export class BacktestDifference {
  /** Alerts of both versions. */
  same = 0;
  isComplete = true;
  readonly #apart: readonly [Map<string, AlertEffect>, Map<string, AlertEffect>] = [new Map(), new Map()];
  /** Fields of the keys: the same value of another field is another key. */
  readonly #fields: readonly string[];

  constructor(plans: readonly [Plan, Plan]) {
    this.#fields = plans.map(({ fields, key }) => JSON.stringify(key.map((at) => fields[at])));
  }

  /** `i` is 0 for the version that is tested, 1 for the one that runs. */
  add(i: 0 | 1, alerts: readonly AlertEffect[]): void {
    const own = this.#apart[i];
    const others = this.#apart[1 - i]!;
    for (const alert of alerts) {
      if (!isNewAlert(alert)) continue;
      const cause = this.#causeOf(i, alert);
      if (others.delete(cause)) this.same++;
      else if (own.size < ALERTS_APART_MAX) own.set(cause, alert);
      else this.isComplete = false;
    }
  }

  /** What only one of them tells, in the order in which it did. */
  apart(i: 0 | 1): { count: number; first(n: number): AlertEffect[] } {
    const own = this.#apart[i];
    return { count: own.size, first: (n) => [...own.values().take(n)] };
  }

  #causeOf(i: 0 | 1, { key, cause, ordinal }: AlertEffect): string {
    return `${this.#fields[i]} ${canonicalKey(key)} ${JSON.stringify(cause)} ${ordinal}`;
  }
}
