/**
 * Event time of one rule: its watermark (SEMANTICS 8 to 10). All events of the rule's topics move it, whether
 * they meet its conditions or not: to the latest time seen less the delay. Where no events come it moves by
 * elapsed arrival time, once that is at least `idle_ms`: by elapsed time and not to the clock, so that old data
 * replays well. What it says depends on events alone, never on how many ticks came in between.
 */
import type { ClockPlan } from "./plan.ts";
import type { ByteReader, ByteWriter } from "./state_bytes.ts";

export class EventClock {
  readonly #plan: ClockPlan;
  /** Nothing earlier is to come, ms; -Infinity before the first event. */
  watermark = -Infinity;
  /** Watermark and arrival of the last record of the rule's topics, from which idle time counts. */
  #anchor = -Infinity;
  #arrival = -Infinity;

  constructor(plan: ClockPlan) {
    this.#plan = plan;
  }

  /** Before a record is applied that arrived at `arrival`. Answers whether the watermark moved. */
  elapse(arrival: number): boolean {
    const elapsed = arrival - this.#arrival;
    if (this.#anchor === -Infinity || elapsed < this.#plan.idle_ms) return false;
    return this.#move(this.#anchor + elapsed);
  }

  /** An event with this time came. */
  see(time: number): boolean {
    return this.#move(time - this.#plan.delay_ms);
  }

  /** The watermark once an event with this time has come. */
  after(time: number): number {
    return Math.max(this.watermark, time - this.#plan.delay_ms);
  }

  /** A record of the rule's topics was applied, or the process started: idle time counts from here. */
  settle(arrival: number): void {
    this.#anchor = this.watermark;
    this.#arrival = arrival;
  }

  /** The arrival at which the watermark reaches `time` if no event comes; Infinity when it never does. */
  arrivalOf(time: number): number {
    if (this.#anchor === -Infinity || time === Infinity) return Infinity;
    return this.#arrival + Math.max(this.#plan.idle_ms, time - this.#anchor);
  }

  write(out: ByteWriter): void {
    for (const value of [this.watermark, this.#anchor, this.#arrival]) out.f64(value);
  }

  read(input: ByteReader): void {
    this.watermark = input.f64();
    this.#anchor = input.f64();
    this.#arrival = input.f64();
  }

  #move(to: number): boolean {
    if (to <= this.watermark) return false;
    this.watermark = to;
    return true;
  }
}
