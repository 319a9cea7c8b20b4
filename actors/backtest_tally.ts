/**
 * What a backtest tells of its rules: counts, the first alerts whole and as they are found, and how two versions
 * differ. Bounded: what is beyond a bound is counted, and said.
 */
import type { JsonObject } from "../src/base/json.ts";
import type { AlertEffect } from "../src/engine/effects.ts";
import type { Plan } from "../src/engine/plan.ts";
import type { Alert, Evidence } from "../src/model/alert.ts";
import type { Rule } from "../src/model/rule.ts";
import { buildAlert } from "../src/notify/alert_builder.ts";
import { BacktestCounts, isNewAlert } from "./backtest_counts.ts";
import { BacktestDifference } from "./backtest_difference.ts";
import type { BacktestFound } from "./backtest_job.ts";
import type { BacktestNews } from "./backtest_worker.ts";

export const ALERTS_SHOWN_MAX = 1000;
/** Characters of JSON that the alerts of one result may take: results are kept in memory. */
export const ALERTS_CHARACTERS_MAX = 4_000_000;
const EXAMPLES_MAX = 20;

/** A rule as alerts are made of it; the first is the one that is tested, the second the one that runs. */
export interface TallyRule {
  rule: Rule;
  rule_id: string;
  plan: Plan;
}

/** An event of the log by its offset; null where it is no more. */
type EventReader = (offset: number) => Promise<JsonObject | null>;

export class BacktestTally implements BacktestFound {
  readonly alerts: Alert[] = [];
  readonly #rules: readonly TallyRule[];
  readonly #event: EventReader;
  readonly #counts: readonly BacktestCounts[];
  readonly #difference: BacktestDifference | null;
  #room = ALERTS_CHARACTERS_MAX;

  constructor(rules: readonly TallyRule[], event: EventReader) {
    this.#rules = rules;
    this.#event = event;
    const [tested, running] = rules.map(({ plan }) => plan);
    this.#counts = rules.map(({ plan }) => new BacktestCounts(plan));
    this.#difference = running === undefined ? null : new BacktestDifference([tested!, running]);
  }

  get total(): number {
    return this.#counts[0]!.total;
  }

  /** @param news of each rule */
  async add(news: readonly BacktestNews[]): Promise<void> {
    for (const [i, one] of news.entries()) {
      this.#counts[i]!.add(one);
      this.#difference?.add(i === 0 ? 0 : 1, one.alerts);
    }
    for (const effect of news[0]!.alerts) await this.#show(effect);
  }

  async result(): Promise<JsonObject> {
    const shown = this.alerts.filter(isNewAlert).length;
    return {
      alerts_total: this.total,
      alerts: this.alerts as unknown as JsonObject[],
      alerts_left_out: this.total - shown,
      ...this.#counts[0]!.shown(),
      comparison: this.#difference === null ? null : await this.#comparison(this.#difference),
    };
  }

  /** Once there is no more room, later alerts are only counted: those that are shown are the first. */
  async #show(effect: AlertEffect): Promise<void> {
    if (this.#room < 0 || this.alerts.length >= ALERTS_SHOWN_MAX) return;
    const alert = await this.#alert(0, effect);
    this.#room -= JSON.stringify(alert).length;
    if (this.#room >= 0) this.alerts.push(alert);
  }

  async #comparison(difference: BacktestDifference): Promise<JsonObject> {
    const examples = async (i: 0 | 1) => {
      const shown = [];
      for (const effect of difference.apart(i).first(EXAMPLES_MAX)) shown.push(await this.#alert(i, effect));
      return shown as unknown as JsonObject[];
    };
    return {
      running_alerts_total: this.#counts[1]!.total,
      same: difference.same,
      newly_fires: difference.apart(0).count,
      fires_no_more: difference.apart(1).count,
      newly_fires_examples: await examples(0),
      fires_no_more_examples: await examples(1),
      complete: difference.isComplete,
    };
  }

  async #alert(i: 0 | 1, effect: AlertEffect): Promise<Alert> {
    const events: Evidence[] = [];
    for (const offset of effect.events) {
      const event = await this.#event(offset);
      events.push(event === null ? { offset, event, expired: true } : { offset, event });
    }
    const { rule, rule_id, plan } = this.#rules[i]!;
    return buildAlert({ rule, rule_id, plan, effect, events });
  }
}
