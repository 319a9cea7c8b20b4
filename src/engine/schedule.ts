/**
 * Schedules: when a rule with trigger_type "schedule" is due, by arrival. A time that passed while the server was
 * down, or held up, is missed: `run_once` makes up for all of them together with the latest, `skip` with none.
 */
import { nextTime } from "../base/cron.ts";
import type { SchedulePlan } from "./plan.ts";
import type { ByteReader, ByteWriter } from "./state_bytes.ts";

/** A time further back than this when its turn comes was missed, ms. */
export const MISSED_MS = 60_000;
/** Due times looked at one by one; beyond it only the latest counts. */
const WALK_MAX = 10_000;

export class Schedule {
  readonly #plan: SchedulePlan;
  /** When it is due next, by arrival; -Infinity before its first record, Infinity when it never is again. */
  due = -Infinity;

  constructor(plan: SchedulePlan) {
    this.#plan = plan;
  }

  /** The due times that fire at `arrival`; moves on to the next. */
  take(arrival: number): number[] {
    if (this.due === -Infinity) {
      this.due = this.#after(arrival);
      return [];
    }
    const passed: number[] = [];
    for (let walked = 0; this.due <= arrival && walked < WALK_MAX; walked++) {
      passed.push(this.due);
      this.due = this.#after(this.due);
    }
    if (this.due <= arrival) this.due = this.#after(arrival);
    const missed = passed.filter((at) => arrival - at > MISSED_MS);
    const onTime = passed.slice(missed.length);
    if (onTime.length > 0 || this.#plan.missed === "skip") return onTime;
    return missed.slice(-1);
  }

  write(out: ByteWriter): void {
    out.f64(this.due);
  }

  read(input: ByteReader): void {
    this.due = input.f64();
  }

  #after(time: number): number {
    const { cron, interval_ms, timezone } = this.#plan;
    if (cron !== null) return nextTime(cron, timezone, time) ?? Infinity;
    const every = interval_ms ?? Infinity;
    return Math.floor(time / every) * every + every;
  }
}
