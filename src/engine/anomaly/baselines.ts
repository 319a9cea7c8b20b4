/**
 * The baselines of an anomaly rule, one per key: the last `baseline_window` values, against which the next
 * one is tested before it is appended, anomalous or not. Keys are slots, small integers that the caller
 * gives out.
 *
 * A new or reset key starts with the plan's seed, which is held once for all keys: a key stores only what it
 * was given itself. A test costs time linear in the window (100 values: about a microsecond), always
 * from the values themselves, so that nothing drifts and a restored state gives the same bits.
 */
import { assert } from "../../base/assert.ts";
import type { AnomalyPlan } from "../plan.ts";
import { type ByteReader, type ByteWriter, StateFormatError } from "../state_bytes.ts";
import { type AnomalyResult, testAnomaly } from "./anomaly_method.ts";
import { Rings } from "./_rings.ts";

export const BASELINE_WINDOW_MAX = 1000;

export interface BaselineSummary {
  count: number;
  /** null: there are no values. */
  min: number | null;
  max: number | null;
  mean: number | null;
}

/** Whether the values of the seed stand before the key's own. */
const START = { closed: 0, seeded: 1, bare: 2 } as const;

export class Baselines {
  readonly #plan: AnomalyPlan;
  readonly #seed: Float64Array;
  readonly #rings: Rings;
  readonly #scratch: Float64Array;
  #starts = new Uint8Array(16);
  #open = 0;

  /** `plan.baseline_window` is 1 to {@linkcode BASELINE_WINDOW_MAX}; of `plan.seed` the newest count. */
  constructor(plan: AnomalyPlan) {
    const window = plan.baseline_window;
    assert(window >= 1 && window <= BASELINE_WINDOW_MAX, "a baseline window is from 1 to 1,000 values");
    this.#plan = plan;
    this.#seed = Float64Array.from(plan.seed.slice(-window));
    this.#rings = new Rings(window);
    this.#scratch = new Float64Array(window);
  }

  /** Bytes of all keys, counted from what they hold: the same before and after a restore. */
  get bytes(): number {
    return this.#rings.blockBytes + this.#open * (Rings.slotBytes + 1);
  }

  /** Starts a key, with the seed as its baseline. */
  open(slot: number): void {
    this.#start(slot, START.seeded);
  }

  close(slot: number): void {
    this.#start(slot, START.closed);
  }

  /** Compares `value`, a finite number, with the baseline and leaves it as it is. */
  test(slot: number, value: number): AnomalyResult {
    return testAnomaly(this.#plan, { values: this.#values(slot), current: value });
  }

  append(slot: number, value: number): void {
    assert(
      (this.#starts[slot] ?? START.closed) !== START.closed,
      "a baseline is open when it is given a value",
    );
    this.#rings.push(slot, value);
  }

  summary(slot: number): BaselineSummary {
    return summaryOf(this.#values(slot));
  }

  /** Of a key that was given nothing yet. */
  get seedSummary(): BaselineSummary {
    return summaryOf(this.#seed);
  }

  /** Whether a key was given values beside the seed. */
  hasOwn(slot: number): boolean {
    return this.#starts[slot] === START.bare || this.#rings.count(slot) > 0;
  }

  /** Back to the seed. */
  reset(slot: number): void {
    this.#start(slot, START.seeded);
  }

  /** The newest of `values`, oldest first, become the baseline; the seed no longer counts. */
  replace(slot: number, values: readonly number[]): void {
    this.#start(slot, START.bare);
    for (const value of values.slice(-this.#plan.baseline_window)) this.#rings.push(slot, value);
  }

  write(slot: number, out: ByteWriter): void {
    const count = this.#rings.count(slot);
    out.u8(this.#starts[slot] ?? START.closed);
    out.u32(count);
    this.#rings.copy(slot, this.#scratch, { at: 0, count });
    for (let i = 0; i < count; i++) out.f64(this.#scratch[i]!);
  }

  /** @throws StateFormatError when the bytes are not what {@linkcode write} wrote for this plan. */
  read(slot: number, input: ByteReader): void {
    const start = input.u8();
    const count = input.u32();
    if (start > START.bare || count > this.#plan.baseline_window) {
      throw new StateFormatError(`a baseline of ${count} values does not fit the plan`);
    }
    this.#start(slot, start);
    for (let i = 0; i < count; i++) this.#rings.push(slot, input.f64());
  }

  /** All values of a key, oldest first, in an array that the next call overwrites. */
  #values(slot: number): Float64Array {
    const own = this.#rings.count(slot);
    const seeded = this.#starts[slot] === START.seeded;
    const before = seeded ? Math.min(this.#seed.length, this.#plan.baseline_window - own) : 0;
    const first = this.#seed.length - before;
    for (let i = 0; i < before; i++) this.#scratch[i] = this.#seed[first + i]!;
    this.#rings.copy(slot, this.#scratch, { at: before, count: own });
    return this.#scratch.subarray(0, before + own);
  }

  #start(slot: number, start: number): void {
    if (slot >= this.#starts.length) this.#reach(slot);
    this.#open += Number(start !== START.closed) - Number(this.#starts[slot] !== START.closed);
    this.#starts[slot] = start;
    this.#rings.clear(slot);
  }

  #reach(slot: number): void {
    const larger = new Uint8Array(Math.max(slot + 1, 2 * this.#starts.length));
    larger.set(this.#starts);
    this.#starts = larger;
  }
}

function summaryOf(values: Float64Array): BaselineSummary {
  const count = values.length;
  if (count === 0) return { count, min: null, max: null, mean: null };
  let [min, max, mean] = [Infinity, -Infinity, 0];
  for (const value of values) {
    min = Math.min(min, value);
    max = Math.max(max, value);
    // Divided first: a sum of large values could overflow.
    mean += value / count;
  }
  return { count, min, max, mean };
}
