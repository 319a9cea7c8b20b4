/**
 * What a rule's values were over the time of events, whether it fired or not, for a chart: per key and bucket of time
 * the least, the greatest and the last of each value. Bounded: there are {@linkcode SERIES_KEYS_MAX} keys, the first that
 * are seen, and when there are too many buckets all of them grow wider by a step of {@linkcode WIDTHS_MS}.
 */
import { instant } from "../src/base/event_time.ts";
import type { JsonObject, JsonScalar } from "../src/base/json.ts";
import type { Evaluation } from "../src/engine/effects.ts";
import type { Plan } from "../src/engine/plan.ts";
import { namedKey } from "./backtest_counts.ts";

export const SERIES_KEYS_MAX = 50;
/** Of one key. */
export const SERIES_BUCKETS_MAX = 200;
/** Buckets times values, of all keys. */
export const SERIES_POINTS_MAX = 10_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
/** Each divides the next, so that buckets can be put together; beyond the last they double. */
const WIDTHS_MS = [
  ...[1, 5, 15, 30].map((n) => n * 1000),
  ...[1, 5, 15, 30].map((n) => n * MINUTE_MS),
  ...[1, 3, 6, 12, 24].map((n) => n * HOUR_MS),
];

interface Bucket {
  evaluations: number;
  /** In the order of the names; NaN where there was no number. */
  min: number[];
  max: number[];
  last: number[];
  /** Times of the evaluations that `last` is of, ms; -Infinity where there is none. */
  at: number[];
}

interface Line {
  key: readonly JsonScalar[];
  /** By their start, ms. */
  buckets: Map<number, Bucket>;
}

export class ValueSeries {
  readonly #plan: Plan;
  readonly #names: readonly string[];
  readonly #lines = new Map<string, Line>();
  #width = 0;
  #buckets = 0;
  #leftOut = 0;

  constructor(plan: Plan) {
    this.#plan = plan;
    this.#names = valueNames(plan);
  }

  add({ id, key, time, values }: Evaluation): void {
    const line = this.#line(id, key);
    if (line === null) return void this.#leftOut++;
    const numbers = values.map((value) => typeof value === "number" ? value : NaN);
    const at = numbers.map((value) => Number.isNaN(value) ? -Infinity : time);
    this.#put(line, time, { evaluations: 1, min: numbers, max: numbers, last: numbers, at });
    while (line.buckets.size > SERIES_BUCKETS_MAX || this.#isFull()) this.#widen();
  }

  shown(): JsonObject {
    return {
      bucket_ms: this.#widthMs(),
      keys: [...this.#lines.values()].map((line) => this.#shownLine(line)),
      evaluations_left_out: this.#leftOut,
    };
  }

  #shownLine({ key, buckets }: Line): JsonObject {
    const sorted = [...buckets].sort(([a], [b]) => a - b);
    const of = (name: "min" | "max" | "last", i: number) =>
      sorted.map(([, bucket]) => Number.isFinite(bucket[name][i]) ? bucket[name][i]! : null);
    return {
      key: namedKey(this.#plan, key),
      at: sorted.map(([start]) => instant(start)),
      evaluations: sorted.map(([, { evaluations }]) => evaluations),
      values: Object.fromEntries(
        this.#names.map((name, i) => [name, { min: of("min", i), max: of("max", i), last: of("last", i) }]),
      ),
    };
  }

  #line(id: string, key: () => readonly JsonScalar[]): Line | null {
    const known = this.#lines.get(id);
    if (known !== undefined) return known;
    if (this.#lines.size >= SERIES_KEYS_MAX) return null;
    const line = { key: key(), buckets: new Map() };
    this.#lines.set(id, line);
    return line;
  }

  #put({ buckets }: Line, time: number, bucket: Bucket): void {
    const width = this.#widthMs();
    const start = Math.floor(time / width) * width;
    const before = buckets.get(start);
    if (before === undefined) this.#buckets++;
    buckets.set(start, before === undefined ? bucket : together(before, bucket));
  }

  #isFull(): boolean {
    return this.#buckets > this.#lines.size && this.#buckets * this.#names.length > SERIES_POINTS_MAX;
  }

  #widen(): void {
    this.#width++;
    this.#buckets = 0;
    for (const line of this.#lines.values()) {
      const all = [...line.buckets];
      line.buckets.clear();
      for (const [start, bucket] of all) this.#put(line, start, bucket);
    }
  }

  #widthMs(): number {
    const beyond = Math.max(0, this.#width - WIDTHS_MS.length + 1);
    return WIDTHS_MS[this.#width - beyond]! * 2 ** beyond;
  }
}

/** Names of what an evaluation of the rule came to; none where it only tests events. */
export function valueNames({ aggregates, anomaly }: Pick<Plan, "aggregates" | "anomaly">): readonly string[] {
  return anomaly === null ? aggregates.map(({ as }) => as) : ["value", "score"];
}

/** Of two evaluations of one time the one in `b` counts as the later. */
function together(a: Bucket, b: Bucket): Bucket {
  const isLater = (i: number) => b.at[i]! > -Infinity && b.at[i]! >= a.at[i]!;
  return {
    evaluations: a.evaluations + b.evaluations,
    at: a.at.map((time, i) => Math.max(time, b.at[i]!)),
    min: a.min.map((value, i) => least(value, b.min[i]!)),
    max: a.max.map((value, i) => -least(-value, -b.max[i]!)),
    last: a.last.map((value, i) => isLater(i) ? b.last[i]! : value),
  };
}

/** The lesser of two, of which either may be missing. */
function least(a: number, b: number): number {
  return Number.isNaN(a) || b < a ? b : a;
}
