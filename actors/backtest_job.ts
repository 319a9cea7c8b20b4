/**
 * One backtest from its start to its end: where it stands, what it has found so far, and who waits for its end. What it
 * runs on (tables may be large) goes with its end; of one that did not come to its end the alerts go as well.
 */
import type { Clock } from "../src/base/clock.ts";
import { instant } from "../src/base/event_time.ts";
import { randomId } from "../src/base/ids.ts";
import type { JsonObject } from "../src/base/json.ts";
import type { Alert } from "../src/model/alert.ts";
import type { BacktestTask } from "./backtests.ts";

export type BacktestState = "queued" | "running" | "done" | "cancelled" | "failed";

/** What a backtest has found until now. */
export interface BacktestFound {
  /** The first of them whole, as in the result. */
  readonly alerts: readonly Alert[];
  /** All that fired. */
  readonly total: number;
}

const NOTHING: BacktestFound = { alerts: [], total: 0 };

export class BacktestJob {
  readonly id = randomId();
  readonly cancel = new AbortController();
  state: BacktestState = "queued";
  error: string | null = null;
  result: JsonObject | null = null;
  found: BacktestFound = NOTHING;
  /** Everything below was applied. */
  cursor: number;
  events = 0;
  readonly #clock: Clock;
  readonly #range: { from: number; to: number };
  readonly #created_at: number;
  #started_at: number | null = null;
  #ended_at: number | null = null;
  #task: BacktestTask | null;
  readonly #listeners = new Set<() => void>();

  constructor(task: BacktestTask, clock: Clock) {
    this.#task = task;
    this.#range = { from: task.from, to: task.to };
    this.cursor = task.from;
    this.#clock = clock;
    this.#created_at = clock.now();
  }

  get ended(): boolean {
    return this.#ended_at !== null;
  }

  /** Answers what is to be run; null where it has ended before. */
  begin(): BacktestTask | null {
    if (this.ended) return null;
    this.state = "running";
    this.#started_at = this.#clock.now();
    return this.#task;
  }

  /** Answers whether it had not ended before. */
  end(state: BacktestState): boolean {
    if (this.ended) return false;
    this.state = state;
    this.#ended_at = this.#clock.now();
    this.#task = null;
    const { alerts, total } = this.found;
    this.found = state === "done" ? { alerts, total } : NOTHING;
    for (const listener of this.#listeners) listener();
    this.#listeners.clear();
    return true;
  }

  /** Calls once it ends; answers how to take that back. */
  onEnd(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** All but the result. */
  head(): JsonObject {
    const at = (time: number | null) => time === null ? null : instant(time);
    return {
      ...{ backtest_id: this.id, state: this.state, ...this.#range, created_at: instant(this.#created_at) },
      ...{ started_at: at(this.#started_at), ended_at: at(this.#ended_at), error: this.error },
      progress: this.progress(),
    };
  }

  progress(): JsonObject {
    const { from, to } = this.#range;
    const spent = this.#started_at === null
      ? 0
      : ((this.#ended_at ?? this.#clock.now()) - this.#started_at) / 1000;
    return {
      ...{ offset: this.cursor, events: this.events },
      done: to > from ? (this.cursor - from) / (to - from) : 1,
      events_per_second: spent > 0 ? Math.round(this.events / spent) : 0,
      alerts: this.found.total,
    };
  }

  shown(): JsonObject {
    return { ...this.head(), result: this.result };
  }
}
